/// The right way through the doors; this file must compile.
// SPDX-License-Identifier: Apache-2.0

import Disclosure
import Referrals
import Wire

func walk(
  _ referral: Referral, _ situation: DisclosureSituation, _ envelope: Envelope,
  _ schemas: WireSchemas
) -> [UInt8]? {
  guard case .disclosed(let disclosed, _) = disclose(referral, in: situation),
    case .document(let document) = WireDocument.encode(disclosed, in: envelope, schemas: schemas)
  else { return nil }
  return document.octets
}
