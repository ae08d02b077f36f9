/// Statistics batches: one for a partner and a quarter, from what was kept at the quarter's end.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import Digest
import Outbox
import Platform
import Referrals
import Testing

private let order = AuditEntry(
  at: now, actor: "uid:1", action: "statistics-send", subject: "2026-Q4 emm", reason: "agreed")

private func batch(
  _ id: UInt8, to partner: String = "emm", quarter: String = "2026-Q4", seen: Int = 0
) throws -> NewBatch {
  let digest = SHA256Digest(of: [1])
  return NewBatch(
    quarter: quarter,
    delivery: NewDelivery(
      document: try Sample.document(Sample.id(id)),
      terms: DeliveryTerms(
        batchFor: partner, batchID: Sample.id(id &+ 100), schemaVersion: "1.0.0",
        policyDigest: digest, partnerDigest: digest, schemaDigest: digest, ruleIDs: ["S03"],
        legalBasis: ["EU-1@2024"], expires: now.adding(seconds: 86_400),
        answerDeadline: now.adding(seconds: 300), notBefore: now)),
    exercise: true, numbers: Array("CANARY-NUMBERS".utf8), seen: seen)
}

extension BatchRecording {
  fileprivate var word: String {
    switch self {
    case .kept: "kept"
    case .exists(let id): "exists \(id)"
    case .otherCameBetween: "other"
    }
  }
}

@Test func `makes no second batch of a quarter for the same partner`() async throws {
  let folder = Folder()
  let store = try await folder.open()
  #expect(try await store.accept(batch(1), order).word == "kept")
  #expect(try await store.accept(batch(2, seen: 1), order).word == "exists \(Sample.id(1))")
  #expect(try await store.accept(batch(3, quarter: "2026-Q3"), order).word == "kept")
  let all = try await store.batches()
  #expect(all.map(\.quarter) == ["2026-Q3", "2026-Q4"] && all.map(\.partner) == ["emm", "emm"])
  let summary = try await store.summary(1)
  #expect(summary.kind == "STATISTICS" && summary.detailLevel == "anonymised")
  #expect(summary.state == .queued && summary.revision == 1)
  #expect(try await store.audits(since: nil, limit: 10).map(\.reason) == ["agreed", "agreed"])
  await store.close()
}

@Test func `makes no batch beside one that it was not compared with`() async throws {
  let folder = Folder()
  let store = try await folder.open()
  #expect(try await store.accept(batch(1), order).word == "kept")
  #expect(try await store.accept(batch(2, to: "zebra"), order).word == "other")
  #expect(try await store.accept(batch(2, to: "zebra", seen: 1), order).word == "kept")
  #expect(try await store.batchNumbers(of: "2026-Q4").count == 2)
  #expect(try await store.batchNumbers(of: "2026-Q4").first == Array("CANARY-NUMBERS".utf8))
  await store.close()
  let octets = try folder.octets()
  #expect(!String(decoding: octets, as: UTF8.self).contains("CANARY-NUMBERS"))
}

@Test func `tells the case system nothing of a batch`() async throws {
  let folder = Folder()
  let store = try await folder.open()
  #expect(try await store.accept(batch(1), order).word == "kept")
  try await store.put(1, .held)
  #expect(try await store.untoldEvents(at: now, limit: 10).isEmpty)
  _ = try await store.accept(1)
  try await store.put(10, .held)
  #expect(try await store.untoldEvents(at: now, limit: 10).map(\.kind) == [.accepted, .held])
  await store.close()
}

@Test func `finds each referral in its last revision of the time asked for`() async throws {
  let folder = Folder()
  let store = try await folder.open()
  _ = try await store.accept(1)
  _ = try await store.accept(2, .update)
  let (before, after) = (now.adding(seconds: -1), now.adding(seconds: 1))
  let found = try await store.referrals(acceptedFrom: before, before: after)
  #expect(found.map(\.id) == [referral] && found.map(\.revision) == [2])
  #expect(found.map(\.exercise) == [true])
  #expect(try await store.referrals(acceptedFrom: before, before: now).isEmpty)
  #expect(try await store.referrals(acceptedFrom: after, before: after).isEmpty)
  await store.close()
}
