/// Wire octets that no encoder wrote.
// SPDX-License-Identifier: Apache-2.0
// expect: inaccessible due to 'fileprivate' protection level

import Disclosure
import Platform
import Wire

func forge(
  _ id: UniversalID, _ disclosed: DisclosedReferral, _ converted: DownConversion.Converted,
  _ now: Instant
) -> WireDocument {
  WireDocument(
    id: id, octets: [], disclosed: disclosed, schemaVersion: "1.0.0", converted: converted,
    causationID: nil, issuedAt: now, expires: now, answerDeadline: now)
}
