/// Gateway, network and partners in virtual time: one seed, one history.
// SPDX-License-Identifier: Apache-2.0
import Outbox
import Platform
import Referrals
import Sending

/// One push under way.
struct Parcel {
  let serial: Int
  let generation: Int
  let row: Int
  let attempt: Int
  let epoch: Int
  let letter: Letter
}

enum Event {
  case submit(Submission)
  case look(token: Int)
  case begin(row: Int, generation: Int)
  case arrive(Parcel)
  case answer(Parcel, Answer?)
  case end(Parcel, Answer?)
  case restart
  case stepClock(Int64)
  case resendHeld
}

/// How much of each kind happened, so that a run over nothing does not pass for a proof.
struct Tally {
  var deliveries = 0, delivered = 0, crashes = 0, late = 0, lateReceipts = 0
  var supersededWhileSending = 0, suspensions = 0, repeated = 0, held = 0, expired = 0
  var clockDoubts = 0, full = 0

  static func += (a: inout Tally, b: Tally) {
    for path in [
      \Tally.deliveries, \.delivered, \.crashes, \.late, \.lateReceipts,
      \.supersededWhileSending, \.suspensions, \.repeated, \.held, \.expired,
      \.clockDoubts, \.full,
    ] { a[keyPath: path] += b[keyPath: path] }
  }
}

struct World {
  let bug: PlantedBug?
  let plan: Plan
  var chance: Chance
  var agenda = Agenda<Event>()
  var now: Int64 = 0
  var clockOffset: Int64 = 0
  var watch = ClockWatch(wall: Instant(milliseconds: World.start), steadyMilliseconds: 0)
  var disk = Disk()
  var partners: [SimulatedPartner]
  var tally = Tally()
  var violations: [String] = []

  // What a crash takes away.
  var scheduler = Scheduler()
  var generation = 0
  var isRunning = false
  var underWay: [Int: Set<Int>] = [:]

  /// Crashed processes whose last results still come in, as of a machine that was only paused.
  var paused: Set<Int> = []
  var crashesLeft: Int
  var serial = 0
  var freshID: UInt64 = 1 << 32
  var settled: Set<Int> = []
  var lookToken = 0

  static let timeoutMilliseconds: Int64 = 30_000
  private static let eventsAtMost = 50_000
  private static let start: Int64 = 1_800_000_000_000

  init(seed: UInt64, bug: PlantedBug? = nil) {
    var chance = Chance(seed: seed)
    plan = Plan(&chance)
    self.chance = chance
    self.bug = bug
    partners = plan.partners.map { _ in SimulatedPartner() }
    crashesLeft = plan.crashes
  }

  private var wall: Instant { Instant(milliseconds: World.start + now + clockOffset) }
  var clock: Instant { bug == .wallClockBelieved ? wall : watch.time }
  private var isInDoubt: Bool { bug != .wallClockBelieved && watch.isInDoubt }
  /// No room, not even the one that is kept for recording.
  var isFull: Bool { !isCalm && plan.full.contains { $0.contains(now) } }
  var isCalm: Bool { now >= plan.calm }

  /// Runs to rest and looks at what is left.
  mutating func run() {
    agenda.plan(.restart, at: 0)
    for revisions in plan.submissions {
      if let first = revisions.first { agenda.plan(.submit(first), at: first.delay) }
    }
    for step in plan.clockSteps { agenda.plan(.stepClock(step.by), at: step.at) }
    agenda.plan(.resendHeld, at: plan.calm + 3_600_000)
    var events = 0
    while violations.isEmpty, let (time, event) = agenda.next() {
      now = time
      watch.look(wall: wall, steadyMilliseconds: now)
      handle(event)
      events += 1
      if events > World.eventsAtMost { violations.append("does not come to rest") }
    }
    if violations.isEmpty { judge() }
  }

