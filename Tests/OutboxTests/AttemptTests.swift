/// T1, T2, crashes, acknowledgements and the answer.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import Digest
import Outbox
import Platform
import Referrals
import Signing
import Testing

@Test func `an attempt is on record before the document is handed out`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1)
  let claim = try #require(try await store.claim(10))
  #expect(claim.document.octets == (try Sample.document(Sample.id(10)).octets))
  #expect(claim.document.id == Sample.id(10))
  #expect(claim.progress.epoch == 1)
  let attempts = try await store.attempts(of: claim.row)
  #expect(attempts.map(\.number) == [1])
  #expect(attempts.first?.outcome == nil)
  #expect(try await store.summary(10).state == .sending)
  #expect(try await store.claim(10) == nil, "a second claim")
  await store.close()
}

@Test func `an outcome is stored with its answer and the receipt that delivered`() async throws {
  let store = try await Folder().open()
  _ = try await store.aliasKey(of: "emm", fresh: [UInt8](repeating: 1, count: 32))
  _ = try await store.accept(1)
  let claim = try #require(try await store.claim(10))
  let ended = try await store.end(claim, to: .delivered, acknowledgement: acknowledgement(1))
  #expect(ended?.state == .delivered)
  let attempt = try #require(try await store.attempts(of: claim.row).first)
  #expect(attempt.outcome == "done")
  #expect(!attempt.late)
  #expect(attempt.status == 200)
  #expect(try await store.summary(10).deliveredAt == now.adding(seconds: 1))
  #expect(try await store.lastReceipts() == ["emm": now.adding(seconds: 1)])
  await store.close()
}

@Test func `the result of an earlier claim is kept as late and changes nothing`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1)
  let first = try #require(try await store.claim(10))
  try await store.put(10, .queued)
  let second = try #require(try await store.claim(10))
  #expect(second.progress.epoch == 2)
  let late = try await store.end(first, to: .dead)
  #expect(late?.state == .sending)
  #expect(try await store.attempts(of: first.row).map(\.late) == [true, false])
  #expect(try await store.end(second, to: .deferred)?.state == .deferred)
  await store.close()
}

@Test func `a receipt wins however late`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1)
  let first = try #require(try await store.claim(10))
  try await store.put(10, .dead, reason: .conflict)
  let ended = try await store.end(first, to: .deferred, acknowledgement: acknowledgement(1))
  #expect(ended?.state == .delivered)
  #expect(try await store.summary(10).state == .delivered)
  await store.close()
}

@Test func `after a crash what was being sent is queued again and its attempt unknown`()
  async throws
{
  let folder = Folder()
  var store = try await folder.open()
  _ = try await store.accept(1, to: ["a", "b"])
  let claim = try #require(try await store.claim(10))
  await store.close()
  store = try await folder.open()
  let count = try await store.recover(at: now.adding(seconds: 60)) { progress in
    var next = progress
    next.state = .queued
    next.nextAt = now.adding(seconds: 60)
    return next
  }
  #expect(count == 1)
  #expect(try await store.summary(10).state == .queued)
  let attempt = try #require(try await store.attempts(of: claim.row).first)
  #expect(attempt.outcome == "unknown")
  #expect(attempt.error == "crash")
  // The process before was only slow: its receipt still counts.
  #expect(
    try await store.end(claim, to: .delivered, acknowledgement: acknowledgement(1))?.state
      == .delivered)
  #expect(try await store.attempts(of: claim.row).map(\.late) == [true])
  await store.close()
}

@Test func `acknowledgements are kept, the refused ones too, and once by id`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1)
  var claim = try #require(try await store.claim(10))
  _ = try await store.end(
    claim, to: .queued, acknowledgement: acknowledgement(1, verdict: "signature-invalid"))
  for _ in 0..<2 {
    claim = try #require(try await store.claim(10))
    _ = try await store.end(
      claim, to: .queued, acknowledgement: acknowledgement(2, kind: "acceptance"))
  }
  let kept = try await store.acknowledgements(of: claim.row)
  #expect(kept.map(\.verdict) == ["signature-invalid", "verified"])
  #expect(kept.map(\.step) == [9, nil])
  #expect(try await store.acknowledgementDigest(Sample.id(1), from: "emm") == nil)
  #expect(
    try await store.acknowledgementDigest(Sample.id(2), from: "emm")
      == acknowledgement(2).digest.octets)
  #expect(try await store.acknowledgementDigest(Sample.id(2), from: "nla") == nil)
  await store.close()
}

