/// Signed documents and referral headers without the way that leads to them.
// SPDX-License-Identifier: Apache-2.0
import JSON
package import Platform
package import Referrals
package import Seal
package import Signing
import TestSupport

/// The sample could not be made.
package struct NoSample: Error {
  package init() {}
}

package enum Sample {
  package static let time = Instant(milliseconds: 1_800_000_000_000)

  /// A UUIDv7 that ends in `number`.
  package static func id(_ number: UInt8) -> UniversalID {
    UniversalID.v7(at: time, random: [UInt8](repeating: 0, count: 15) + [number])
  }

  package static func storeKey(_ octet: UInt8 = 7) throws -> StoreKey {
    try StoreKey(octets: [UInt8](repeating: octet, count: 32))
  }

  /// As it comes back from the store; the signature is a text that nobody checks.
  package static func document(_ id: UniversalID, _ content: String = "content") throws
    -> SignedDocument
  {
    let place = SealPlace(
      record: "document", id: id.description, partner: "-", schemaVersion: "1.0.0")
    let stored = Array("Payload-Signature\nAAAA..\(content)\n{\"content\":\"\(content)\"}".utf8)
    let unsealed = try unseal(
      seal(stored, at: place, with: storeKey()), at: place, with: storeKey())
    guard let document = SignedDocument(reopening: unsealed, issuedAt: time) else {
      throw NoSample()
    }
    return document
  }

  package static func header(
    _ id: UniversalID, revision: Int = 1, _ operation: Operation = .create,
    priority: Priority = .routine
  ) throws -> ReferralHeader {
    var referral: JSONObject = [
      "header": [
        "referralId": .string(id.description),
        "revision": .number(JSONNumber(Int64(revision))),
        "operation": .string(operation.rawValue), "kind": "TRAFFICKING_SIGNAL",
        "priority": .string(priority.rawValue), "contact": ["phone": "+31700000001"],
      ]
    ]
    if operation != .withdraw {
      referral["assessment"] = ["indicators": ["x"]]
      referral["protection"] = ["immediateDanger": .bool(priority == .immediateDanger)]
    }
    if operation == .correct { referral["change"] = ["affectedFields": ["/persons"]] }
    let reading = Referral.read(
      .object(referral), exercise: true, reference: try PublishedSchemas.reference())
    guard case .referral(let read) = reading else { throw NoSample() }
    return read.header
  }
}
