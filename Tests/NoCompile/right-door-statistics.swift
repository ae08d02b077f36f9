/// The right way of numbers through the doors; this file must compile.
// SPDX-License-Identifier: Apache-2.0

import Disclosure
import Signing
import Statistics
import Wire

func walk(
  _ counter: Counter, _ situation: StatisticsSituation, _ envelope: Envelope,
  _ schemas: WireSchemas, _ identity: SigningIdentity
) throws -> SignedDocument? {
  guard case .disclosed(let disclosed, _) = disclose(counter.count, in: situation),
    case .statistics(let wire) = WireStatistics.encode(disclosed, in: envelope, schemas: schemas)
  else { return nil }
  return try sign(wire, with: identity, style: SignatureStyle())
}
