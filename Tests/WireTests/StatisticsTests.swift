/// A batch as octets: by its own schema and envelope, and with no number below the threshold.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import JSON
import Platform
import Referrals
import Register
import Statistics
import TestSupport
import Testing
import Wire

private func disclosed(
  _ examples: [String], times: Int, to partner: String = "nationaal-rapporteur",
  under policy: String? = nil, isInForce: Bool = true
) throws -> StatisticsDecision {
  let configuration = try ExampleRegister.configuration()
  var counter = Counter(try #require(Quarter("2026-Q3")), exercise: true)
  for name in examples {
    let reading = Referral.read(
      try #require(try Examples.submission(name)["referral"]), exercise: true,
      reference: try PublishedSchemas.reference())
    guard case .referral(let referral) = reading else {
      throw BrokenTestSupport(description: "\(name) is refused")
    }
    for _ in 0..<times { counter.add(referral) }
  }
  return disclose(
    counter.count,
    in: StatisticsSituation(
      partner: try #require(configuration.partners.first { $0.code.text == partner }).addressee,
      policy: try #require(configuration.policy(of: policy ?? partner)),
      policyIsInForce: isInForce,
      batchOctets: [UInt8](repeating: 9, count: 16)))
}

private func batch(_ examples: [String], times: Int) throws -> WireStatistics {
  guard case .disclosed(let statistics, _) = try disclosed(examples, times: times),
    case .statistics(let wire) = WireStatistics.encode(
      statistics, in: envelope(), schemas: try PublishedSchemas.folder().wire)
  else { throw BrokenTestSupport(description: "no batch") }
  return wire
}

/// Every number in a tree.
private func numbers(_ value: JSONValue) -> [Int64] {
  (value.integer.map { [$0] } ?? []) + (value.elements ?? []).flatMap(numbers)
    + (value.members?.members ?? []).flatMap { numbers($0.value) }
}

@Test func `is refused by name for a partner that takes none, or whose policy gives none`() throws {
  func refusal(_ decision: StatisticsDecision) -> StatisticsRefusal? {
    if case .refused(let why) = decision { why } else { nil }
  }
  let example = ["22-mononym"]
  #expect(refusal(try disclosed(example, times: 20, to: "emm")) == .notTaken)
  #expect(refusal(try disclosed(example, times: 20, under: "emm")) == .notAgreed)
  #expect(refusal(try disclosed(example, times: 20, isInForce: false)) == .notAgreed)
}

@Test func `withholds every table of a quarter with too few, and still says so`() throws {
  let data = try #require(try JSONReader.read(batch(["22-mononym"], times: 3).octets)["data"])
  let tables = data["tables"]?.elements ?? []
  #expect(tables.count == StatisticsTable.allCases.count)
  #expect(tables.allSatisfy { $0["withheld"]?.flag == true && $0["cells"] == nil })
  #expect(numbers(data) == [11])
}

@Test func `writes numbers of the threshold and more only`() throws {
  let wire = try batch(["01-kitchen-workers", "02-unknown-woman", "04-smuggling-route"], times: 11)
  let event = try JSONReader.read(wire.octets)
  #expect(event["type"]?.text == EventType.statistics.rawValue)
  #expect(event["requestedacks"]?.text == "receipt" && event["exercise"]?.flag == true)
  let data = try #require(event["data"])
  #expect(numbers(data).allSatisfy { $0 >= 11 } && numbers(data).count > 5)
  #expect(data["complete"]?.flag == true && data["period"]?.text == "2026-Q3")
  let kinds = try #require(data["tables"]?.elements?.first)
  #expect(kinds["total"]?.integer == 33)
  let cells = kinds["cells"]?.elements ?? []
  #expect(cells.map { $0["count"]?.integer } == [22, nil, nil, nil])
  #expect(cells.dropFirst().allSatisfy { $0["suppressed"]?.flag == true })
}

@Test func `reads back as a batch, and as no referral`() throws {
  let schemas = try PublishedSchemas.folder().wire
  let wire = try batch(["22-mononym"], times: 30)
  let parsed = try ParsedDocument.read(wire.octets, schemas: schemas).get()
  #expect(parsed.subject == .statistics && parsed.hasRightType)
  #expect(parsed.referralID == wire.disclosed.batchID && parsed.revision == 1)
  let other = String(decoding: wire.octets, as: UTF8.self).replacing(
    EventType.statistics.rawValue, with: EventType.offered.rawValue)
  guard case .failure = ParsedDocument.read(Array(other.utf8), schemas: schemas) else {
    throw BrokenTestSupport(description: "a batch passes as a referral")
  }
}

@Test(arguments: ["\"count\":22", "\"total\":33"])
func `refuses a number below the threshold, even signed`(_ number: String) throws {
  let wire = try batch(["01-kitchen-workers", "02-unknown-woman", "04-smuggling-route"], times: 11)
  let text = String(decoding: wire.octets, as: UTF8.self)
  #expect(text.contains(number))
  let small = text.replacing(number, with: number.dropLast(2) + "7")
  let read = ParsedDocument.read(
    Array(small.utf8), schemas: try PublishedSchemas.folder().wire)
  guard case .failure(.schema(_, let keyword)) = read else {
    throw BrokenTestSupport(description: "a small number passes")
  }
  #expect(keyword == "minimum")
}
