/// Jobs and orders: each delivery once, whatever dies, with an entry that says who.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Outbox
import Platform
import Referrals
import Testing

private let partners = ["comensha", "emm", "politie-avim"]

private func job(
  _ number: UInt8, _ selection: JobSelection, reason: String = "CANARY-REASON"
) -> NewJob {
  NewJob(
    id: jobID(number), action: "hold", selection: selection, filterText: "state=QUEUED",
    actor: "uid:1", reason: reason, madeAt: now, rate: 10)
}

private func jobID(_ number: UInt8) -> UniversalID {
  UniversalID.v4(random: [UInt8](repeating: number, count: 16))
}

private func entry(_ action: String, reason: String? = "because") -> AuditEntry {
  AuditEntry(at: now, actor: "uid:1", action: action, subject: "x", reason: reason)
}

/// Holds whatever is queued.
private let hold: OrderDecision = { delivery in
  guard delivery.progress.state == .queued else { return .refused("not-queued") }
  var next = delivery.progress
  next.state = .held
  next.reason = .byOperator
  return .progress(next)
}

private func all() -> JobSelection {
  var filter = DeliveryFilter()
  filter.states = [.queued, .held]
  return .filter(filter)
}

@Test func `a job works on each delivery once, so many of each partner as it may`() async throws {
  let store = try await Folder().open()
  for revision in 1...3 { try await store.accept(revision, .update, to: partners) }
  let made = try #require(try await store.make(job(1, all()), limit: 100))
  #expect(made.total == 9)
  #expect(made.state == .running)
  #expect(try await store.waiting(of: made.row) == ["comensha": 3, "emm": 3, "politie-avim": 3])
  let step = try await store.work(
    made.row, quota: ["emm": 2, "comensha": 0], at: now, decide: hold)
  #expect(step == JobStep(worked: 2, partners: ["emm"]))
  #expect(try await store.waiting(of: made.row)["emm"] == 1)
  let asked = Counter()
  while try await store.work(
    made.row, quota: ["emm": 2, "comensha": 2, "politie-avim": 2], at: now,
    decide: { delivery in
      asked.add()
      return hold(delivery)
    }
  ).worked > 0 {}
  #expect(asked.count == 7, "the two of the first step are not asked again")
  let (ended, reason) = try #require(try await store.job(jobID(1)))
  #expect(ended.state == .done)
  #expect(ended.done == 9)
  #expect(reason == "CANARY-REASON")
  let depths = try await store.depths()
  #expect(depths.allSatisfy { $0.state == .held && $0.count == 3 })
  await store.close()
}

@Test func `a job goes on after the process died, and never repeats what it has done`()
  async throws
{
  let folder = Folder()
  let store = try await folder.open()
  try await store.accept(1, to: partners)
  let made = try #require(try await store.make(job(1, all()), limit: 100))
  _ = try await store.work(made.row, quota: ["emm": 10], at: now, decide: hold)
  await store.close()
  let again = try await folder.open()
  let running = try await again.runningJobs()
  #expect(running.map(\.id) == [jobID(1)])
  #expect(running.first?.done == 1)
  let asked = Counter()
  let everybody = Dictionary(uniqueKeysWithValues: partners.map { ($0, 10) })
  _ = try await again.work(made.row, quota: everybody, at: now) { delivery in
    asked.add()
    return hold(delivery)
  }
  #expect(asked.count == 2)
  #expect(try await again.runningJobs().isEmpty)
  await again.close()
}

@Test func `refuses a job over more than the limit, and leaves nothing of it`() async throws {
  let store = try await Folder().open()
  try await store.accept(1, to: partners)
  #expect(try await store.make(job(1, all()), limit: 2) == nil)
  #expect(try await store.jobs(limit: 10).isEmpty)
  #expect(try await store.audits(since: nil, limit: 10).map(\.action) == ["accept"])
  await store.close()
}

@Test func `the same job again is the same job`() async throws {
  let store = try await Folder().open()
  try await store.accept(1, to: partners)
  let ids = try await store.list(DeliveryFilter()).map(\.id)
  let first = try await store.make(job(1, .ids(ids + ids)), limit: 100)
  try await store.accept(2, .update, to: partners)
  let second = try await store.make(job(1, all()), limit: 100)
  #expect(first?.total == 3)
  #expect(second?.total == 3)
  #expect(try await store.jobs(limit: 10).count == 1)
  await store.close()
}

@Test func `a cancelled job does nothing more`() async throws {
  let store = try await Folder().open()
  try await store.accept(1, to: partners)
  let made = try #require(try await store.make(job(1, all()), limit: 100))
  _ = try await store.work(made.row, quota: ["emm": 1], at: now, decide: hold)
  let stopped = try #require(try await store.cancelJob(jobID(1), entry("cancel")))
  #expect(stopped.cancelled)
  let step = try await store.work(made.row, quota: ["comensha": 9], at: now, decide: hold)
  #expect(step.worked == 0)
  #expect(try await store.cancelJob(jobID(1), entry("cancel"))?.cancelled == false)
  #expect(try await store.cancelJob(jobID(2), entry("cancel")) == nil)
  let results = try await store.items(of: made.row, after: 0, limit: 10).map(\.result)
  #expect(results.filter { $0 == "done" }.count == 1)
  #expect(results.filter { $0 == nil }.count == 2)
  await store.close()
}