@Test func `the answer follows what was signed last, ties what came last`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1)
  let steps: [(DeliveryAnswer?, Int64, DeliveryAnswer)] = [
    (.accepted, 10, .accepted), (.rejected, 5, .accepted), (.question, 10, .question),
    (nil, 50, .question), (.outcome, 20, .outcome),
  ]
  for (index, step) in steps.enumerated() {
    let claim = try #require(try await store.claim(10))
    _ = try await store.end(
      claim, to: .queued,
      acknowledgement: acknowledgement(
        UInt8(index + 1), kind: "other", answer: step.0, signedAt: step.1))
    #expect(try await store.summary(10).answer == step.2, "step \(index)")
  }
  await store.close()
}

@Test func `counters equal what counting finds`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1, to: ["a", "b", "c"])
  _ = try await store.accept(2, .correct, to: ["a", "b"])
  _ = try await store.claim(20)
  try await store.put(21, .held)
  try await store.put(21, .queued)
  var counted: [String: Int] = [:]
  for delivery in try await store.list(DeliveryFilter()) {
    counted["\(delivery.partner) \(delivery.state.rawValue)", default: 0] += 1
  }
  let kept = Dictionary(
    uniqueKeysWithValues: try await store.depths().map {
      ("\($0.partner) \($0.state.rawValue)", $0.count)
    })
  #expect(kept == counted)
  #expect(counted.values.reduce(0, +) == 5)
  await store.close()
}

/// The document that a partner could not read, and the one made in its place.
private func replacement(of id: UInt8, as new: UInt8) throws -> NewDelivery {
  NewDelivery(
    document: try Sample.document(Sample.id(new)),
    terms: terms("emm", causation: Sample.id(id), losses: ["/attachments/0", "/attachments/1"]))
}

@Test func `a reissue ends the old document and keeps the new one in one commit`() async throws {
  let folder = Folder()
  var store = try await folder.open()
  _ = try await store.accept(1)
  let claim = try #require(try await store.claim(10))
  #expect(!claim.isReissue && claim.referralID == referral && claim.revision == 1)
  _ = try await store.record(
    claim, to: .cancelled, reason: .reissued, acknowledgement: nil,
    replacement: replacement(of: 10, as: 77))
  await store.close()
  store = try await folder.open()
  let old = try await store.summary(10)
  #expect(old.state == .cancelled && old.reason == .reissued)
  let new = try await store.summary(77)
  #expect(new.state == .queued && new.causation == Sample.id(10) && new.attempts == 0)
  #expect(new.losses == ["/attachments/0", "/attachments/1"])
  #expect(new.acceptedAt == now.adding(seconds: 1))
  // The partner has one document of this revision, and it is the new one.
  let earlier = try await store.earlier(referral, revision: 1)
  #expect(earlier.deliveries == ["emm": Sample.id(77)])
  let second = try #require(try await store.claim(77))
  #expect(second.isReissue)
  await store.close()
}

@Test func `nothing replaces a document that a later revision ended`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1)
  let claim = try #require(try await store.claim(10))
  _ = try await store.accept(2, .correct)
  _ = try await store.record(
    claim, to: .cancelled, reason: .reissued, acknowledgement: nil,
    replacement: replacement(of: 10, as: 77))
  #expect(try await store.summary(10).reason == .superseded)
  #expect(try await store.delivery(Sample.id(77)) == nil)
  await store.close()
}

@Test func `the case system hears of a reissue once, with what came in its place`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1)
  let claim = try #require(try await store.claim(10))
  _ = try await store.record(
    claim, to: .cancelled, reason: .reissued, acknowledgement: nil,
    replacement: replacement(of: 10, as: 77))
  let events = try await store.untoldEvents(at: now, limit: 10)
  #expect(events.map(\.kind) == [.accepted, .cancelled])
  #expect(events[0].deliveries.map(\.id) == [Sample.id(10)])
  #expect(events[1].code == "reissued")
  #expect(events[1].replacement?.id == Sample.id(77))
  #expect(events[1].replacement?.losses == ["/attachments/0", "/attachments/1"])
  await store.close()
}
