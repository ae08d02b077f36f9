/// The promise for numbers: of all the referrals of a quarter not one text gets into its batch.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import JSON
import Platform
import Referrals
import Register
import Signing
import Statistics
import TestSupport
import Testing
import Wire

@Test func `lets out numbers of a quarter and not one text of its referrals`() throws {
  let gate = try Gate()
  let partner = "nationaal-rapporteur"
  let code = try #require(PartnerCode(partner))
  let link = try #require(gate.configuration.partner(code))
  var counter = Counter(try #require(Quarter("2026-Q3")), exercise: true)
  var texts: Set<String> = []
  for kind in ReferralKind.allCases {
    for seed in 1...3 {
      let canary = try CanaryReferral.make(kind, .create, seed: UInt64(seed) &* 7_919)
      let referral = try gate.accepted(canary, for: partner)
      for _ in 0..<5 { counter.add(referral) }
      texts.formUnion(canary.canaries.keys)
    }
  }
  let situation = StatisticsSituation(
    partner: link.addressee, policy: try #require(gate.configuration.policy(of: partner)),
    policyIsInForce: true, batchOctets: [UInt8](repeating: 3, count: 16))
  let envelope = Envelope(
    source: gate.configuration.identity.source, recordedAt: Gate.now, lifetimeSeconds: 604_800,
    answerWithinSeconds: 3_600, schemaVersion: "1.0.0",
    idOctets: [UInt8](repeating: 4, count: 16), nonceOctets: [UInt8](repeating: 5, count: 16))
  guard case .disclosed(let disclosed, let report) = disclose(counter.count, in: situation),
    case .statistics(let batch) = WireStatistics.encode(disclosed, in: envelope, schemas: gate.wire)
  else { throw BrokenTestSupport(description: "no batch") }
  #expect(texts.count > 1_000)
  let search = CanarySearch(texts)
  let event = try JSONReader.read(batch.octets)
  // Positive first: the search finds what is there.
  let planted = batch.octets + Array((texts.first { $0.utf8.count > 12 } ?? "").utf8)
  #expect(!search.finds(in: planted).isEmpty)
  #expect(search.finds(in: batch.octets).isEmpty && search.words(in: event).isEmpty)
  let kept = report.lines.map { "\($0.table) \($0.effect) \($0.rule) \($0.reason)" }
  #expect(search.finds(in: Array(kept.joined(separator: "\n").utf8)).isEmpty)
  #expect(event["data"]?["tables"]?.elements?.first?["total"]?.integer == 60)
}
