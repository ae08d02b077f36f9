/// A thousand submissions, three copies of each: what an onlooker with two copies can join them by.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing
import Wire

private let submissions = 1_000

/// The same in every document of a sender or of one partner.
private let constants: Set<String> = [
  "specversion", "source", "type", "datacontenttype", "dataschema", "recipient", "requestedacks",
  "exercise",
]

/// One copy as an onlooker sees it who cannot read `data`: members of the envelope, header lines,
/// and the members of the signature's own header.
private struct Seen {
  let submission: Int
  let fields: [String: String]
  let octets: Int

  init(_ submission: Int, _ copy: Copy) throws {
    self.submission = submission
    let tree = try copy.document.tree()
    var fields: [String: String] = [:]
    for member in tree.members?.members ?? []
    where member.name != "data" && !constants.contains(member.name) {
      fields[member.name] = String(decoding: JSONWriter.write(member.value), as: UTF8.self)
    }
    fields["referralId"] = tree["data"]?["header"]?["referralId"]?.text
    for line in copy.headers {
      let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
      fields["header \(parts[0])"] = parts.count > 1 ? parts[1] : ""
      guard parts[0] == "Payload-Signature", parts.count > 1,
        let octets = Base64.decode(
          parts[1].dropFirst().split(separator: ".").first.map(String.init) ?? "", .url),
        let header = try? JSONReader.read(octets)
      else { continue }
      for member in header.members?.members ?? [] {
        fields["signed \(member.name)"] =
          String(decoding: JSONWriter.write(member.value), as: UTF8.self)
      }
    }
    self.fields = fields
    octets = copy.document.octets.count
  }
}

/// The copies of the same thousand referrals at one partner, in the order of acceptance.
private func copies(at partner: String, under policy: Policy? = nil, chance: UInt8) throws
  -> [Seen]
{
  let gate = try Gate()
  let base = try #require(try Examples.submission("23-two-scripts")["referral"])
  var source = SeededSource(41)
  return try (0..<submissions).map { number in
    // As different as referrals are: so many statements, persons and words.
    var content = base.with(
      "/header/referralId",
      .string(
        UniversalID.v7(
          at: Gate.now, random: (0..<16).map { _ in UInt8.random(in: 0...255, using: &source) }
        ).description))
    let words = Int.random(in: 1...30, using: &source)
    content = content.with(
      "/case/detection/organisation",
      .string(String(repeating: "Dienst ", count: words / 6 + 1) + "A"))
    content = content.with(
      "/case/statements/0/text", .string(String(repeating: "Fictief woord. ", count: words)))
    guard
      case .referral(let referral) = Referral.read(
        content, exercise: true, reference: try PublishedSchemas.reference())
    else { throw BrokenTestSupport(description: "the example is refused") }
    let moment = Gate.now.adding(seconds: Int64(number) * 41)
    let copy = try gate.copy(
      of: referral, for: partner, under: policy, chance: chance, at: moment
    ).get()
    return try Seen(number, copy)
  }
}

/// How often the best guess by one field is right: among all copies at the other partner that have
/// the same value, one is chosen.
private func hits(_ first: [Seen], _ second: [Seen], by field: (Seen) -> String?) -> Double {
  var holders: [String: [Int]] = [:]
  for seen in second {
    if let value = field(seen) { holders[value, default: []].append(seen.submission) }
  }
  return first.reduce(0) { sum, seen in
    guard let value = field(seen), let candidates = holders[value] else { return sum }
    return sum + (candidates.contains(seen.submission) ? 1 / Double(candidates.count) : 0)
  }
}

/// Fields that tell the day or the hour: copies of one day share them, on purpose.
private let coarseTimes: Set<String> = ["time", "expires", "ackdeadline", "signed iat"]

@Test func `forbids two copies without names to be joined by anything outside data`() throws {
  let first = try copies(at: "comensha", chance: 1)
  let second = try copies(at: "comensha", chance: 2)
  let police = try copies(at: "politie-avim", chance: 3)
  #expect(Set(first.map { $0.fields["referralId"] }).count == submissions)
  for (name, others) in [("another without names", second), ("the full copy", police)] {
    let names = Set(first.flatMap(\.fields.keys)).union(others.flatMap(\.fields.keys))
    #expect(names.contains("signed sigD") && names.contains("header Digest"))
    for field in names {
      let found = hits(first, others) { $0.fields[field] }
      // By chance one of a thousand is right; within the hour that all times are cut to, one of
      // those of that hour.
      let bound = coarseTimes.contains(field) ? 12.5 : 1.5
      #expect(found <= bound, "\(field) joins \(found) to \(name)")
    }
  }
  // What is not hidden: a copy of a longer referral is longer, and docs/disclosure.md says so.
  let sizes = hits(first, second) { String($0.octets) }
  #expect(sizes > 1, "sizes say nothing any more: docs/disclosure.md is too modest")
  #expect(sizes < Double(submissions) / 20, "sizes join \(sizes) of \(submissions)")
}
