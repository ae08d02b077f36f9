/// Changes that wait for the word that they were carried out, and what is told of them.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import Outbox
import Platform
import Referrals
import Testing

private let deadline = now.adding(seconds: 3_600)
private let past = now.adding(seconds: 3_601)

extension OutboxStore {
  /// Revision 1, then a withdrawal that each of them is to carry out by `deadline`.
  fileprivate func withdrawn(from partners: [String]) async throws {
    _ = try await accept(1, to: partners)
    for index in partners.indices {
      let claim = try #require(try await claim(UInt8(10 + index)))
      _ = try await end(
        claim, to: .delivered, acknowledgement: acknowledgement(UInt8(50 + index)))
    }
    _ = try await accept(2, .withdraw, to: partners, changeDue: deadline)
    for index in partners.indices {
      let claim = try #require(try await claim(UInt8(20 + index)))
      _ = try await end(
        claim, to: .delivered, acknowledgement: acknowledgement(UInt8(60 + index)))
    }
  }

  fileprivate func carriedOut(_ id: UInt8, by partner: String, _ result: ChangeResult)
    async throws
  {
    let word = acknowledgement(
      id + 60, kind: "change-executed", answer: .changeExecuted, change: result)
    let row = try await summary(id).row
    let kept = try await bring(word, to: row, partner: partner, at: past) { one, _, _ in one }
    guard case .kept = kept else {
      Issue.record("\(kept)")
      return
    }
  }

  fileprivate func settle(_ id: UInt8) async throws {
    let entry = AuditEntry(
      at: past, actor: "uid:1", action: "settle", subject: "\(id)", reason: "by phone")
    _ = try await order(Sample.id(id), entry) { _ in .settled }
  }

  /// Everything that is new, as "kind partner,partner".
  fileprivate func heard() async throws -> [String] {
    let events = try await untoldEvents(at: past, limit: 100)
    try await told(events.map(\.number))
    return events.map { event in
      let partners = event.deliveries.map(\.partner).joined(separator: ",")
      return "\(event.kind.rawValue) \(partners)"
    }
  }
}

@Test func `several that are late at once are one event each, and each only once`() async throws {
  let store = try await Folder().open()
  let partners = ["a", "b", "c"]
  try await store.withdrawn(from: partners)
  _ = try await store.heard()
  #expect(try await store.changesPastDue(at: deadline.adding(milliseconds: -1)).isEmpty)
  #expect(try await store.heard() == [])
  #expect(try await store.changesPastDue(at: past).map(\.partner) == partners)
  #expect(try await store.heard() == partners.map { "change-overdue \($0)" })
  #expect(try await store.changesPastDue(at: past).isEmpty)
  #expect(try await store.heard() == [])
  await store.close()
}

@Test func `nobody is late who has said that it acted, or must not act`() async throws {
  let store = try await Folder().open()
  try await store.withdrawn(from: ["a", "b", "c"])
  try await store.carriedOut(20, by: "a", .erased)
  try await store.carriedOut(21, by: "b", .refusedLegalDuty)
  _ = try await store.heard()
  #expect(try await store.changesPastDue(at: past).map(\.partner) == ["c"])
  #expect(try await store.heard() == ["change-overdue c"])
  try await store.carriedOut(22, by: "c", .erased)
  #expect(try await store.heard() == ["answer c"])
  #expect(try await store.changesPastDue(at: past).isEmpty)
  #expect(try await store.overdueChanges(limit: 10).isEmpty)
  await store.close()
}

@Test func `what a person has settled, and what a later revision covers, is not late`()
  async throws
{
  let store = try await Folder().open()
  try await store.withdrawn(from: ["a", "b"])
  try await store.settle(20)
  _ = try await store.accept(3, .withdraw, to: ["b"], changeDue: past.adding(seconds: 60))
  #expect(try await store.changesPastDue(at: past).isEmpty)
  let heard = try await store.heard()
  #expect(!heard.contains { $0.hasPrefix("change-overdue") })
  await store.close()
}

@Test func `a change tells of everybody who has any revision, and how far each is`() async throws {
  let store = try await Folder().open()
  try await store.withdrawn(from: ["a", "b"])
  try await store.carriedOut(20, by: "a", .erased)
  _ = try await store.changesPastDue(at: past)
  let events = try await store.untoldEvents(at: past, limit: 100)
  func lines(_ kind: CaseEventKind) -> [[String]] {
    events.filter { $0.kind == kind }.map { event in
      event.recipients.map { "\($0.delivery.partner) \($0.delivery.revision) \($0.change.word)" }
    }
  }
  let all = ["a 1 not-awaited", "a 2 executed", "b 1 not-awaited", "b 2 overdue"]
  #expect(lines(.changeOverdue) == [all])
  #expect(lines(.answer) == [all])
  #expect(Set(lines(.delivered)) == [[]])
  let accepted = events.filter { $0.kind == .accepted }
  #expect(accepted.map(\.recipients.count) == [0, 4], "a first revision has only its deliveries")
  await store.close()
}