@Test func `a job keeps why each delivery was refused`() async throws {
  let store = try await Folder().open()
  try await store.accept(1, to: partners)
  try await store.put(10, .held)
  let made = try #require(try await store.make(job(1, all()), limit: 100))
  let everybody = Dictionary(uniqueKeysWithValues: partners.map { ($0, 10) })
  _ = try await store.work(made.row, quota: everybody, at: now, decide: hold)
  let first = try await store.items(of: made.row, after: 0, limit: 2)
  let rest = try await store.items(of: made.row, after: first.last?.row ?? 0, limit: 2)
  #expect((first + rest).map(\.result) == ["not-queued", "done", "done"])
  #expect(try await store.job(jobID(1))?.job.refused == 1)
  await store.close()
}

@Test func `an order is in the audit with it, and what is refused leaves no trace`()
  async throws
{
  let store = try await Folder().open()
  try await store.accept(1)
  let id = try await store.summary(10).id
  _ = try await store.order(id, entry("hold"), decide: hold)
  #expect(try await store.summary(10).state == .held)
  let refused = try #require(try await store.order(id, entry("hold"), decide: hold))
  #expect(refused.effect == .refused("not-queued"))
  #expect(try await store.order(jobID(9), entry("hold"), decide: hold) == nil)
  let audit = try await store.audits(since: nil, limit: 10)
  #expect(audit.map(\.action) == ["hold", "accept"])
  #expect(audit.first?.reason == "because")
  #expect(try await store.audits(since: now.adding(seconds: 1), limit: 10).isEmpty)
  await store.close()
}

@Test func `an order sees a later revision that may have reached the partner`() async throws {
  let store = try await Folder().open()
  try await store.accept(1)
  try await store.put(10, .held)
  try await store.accept(2, .update)
  let id = try await store.summary(10).id
  #expect(try await store.ordered(id)?.isOvertaken == false)
  _ = try await store.claim(20)
  let found = try #require(try await store.ordered(id))
  #expect(found.isOvertaken)
  #expect(found.octets > 0)
  await store.close()
}

@Test func `what asks for a person is named until it is settled, and again if it goes again`()
  async throws
{
  let store = try await Folder().open()
  try await store.accept(1, to: partners)
  try await store.put(10, .dead, reason: .conflict)
  try await store.put(11, .held, reason: .byOperator)
  #expect(try await store.unsettled(limit: 10).map(\.state) == [.dead, .held])
  let id = try await store.summary(10).id
  _ = try await store.order(id, entry("settle")) { _ in .settled }
  #expect(try await store.unsettled(limit: 10).map(\.state) == [.held])
  #expect(try await store.ordered(id)?.isSettled == true)
  _ = try await store.order(id, entry("resend")) { delivery in .progress(delivery.progress) }
  #expect(try await store.unsettled(limit: 10).map(\.state) == [.dead, .held])
  await store.close()
}

@Test func `receipts are overdue after their deadline, but not of what is held`() async throws {
  let store = try await Folder().open()
  try await store.accept(1, to: partners)
  try await store.put(11, .held, reason: .byOperator)
  try await store.put(12, .awaiting, reason: .revocation)
  let late = now.adding(seconds: 301)
  #expect(try await store.overdueReceipts(at: late, limit: 10).isEmpty, "the alarm was not raised")
  #expect(try await store.withoutReceipt(at: late).count == 3)
  #expect(try await store.overdueReceipts(at: late, limit: 10).map(\.partner) == ["comensha"])
  #expect(try await store.overdueReceipts(at: now, limit: 10).isEmpty)
  #expect(try await store.undecided(limit: 10).map(\.partner) == ["politie-avim"])
  await store.close()
}

@Test func `the shape counts open deliveries by age, and apart those on the wire`() async throws {
  let store = try await Folder().open()
  try await store.accept(1, to: partners)
  try await store.put(10, .delivered)
  try await store.put(11, .sending)
  let soon = try await store.shape(at: now.adding(seconds: 299))
  #expect(
    soon == [
      ShapeCell(partner: "emm", bucket: 0, count: 1, sending: 1),
      ShapeCell(partner: "politie-avim", bucket: 0, count: 1, sending: 0),
    ])
  #expect(try await store.shape(at: now.adding(seconds: 300)).map(\.bucket) == [1, 1])
  #expect(try await store.shape(at: now.adding(seconds: 1_280 * 60)).map(\.bucket) == [9, 9])
  await store.close()
}

@Test func `only an operator ends a pause`() async throws {
  let store = try await Folder().open()
  _ = try await store.aliasKey(of: "emm", fresh: [UInt8](repeating: 1, count: 32))
  try await store.setSuspension("emm", cause: "paused", until: nil, at: now, order: entry("pause"))
  try await store.setSuspension("emm", cause: "credentials", until: now, at: now)
  try await store.setSuspension("emm", cause: nil, until: nil, at: now)
  let kept = try await store.suspensions()
  #expect(kept.map(\.cause) == ["paused"])
  #expect(kept.first?.since == now)
  try await store.setSuspension(
    "emm", cause: nil, until: nil, at: now, order: entry("resume", reason: nil))
  #expect(try await store.suspensions().isEmpty)
  #expect(try await store.audits(since: nil, limit: 9).map(\.action) == ["resume", "pause"])
  await store.close()
}

private final class Counter: Sendable {
  private let value = Locked(0)
  var count: Int { value.withLock { $0 } }
  func add() { value.withLock { $0 += 1 } }
}
