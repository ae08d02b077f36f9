/// The same way with the door of Disclosure skipped.
// SPDX-License-Identifier: Apache-2.0
// expect: cannot convert value of type 'Referral' to expected argument type 'DisclosedReferral'

import Disclosure
import Referrals
import Wire

func walk(
  _ referral: Referral, _ situation: DisclosureSituation, _ envelope: Envelope,
  _ schemas: WireSchemas
) -> [UInt8]? {
  guard
    case .document(let document) = WireDocument.encode(referral, in: envelope, schemas: schemas)
  else { return nil }
  return document.octets
}
