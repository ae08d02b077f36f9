/// The life of one delivery, event by event (docs/states.md).
// SPDX-License-Identifier: Apache-2.0
import Outbox
import Platform
import Referrals
import Sending
import Testing

private let now = Instant(milliseconds: 1_800_000_000_000)
private let expires = now.adding(seconds: 86_400)

private func machine(
  _ state: DeliveryState, _ change: (inout DeliveryProgress) -> Void = { _ in }
) -> DeliveryMachine {
  var progress = DeliveryProgress(queuedAt: now)
  progress.state = state
  change(&progress)
  return DeliveryMachine(progress, priority: .routine, expires: expires, backoff: Backoff())
}

private func states(
  where wanted: (DeliveryState) -> Bool
) -> [DeliveryState] { DeliveryState.allCases.filter(wanted) }

/// Where the event leads from each state; a state that is not named stays.
private func check(
  _ event: DeliveryEvent, at time: Instant = now, moves: [DeliveryState: DeliveryState],
  _ change: (inout DeliveryProgress) -> Void = { _ in }
) {
  for state in DeliveryState.allCases {
    var machine = machine(state, change)
    let before = machine.record
    _ = machine.on(event, now: time)
    #expect(machine.record.state == moves[state] ?? state, "\(event) in \(state)")
    if moves[state] == nil { #expect(machine.record == before, "\(event) in \(state)") }
  }
}

@Test func `a claim takes what is ready, counts the attempt and the epoch`() {
  check(.claimed, moves: [.queued: .sending, .deferred: .sending])
  var claimed = machine(.deferred) {
    $0.attempts = 4; $0.epoch = 6
  }
  _ = claimed.on(.claimed, now: now)
  #expect(claimed.record.attempts == 5)
  #expect(claimed.record.epoch == 7)
}

@Test func `a claim before its time takes nothing`() {
  var early = machine(.deferred) { $0.nextAt = now.adding(seconds: 5) }
  _ = early.on(.claimed, now: now)
  #expect(early.record.state == .deferred)
  _ = early.on(.claimed, now: now.adding(seconds: 5))
  #expect(early.record.state == .sending)
}

@Test func `an outcome counts only while sending`() {
  check(.finished(.security), moves: [.sending: .held])
}

@Test func `a later revision ends what is open, and after its attempt what is being sent`() {
  check(
    .superseded,
    moves: [
      .queued: .cancelled, .deferred: .cancelled, .held: .cancelled, .awaiting: .cancelled,
      .sending: .sending,
    ])
  var running = machine(.sending)
  _ = running.on(.superseded, now: now)
  #expect(running.record.superseded)
}

@Test(arguments: [
  AttemptOutcome.transient(retryAfterSeconds: nil), .unverified, .rejection, .conflict, .gone,
  .security, .credentials, .undecided, .accepted(due: now), .busy(retryAfterSeconds: nil),
]) func `superseded while sending ends as cancelled without noise`(_ outcome: AttemptOutcome) {
  var running = machine(.sending)
  _ = running.on(.superseded, now: now)
  #expect(running.on(.finished(outcome), now: now) == [])
  #expect(running.record.state == .cancelled)
  #expect(running.record.reason == .superseded)
}

@Test func `superseded while sending is delivered when the receipt comes`() {
  var running = machine(.sending)
  _ = running.on(.superseded, now: now)
  _ = running.on(.finished(.receipt), now: now)
  #expect(running.record.state == .delivered)
}

@Test func `it expires when its time is over, but never while sending`() {
  check(.expired, at: expires.adding(milliseconds: -1), moves: [:])
  check(
    .expired, at: expires,
    moves: [.queued: .expired, .deferred: .expired, .awaiting: .expired, .held: .expired])
  var open = machine(.queued)
  #expect(open.on(.expired, now: expires) == [.alarm(.expired)])
}

@Test func `an overdue answer is asked for again`() {
  check(.answerOverdue, moves: [.awaiting: .queued]) { $0.reason = .receiptDue }
}

@Test func `a receipt that waits for a list waits on, with an alarm each hour`() {
  var waiting = machine(.awaiting) {
    $0.reason = .revocation
    $0.nextAt = now.adding(seconds: 3_600)
  }
  #expect(waiting.on(.answerOverdue, now: now.adding(seconds: 3_599)) == [])
  for hour: Int64 in 1...2 {
    let time = now.adding(seconds: 3_600 * hour)
    #expect(waiting.on(.answerOverdue, now: time) == [.alarm(.revocationUndecided)])
    #expect(waiting.record.state == .awaiting)
    #expect(waiting.record.nextAt == time.adding(seconds: 3_600))
  }
}

@Test func `a waiting receipt that is no good any more holds with an alarm`() {
  check(.receiptRefused, moves: [.awaiting: .held]) { $0.reason = .revocation }
  check(.receiptRefused, moves: [:]) { $0.reason = .receiptDue }
  var waiting = machine(.awaiting) { $0.reason = .revocation }
  #expect(waiting.on(.receiptRefused, now: now) == [.alarm(.unverifiedReceipt)])
  #expect(waiting.record.reason == .unverified)
}

@Test func `revocation decided for good delivers, for bad holds with an alarm`() {
  check(.revocationDecided(revoked: false), moves: [.awaiting: .delivered]) {
    $0.reason = .revocation
  }
  check(.revocationDecided(revoked: true), moves: [.awaiting: .held]) { $0.reason = .revocation }
  check(.revocationDecided(revoked: false), moves: [:]) { $0.reason = .receiptDue }
  var waiting = machine(.awaiting) { $0.reason = .revocation }
  #expect(waiting.on(.revocationDecided(revoked: true), now: now) == [.alarm(.signerRevoked)])
  #expect(waiting.record.reason == .signerRevoked)
}

@Test func `an operator holds what waits and releases what is held`() {
  check(.hold, moves: [.queued: .held, .deferred: .held, .awaiting: .held])
  check(.release, moves: [.held: .queued])
}

@Test func `an operator cancels what is open but not what is being sent`() {
  check(
    .cancel,
    moves: [
      .queued: .cancelled, .deferred: .cancelled, .awaiting: .cancelled, .held: .cancelled,
    ])
}

@Test func `sending again starts the counts of bad answers anew`() {
  check(.resend, moves: [.deferred: .queued, .awaiting: .queued, .held: .queued, .dead: .queued]) {
    $0.reason = nil
  }
  var held = machine(.held) {
    $0.unverified = 3; $0.refusedUnsigned = 2; $0.attempts = 9
  }
  _ = held.on(.resend, now: now)
  #expect(held.record.unverified == 0)
  #expect(held.record.refusedUnsigned == 0)
  #expect(held.record.attempts == 9)
}

@Test func `after a restart it goes again at once`() {
  check(.restarted, at: now.adding(seconds: 9), moves: [.sending: .queued])
  var running = machine(.sending)
  _ = running.on(.restarted, now: now.adding(seconds: 9))
  #expect(running.record.nextAt == now.adding(seconds: 9))
  var replaced = machine(.sending) { $0.superseded = true }
  _ = replaced.on(.restarted, now: now)
  #expect(replaced.record.state == .cancelled)
}

@Test(arguments: DeliveryState.allCases)
func `a verified receipt wins in any state, however late`(_ state: DeliveryState) {
  var any = machine(state)
  #expect(any.on(.acknowledged(.receipt), now: expires.adding(seconds: 1)) == [])
  #expect(any.record.state == .delivered)
  #expect(any.record.reason == nil)
}

@Test func `a rejection after the receipt alarms and leaves it delivered`() {
  var delivered = machine(.delivered)
  #expect(delivered.on(.acknowledged(.rejection), now: now) == [.alarm(.rejected)])
  #expect(delivered.record.state == .delivered)
}

@Test func `a partner that has a later revision ends this one without an alarm`() {
  check(
    .refusedAsSuperseded,
    moves: [
      .queued: .cancelled, .sending: .cancelled, .deferred: .cancelled, .awaiting: .cancelled,
      .held: .cancelled,
    ])
  var waiting = machine(.awaiting)
  #expect(waiting.on(.refusedAsSuperseded, now: now) == [])
  #expect(waiting.record.reason == .superseded)
}

@Test func `a partner that finds it expired too early alarms about a clock and ends nothing`() {
  check(.refusedAsExpired, moves: [:])
  var waiting = machine(.awaiting)
  #expect(waiting.on(.refusedAsExpired, now: now) == [.alarm(.clockSuspect)])
}

@Test func `other acknowledgements never change the state`() {
  for kind in AcknowledgementKind.allCases where kind != .receipt && kind != .rejection {
    check(.acknowledged(kind), moves: [:])
  }
  check(.acknowledged(nil), moves: [:])
}

@Test(
  arguments: [
    (Priority.immediateDanger, [5, 10, 20, 30, 30, 30]),
    (.urgent, [5, 15, 60, 300, 300, 300]),
    (.routine, [5, 30, 120, 600, 1800, 3600, 3600]),
  ] as [(Priority, [Int64])]) func `waits grow as the table says and the last repeats`(
    _ priority: Priority, _ seconds: [Int64]
  )
{
  for (index, wait) in seconds.enumerated() {
    let attempt = index + 1
    #expect(Backoff().milliseconds(priority, attempt: attempt, jitter: 1) == wait * 1000)
    #expect(Backoff().milliseconds(priority, attempt: attempt, jitter: 0.8) == wait * 800)
    #expect(
      Backoff(scale: 0.01).milliseconds(priority, attempt: attempt, jitter: 1) == wait * 10)
  }
  #expect(Backoff().milliseconds(priority, attempt: 0, jitter: 1) == 5_000)
  #expect(
    Backoff().milliseconds(priority, attempt: .max, jitter: 1) == (seconds.last ?? 0) * 1000)
}