  private mutating func handle(_ event: Event) {
    switch event {
    case .submit(let submission): submit(submission)
    case .look(let token): if token == lookToken { look() }
    case .begin(let row, let of): if of == generation, isRunning { begin(row) }
    case .arrive(let parcel): arrive(parcel)
    case .answer(let parcel, let answer): read(parcel, answer)
    case .end(let parcel, let answer): end(parcel, answer)
    case .restart: restart()
    case .stepClock(let step):
      clockOffset += step
      watch.look(wall: wall, steadyMilliseconds: now)
      if watch.isInDoubt { tally.clockDoubts += 1 }
      look()
    case .resendHeld: resendHeld()
    }
  }

  /// True when the process died here. Called between all steps; not while the clock is wrong,
  /// because a start takes the clock as it is.
  mutating func crashes() -> Bool {
    guard crashesLeft > 0, !isCalm, !watch.isInDoubt, chance.happens(4) else { return false }
    crashesLeft -= 1
    tally.crashes += 1
    let isPaused = chance.happens(60)
    if isPaused { paused.insert(generation) }
    generation += 1
    isRunning = false
    agenda.plan(.restart, at: now + chance.between(10, isPaused ? 3_000 : 60_000))
    return true
  }

  private mutating func restart() {
    guard !isFull, !watch.isInDoubt else { return agenda.plan(.restart, at: now + 5_000) }
    isRunning = true
    scheduler = Scheduler()
    underWay = [:]
    for partner in plan.partners.indices {
      scheduler.configure("partner-\(partner)", window: 1 + chance.below(4), limit: 8)
    }
    for (partner, suspension) in disk.suspensions.sorted(by: { $0.key < $1.key }) {
      scheduler.suspend(partner, suspension.cause, until: suspension.until)
    }
    for index in disk.deliveries.indices { _ = change(index, .restarted) }
    look()
  }

  private mutating func submit(_ submission: Submission) {
    if isFull { tally.full += 1 }
    guard isRunning, !isFull, !isInDoubt, !crashes() else {
      // No answer, or "try again": the producer repeats.
      agenda.plan(.submit(submission), at: now + 5_000)
      return
    }
    if bug == .answeredBeforeCommit {
      planNext(after: submission)
      if crashes() { return }
    }
    let sending = disk.deliveries.filter { $0.progress.state == .sending }.map(\.row)
    disk.accept(
      submission, at: clock, virtual: now, lifetimeSeconds: plan.lifetimeSeconds)
    tally.supersededWhileSending += sending.count { disk.deliveries[$0].progress.superseded }
    if crashes() {
      agenda.plan(.submit(submission), at: now + 5_000)
      return
    }
    if bug != .answeredBeforeCommit { planNext(after: submission) }
    look()
  }

  private mutating func planNext(after submission: Submission) {
    let revisions = plan.submissions[submission.referral]
    guard submission.revision < revisions.count else { return }
    let next = revisions[submission.revision]
    agenda.plan(.submit(next), at: now + next.delay)
  }

  /// One step of the machine, stored. The actions wanted.
  mutating func change(_ row: Int, _ event: DeliveryEvent, jitter: Double = 1)
    -> [DeliveryAction]
  {
    var machine = disk.deliveries[row].machine()
    let actions = machine.on(event, now: clock, jitter: jitter)
    let before = disk.deliveries[row].progress.state
    disk.deliveries[row].progress = machine.record
    if machine.record.state == .expired, before != .expired { judgeExpiry(row) }
    for case .alarm(let alarm) in actions { disk.deliveries[row].alarms.append(alarm) }
    return actions
  }

  /// The operator sends again what waits for a person, unless a later revision is there.
  private mutating func resendHeld() {
    for delivery in disk.deliveries {
      let state = delivery.progress.state
      let isLast = !disk.deliveries.contains {
        $0.referral == delivery.referral && $0.partner == delivery.partner
          && $0.revision > delivery.revision
      }
      guard state == .held || state == .dead, isLast || bug == .overtakenSentAgain else { continue }
      _ = change(delivery.row, .resend)
    }
    look()
  }
}
