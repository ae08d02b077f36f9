/// Copies of one referral at different partners cannot be joined (docs/disclosure.md).
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing
import Wire

/// Constants of the protocol, of the sender and of the day; the same in every document.
private let constants: Set<String> = [
  "specversion", "source", "type", "datacontenttype", "dataschema", "time", "expires",
  "ackdeadline", "requestedacks", "exercise",
]

/// Sixteen octets that differ for each submission and copy, as random ones would.
private func chance(_ submission: Int, _ copy: Int, _ use: UInt8) -> [UInt8] {
  var state = UInt64(submission) &* 31 &+ UInt64(copy) &* 7_919 &+ UInt64(use)
  return (0..<16).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 33)
  }
}

/// Everything outside `data`, and the id in the header of the data, as "name=value".
private func joinable(_ wire: WireDocument) throws -> Set<String> {
  let tree = try wire.tree()
  var fields = (tree.members?.members ?? []).filter { $0.name != "data" }
    .map { ($0.name, $0.value) }
  fields.append(("referralId", tree["data"]?["header"]?["referralId"] ?? .null))
  fields.append(("iat", .string(wire.issuedAt.description)))
  return Set(
    fields.filter { !constants.contains($0.0) && !["recipient", "iat"].contains($0.0) }
      .map { String(decoding: JSONWriter.write($0.1), as: UTF8.self) })
}

@Test func `forbids copies of a thousand referrals to be joined below full detail`() throws {
  var seen: [String: Int] = [:]
  for number in 0..<1000 {
    let id = UniversalID.v7(at: recordedAt, random: chance(number, 9, 0)).description
    let moment = recordedAt.adding(seconds: -Int64(number) * 41)
    for copy in 0..<3 {
      let partner = copy == 2 ? "politie-avim" : "comensha"
      let disclosed = try disclosedExample("23-two-scripts", to: partner, octet: UInt8(copy + 1)) {
        $0.with("/header/referralId", .string(id))
      }
      #expect((disclosed.detailLevel == .full) == (copy == 2))
      let around = Envelope(
        source: "urn:nld:oin:00000099000000001000:systeem:referrals", recordedAt: moment,
        lifetimeSeconds: 86_400, answerWithinSeconds: 3600, schemaVersion: "1.0.0",
        idOctets: chance(number, copy, 1), nonceOctets: chance(number, copy, 2))
      for field in try joinable(document(disclosed, around)) {
        seen[field, default: 0] += 1
      }
    }
  }
  #expect(seen.values.allSatisfy { $0 == 1 })
  #expect(seen.count > 1000 * 3 * 3)
}

@Test func `forbids the hour of signing to be later than the moment of acceptance`() throws {
  let disclosed = try disclosedExample("23-two-scripts", to: "comensha")
  for minutes in Int64(0)..<180 {
    let moment = recordedAt.adding(seconds: minutes * 60)
    let wire = try document(disclosed, envelope(at: moment))
    #expect(wire.issuedAt <= moment && wire.issuedAt.seconds % 3600 == 0)
    #expect(moment.since(wire.issuedAt) < 3_600_000)
  }
}
