/// Copies of one referral at different partners cannot be joined (docs/disclosure.md).
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import Foundation
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

/// The police's policy at the level pseudonymised, with these lines in place of its own.
private func pseudonymising(_ lines: [(pointer: String, action: String)]? = nil) throws -> Policy {
  var text = String(
    decoding: try PackageFolder.read("partners/policies.d/politie-avim.toml"), as: UTF8.self)
  let parts = text.components(separatedBy: "[[field]]")
  text = parts[0].replacing("detail = \"full\"", with: "detail = \"pseudonymised\"")
  if let lines {
    for (number, line) in lines.enumerated() {
      text += "[[pseudonymised]]\npointer = \"\(line.pointer)\"\naction = \"\(line.action)\"\n"
      text += "rule = \"PS-\(number)\"\nreason = \"test\"\n"
    }
  } else {
    text += parts.dropFirst().map { "[[pseudonymised]]" + $0 }.joined()
  }
  return try Policy.read(
    Array(text.utf8), file: "politie-avim.toml", knownKinds: ReferralKind.allCases.map(\.rawValue)
  ).get()
}

private let coarse: [(pointer: String, action: String)] = [
  ("/header", "disclose"), ("/handling", "disclose"), ("/case/detection/date", "month"),
  ("/case/statements", "disclose"), ("/assessment/level", "disclose"),
  ("/persons/*/ref", "disclose"), ("/persons/*/roles", "disclose"),
  ("/persons/*/birth/date", "year"), ("/trafficking/forms", "disclose"),
]

@Test func `keeps a pseudonymised document valid, with cut times and no trace`() throws {
  let disclosed = try disclosedExample(
    "23-two-scripts", to: "politie-avim", policy: try pseudonymising(coarse))
  let wire = try document(disclosed)
  let tree = try wire.tree()
  #expect(tree["data"]?["handling"]?["detailLevel"] == "pseudonymised")
  #expect(wire.id.version == 4 && tree["traceparent"] == nil)
  #expect(tree["time"]?.text == "2026-11-23T00:00:00Z")
  let other = try document(
    disclosedExample(
      "23-two-scripts", to: "politie-avim", octet: 2, policy: try pseudonymising(coarse)),
    envelope(8))
  #expect(try joinable(wire).isDisjoint(with: joinable(other)))
  func refs(_ tree: JSONValue) -> Set<String> {
    Set((tree["data"]?["persons"]?.elements ?? []).compactMap { $0["ref"]?.text })
  }
  #expect(refs(tree).count == 2)
  #expect(try refs(tree).isDisjoint(with: refs(other.tree())))
}

@Test func `refuses to write a pseudonymised document in which a policy left a name`() throws {
  let disclosed = try disclosedExample(
    "23-two-scripts", to: "politie-avim", policy: try pseudonymising())
  let schemas = try PublishedSchemas.folder().wire
  guard case .invalid(let found) = WireDocument.encode(disclosed, in: envelope(), schemas: schemas)
  else {
    Issue.record("names were written")
    return
  }
  let places = Set(found.map(\.pointer.description))
  for member in ["names", "identifiers", "contact"] {
    #expect(places.contains { $0.hasSuffix("/\(member)") }, "\(places)")
  }
}
