/// Receipts that wait for a decision, ids that are taken, and step 19: stored before believed.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import Outbox
import Platform
import Referrals
import SQLite
import Signing
import Testing

private func undecided(_ number: UInt8) -> NewAcknowledgement {
  acknowledgement(number, verdict: "revocation-unknown")
}

private func moves(to state: DeliveryState) -> ProgressDecision {
  { progress in
    var next = progress
    next.state = state
    next.reason = nil
    return next
  }
}

extension OutboxStore {
  /// A delivery that waits for its receipt's signer to be judged.
  fileprivate func wait(_ id: UInt8, _ acknowledgement: NewAcknowledgement) async throws {
    let claim = try #require(try await claim(id))
    _ = try await end(claim, to: .awaiting, acknowledgement: acknowledgement)
    try await put(id, .awaiting, reason: .revocation)
  }
}

@Test func `a waiting receipt is found after a restart with the octets that came`() async throws {
  let folder = Folder()
  var store = try await folder.open()
  _ = try await store.accept(1, to: ["a", "b"])
  try await store.wait(10, undecided(1))
  try await store.put(11, .awaiting, reason: .receiptDue)
  await store.close()
  store = try await folder.open()
  let waiting = try await store.undecided(for: "a", after: 0, limit: 10)
  #expect(waiting.map(\.delivery.document.id) == [Sample.id(10)])
  #expect(waiting.map(\.receipt) == [Array("CANARY-ACKNOWLEDGEMENT".utf8)])
  #expect(try await store.undecided(for: "b", after: 0, limit: 10).isEmpty)
  let row = try await store.summary(10).row
  #expect(try await store.undecided(for: "a", after: row, limit: 10).isEmpty)
  await store.close()
}

@Test func `a receipt that waits too long is overdue, and stays where it is`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1, to: ["a"])
  try await store.wait(10, undecided(1))
  #expect(try await store.overdue(at: now.adding(seconds: -1)).isEmpty)
  #expect(try await store.overdue(at: now).map(\.id) == [Sample.id(10)])
  await store.close()
}

@Test func `a decision adds a verdict and takes none away`() async throws {
  let store = try await Folder().open()
  _ = try await store.aliasKey(of: "a", fresh: [UInt8](repeating: 1, count: 32))
  _ = try await store.accept(1, to: ["a"])
  try await store.wait(10, undecided(1))
  let row = try await store.summary(10).row
  let recording = try await store.decide(
    row, partner: "a", at: now.adding(seconds: 9), acknowledgement: acknowledgement(1),
    decide: moves(to: .delivered))
  guard case .recorded(let progress) = recording else {
    Issue.record("\(recording)")
    return
  }
  #expect(progress.state == .delivered)
  #expect(try await store.summary(10).deliveredAt == now.adding(seconds: 9))
  #expect(try await store.lastReceipts() == ["a": now.adding(seconds: 9)])
  let kept = try await store.keptAcknowledgements(of: row)
  #expect(kept.map(\.verdict) == ["revocation-unknown", "verified"])
  #expect(kept.allSatisfy { $0.octets == Array("CANARY-ACKNOWLEDGEMENT".utf8) })
  await store.close()
}

@Test func `a decision that changes nothing any more is not written`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1, to: ["a"])
  try await store.wait(10, undecided(1))
  let row = try await store.summary(10).row
  _ = try await store.decide(
    row, partner: "a", at: now, acknowledgement: acknowledgement(1), decide: { $0 })
  #expect(try await store.keptAcknowledgements(of: row).count == 1)
  await store.close()
}

@Test func `a receipt under a taken id delivers nothing, and is judged again`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1, to: ["a"])
  _ = try await store.accept(2, to: ["a"])
  let first = try #require(try await store.claim(10))
  let second = try #require(try await store.claim(20))
  _ = try await store.end(first, to: .delivered, acknowledgement: acknowledgement(1))
  let recording = try await store.record(
    second, to: .delivered, acknowledgement: acknowledgement(1, body: [9]))
  guard case .idTaken = recording else {
    Issue.record("\(recording)")
    return
  }
  #expect(try await store.summary(20).state == .sending)
  #expect(try await store.attempts(of: second.row).first?.endedAt == nil)
  let again = try await store.record(
    second, to: .deferred,
    acknowledgement: acknowledgement(1, verdict: "acknowledgement-id-reused", body: [9]))
  guard case .recorded(let progress) = again else {
    Issue.record("\(again)")
    return
  }
  #expect(progress.state == .deferred)
  await store.close()
}

@Test func `the same receipt again is no second story`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1, to: ["a"])
  let first = try #require(try await store.claim(10))
  _ = try await store.end(first, to: .queued, acknowledgement: acknowledgement(1))
  let second = try #require(try await store.claim(10))
  let ended = try await store.end(second, to: .delivered, acknowledgement: acknowledgement(1))
  #expect(ended?.state == .delivered)
  #expect(try await store.keptAcknowledgements(of: first.row).count == 1)
  await store.close()
}

@Test func `step 19 record: what cannot be stored changes no state`() async throws {
  let folder = Folder()
  var store = try await folder.open()
  _ = try await store.accept(1, to: ["a"])
  let claim = try #require(try await store.claim(10))
  await store.close()
  let raw = try Store(
    path: folder.path + "/outbox.db", applicationID: 0x5247_574F,
    migrations: OutboxSchema.migrations,
    onBroken: { _ in })
  try await raw.write { (change) throws(StoreError) in
    try change.run(
      "CREATE TRIGGER planted BEFORE INSERT ON acknowledgement "
        + "BEGIN SELECT RAISE(ABORT, 'planted'); END")
  }
  await raw.close()
  store = try await folder.open()
  await #expect(throws: OutboxError.self) {
    _ = try await store.end(claim, to: .delivered, acknowledgement: acknowledgement(1))
  }
  let delivery = try await store.summary(10)
  #expect(delivery.state == .sending)
  #expect(delivery.answer == .none)
  #expect(delivery.deliveredAt == nil)
  #expect(try await store.attempts(of: claim.row).first?.endedAt == nil)
  #expect(try await store.keptAcknowledgements(of: claim.row).isEmpty)
  await store.close()
}

@Test func `the oldest open delivery is told by partner`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1, to: ["a", "b"])
  try await store.put(11, .delivered)
  #expect(try await store.oldestOpenByPartner() == ["a": now])
  await store.close()
}
