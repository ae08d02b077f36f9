/// T0: all or nothing, what a later revision replaces, and what the store tells about it.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import Digest
import Outbox
import Platform
import Referrals
import Testing

@Test func `a submission and all its deliveries are there together`() async throws {
  let store = try await Folder().open()
  #expect(try await store.accept(1, to: ["emm", "nla", "politie-avim"]))
  let deliveries = try await store.deliveries(of: referral, revision: 1)
  #expect(deliveries.map(\.partner) == ["emm", "nla", "politie-avim"])
  #expect(deliveries.allSatisfy { $0.state == .queued && $0.answer == .none })
  #expect(deliveries.allSatisfy { $0.attempts == 0 && $0.nextAt == now })
  await store.close()
}

@Test func `one delivery that cannot be kept leaves nothing of the submission`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1)
  // The second partner's document would carry an id that is taken.
  let other = Sample.id(101)
  let submission = NewSubmission(
    header: try Sample.header(other), digest: SHA256Digest(of: [2]), octets: [1],
    submittedBy: "uid:1", acceptedAt: now, exercise: true,
    deliveries: [
      NewDelivery(document: try Sample.document(Sample.id(50)), terms: terms("nla")),
      NewDelivery(document: try Sample.document(Sample.id(10)), terms: terms("emm")),
    ], seen: try await store.earlier(other, revision: 1))
  await #expect(throws: OutboxError.self) { try await store.accept(submission) }
  #expect(try await store.delivery(Sample.id(50)) == nil)
  #expect(try await store.earlier(other, revision: 1).latest == 0)
  await store.close()
}

@Test func `what was accepted is there after closing and opening`() async throws {
  let folder = Folder()
  var store = try await folder.open()
  _ = try await store.accept(1)
  let before = try await store.earlier(referral, revision: 1)
  await store.close()
  store = try await folder.open()
  #expect(try await store.earlier(referral, revision: 1) == before)
  #expect(before.latest == 1)
  #expect(before.digest == SHA256Digest(of: Array("content1".utf8)))
  #expect(before.deliveries == ["emm": Sample.id(10)])
  await store.close()
}

@Test func `nothing is accepted on what has changed meanwhile`() async throws {
  let store = try await Folder().open()
  let old = try await store.earlier(referral, revision: 1)
  #expect(try await store.accept(1))
  #expect(try await store.accept(1, to: ["nla"], seen: old) == false)
  #expect(try await store.deliveries(of: referral, revision: 1).count == 1)
  await store.close()
}

@Test func `the store tells revisions, recipients and whom an attempt may have reached`()
  async throws
{
  let store = try await Folder().open()
  _ = try await store.accept(1, to: ["emm", "nla"])
  _ = try await store.claim(10)
  let known = try await store.earlier(referral, revision: 2)
  #expect(known.latest == 1)
  #expect(known.digest == nil)
  #expect(known.deliveries.isEmpty)
  #expect(known.recipients == ["emm", "nla"])
  #expect(Set(known.reached.keys) == ["emm"])
  #expect(known.reached["emm"]?.revision == 1)
  #expect(try await store.earlier(referral, revision: 4).latest == 1)
  await store.close()
}

@Test func `another recipient of the same revision is one more delivery, not a submission`()
  async throws
{
  let store = try await Folder().open()
  _ = try await store.accept(1)
  let known = try await store.earlier(referral, revision: 1)
  let more = NewSubmission(
    header: try Sample.header(referral), digest: SHA256Digest(of: Array("content1".utf8)),
    octets: [1], submittedBy: "uid:1", acceptedAt: now, exercise: true,
    deliveries: [NewDelivery(document: try Sample.document(Sample.id(60)), terms: terms("nla"))],
    seen: known)
  #expect(try await store.accept(more))
  let after = try await store.earlier(referral, revision: 1)
  #expect(after.deliveries == ["emm": Sample.id(10), "nla": Sample.id(60)])
  await store.close()
}

@Test(arguments: [Operation.correct, .withdraw])
func `a correction or withdrawal ends what is open, and later what is being sent`(
  _ operation: Operation
) async throws {
  let store = try await Folder().open()
  let partners = ["a", "b", "c", "d", "e", "f"]
  _ = try await store.accept(1, to: partners)
  let running = try #require(try await store.claim(11))
  for (id, state) in [
    (UInt8(12), DeliveryState.deferred), (13, .held), (14, .awaiting), (15, .delivered),
  ] { try await store.put(id, state) }
  _ = try await store.accept(2, operation, to: ["a"])
  for (id, state) in [
    (UInt8(10), DeliveryState.cancelled), (11, .sending), (12, .cancelled), (13, .cancelled),
    (14, .cancelled), (15, .delivered),
  ] {
    let found = try await store.summary(id)
    #expect(found.state == state, "delivery \(id)")
    #expect((found.reason == .superseded) == (state == .cancelled))
  }
  let ended = try await store.end(running, to: .deferred)
  #expect(ended?.superseded == true)
  #expect(ended?.state == .cancelled)
  await store.close()
}

@Test func `an update replaces nothing`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1)
  _ = try await store.accept(2, .update)
  #expect(try await store.summary(10).state == .queued)
  await store.close()
}

@Test func `revisions to one partner are due in their order`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1)
  _ = try await store.accept(2, .update)
  func due() async throws -> [Int64] {
    try await store.due(for: "emm", at: now, limit: 10).map(\.row)
  }
  let (first, second) = (try await store.summary(10).row, try await store.summary(20).row)
  for blocking in [DeliveryState.sending, .awaiting] {
    try await store.put(10, blocking)
    #expect(try await due() == [], "\(blocking)")
  }
  try await store.put(10, .queued)
  #expect(try await due() == [first])
  for open in [DeliveryState.held, .delivered, .dead, .expired, .cancelled] {
    try await store.put(10, open)
    #expect(try await due() == [second], "\(open)")
  }
  await store.close()
}

@Test func `only what is ready and whose time has come is due, at most the limit`() async throws {
  let store = try await Folder().open()
  _ = try await store.accept(1, to: ["emm", "nla"])
  let early = now.adding(milliseconds: -1)
  #expect(try await store.due(for: "emm", at: early, limit: 10).isEmpty)
  #expect(try await store.nextDue(for: "emm", after: early) == now)
  #expect(try await store.due(for: "emm", at: now, limit: 10).map(\.partner) == ["emm"])
  #expect(try await store.due(for: "emm", at: now, limit: 0).isEmpty)
  #expect(try await store.due(for: "comensha", at: now, limit: 10).isEmpty)
  await store.close()
}

/// A submission of a referral of its own; its document's id is `number`.
private func submission(_ number: UInt8, seen: EarlierRevisions) throws -> NewSubmission {
  NewSubmission(
    header: try Sample.header(Sample.id(number)), digest: SHA256Digest(of: [number]),
    octets: [number], submittedBy: "uid:1", acceptedAt: now, exercise: true,
    deliveries: [
      NewDelivery(document: try Sample.document(Sample.id(number)), terms: terms("emm"))
    ], seen: seen)
}

@Test func `two submissions in one commit are both there or neither`() async throws {
  let store = try await Folder().open()
  let new = try await store.earlier(Sample.id(61), revision: 1)
  #expect(try await store.accept([submission(61, seen: new), submission(62, seen: new)]))
  #expect(try await store.earlier(Sample.id(61), revision: 2).latest == 1)
  #expect(try await store.earlier(Sample.id(62), revision: 2).latest == 1)
  // The second has changed meanwhile, so the first is not taken either.
  #expect(try await store.accept([submission(63, seen: new), submission(62, seen: new)]) == false)
  #expect(try await store.earlier(Sample.id(63), revision: 2).latest == 0)
  await store.close()
}

@Test func `earlier revisions are read back as they were handed in, oldest first`() async throws {
  let store = try await Folder().open()
  #expect(try await store.keptRevisions(of: referral, before: 1) == [])
  _ = try await store.accept(1, content: "first")
  _ = try await store.accept(2, .update, content: "second")
  #expect(
    try await store.keptRevisions(of: referral, before: 3)
      == [Array("first".utf8), Array("second".utf8)])
  #expect(try await store.keptRevisions(of: referral, before: 2) == [Array("first".utf8)])
  #expect(try await store.keptRevisions(of: Sample.id(99), before: 9) == [])
  await store.close()
}
