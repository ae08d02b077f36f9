/// The sending loop: takes what is due, records the attempt, pushes, judges the answer, records it.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Digest
import Fetch
import JSON
import Log
import OpenSSL
import Outbox
import Platform
import Referrals
import Register
import Sending
import Signing
import Wire

actor Sender {
  let outbox: OutboxStore
  let inForce: InForce
  private let courier: Courier
  private let submissions: Submissions
  /// Schema versions that we can write.
  let documentVersions: [String]
  let log: EventLog
  let counts: Counts
  let backoff: Backoff
  let doorbell: Doorbell
  let clock: GatewayClock
  var scheduler: Scheduler
  private(set) var stopping = false
  /// Partners whose backlog may hold something that the scheduler does not know.
  var stale: Set<String> = []
  private var nextDue: [String: Instant] = [:]
  /// Partners whose suspension is in the store and outlives a restart.
  var suspended: Set<String> = []
  /// Deliveries in a row that a partner refused without a signature.
  var refusedInARow: [String: Int] = [:]
  private var nextWatch = Instant(milliseconds: 0)
  /// Until the next watch nothing is begun: there was no room to record it.
  var isFull = false
  var wasAccepting = true
  private var roundAt = Instant(milliseconds: 0)
  /// The longest sleep: watches deadlines that no bell announces.
  static let longestWaitMilliseconds: Int64 = 1_000

  init(
    outbox: OutboxStore, inForce: InForce, courier: Courier, submissions: Submissions,
    log: EventLog, counts: Counts, backoff: Backoff, doorbell: Doorbell, clock: GatewayClock
  ) {
    self.submissions = submissions
    documentVersions = submissions.schemas.wire.documentVersions
    self.outbox = outbox
    self.inForce = inForce
    self.courier = courier
    self.log = log
    self.counts = counts
    self.backoff = backoff
    self.doorbell = doorbell
    self.clock = clock
    scheduler = Scheduler(suspensionScale: backoff.scale)
    for link in inForce.links.values { scheduler.configure(link.partner) }
  }

  /// Another configuration is in force: other windows, and perhaps partners to send to.
  func reloaded() {
    for link in inForce.links.values { scheduler.configure(link.partner) }
    doorbell.ring(work: true)
  }

  /// Runs until `stop`; deliveries under way are finished first.
  func run() async throws(OutboxError) {
    for suspension in try await outbox.suspensions() {
      guard let cause = SuspensionCause(rawValue: suspension.cause) else { continue }
      suspended.insert(suspension.partner)
      scheduler.suspend(suspension.partner, cause, until: suspension.until)
    }
    let failure = Locked<OutboxError?>(nil)
    await withDiscardingTaskGroup { group in
      while !stopping, failure.withLock({ $0 }) == nil {
        let now = clock.now()
        roundAt = now
        do throws(OutboxError) {
          try await watch(now)
          try await refill(now)
          while !stopping, !isFull, let entry = scheduler.pick(now: now) {
            group.addTask { await self.deliver(entry, failure) }
          }
        } catch {
          note(error, failure)
        }
        await doorbell.wait(milliseconds: pause(after: now))
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  func stop() {
    stopping = true
    doorbell.ring()
  }

  func suspension(of partner: String) -> (cause: SuspensionCause, until: Instant?)? {
    scheduler.suspension(of: partner)
  }

  func load(of partner: String) -> PartnerLoad? { scheduler.load(of: partner) }

  /// When the loop last went round; a loop that stands still sends nothing.
  func lastRound() -> Instant { roundAt }

  /// Once a second: what no bell announces.
  private func watch(_ now: Instant) async throws(OutboxError) {
    let wait = Sender.longestWaitMilliseconds
    // The clock may have been put back a little.
    guard now >= nextWatch || now < nextWatch.adding(milliseconds: -2 * wait) else { return }
    nextWatch = now.adding(milliseconds: wait)
    // Not from a timer of its own: that would go on while the loop stands still.
    Systemd.notify("WATCHDOG=1")
    watchRoom()
    for delivery in try await outbox.overdue(at: now) {
      try await pass(delivery, now)
    }
    for delivery in try await outbox.withoutReceipt(at: now) {
      guard let label = inForce.links[delivery.partner]?.partner.code.logLabel else {
        continue
      }
      log.write(.overdue(delivery.id, label, delivery.priority))
    }
    for change in try await outbox.changesPastDue(at: now) {
      guard let label = inForce.links[change.partner]?.partner.code.logLabel else { continue }
      log.write(.changeOverdue(change.id, label, due: change.due))
    }
    for partner in suspended where scheduler.suspension(of: partner)?.cause == .gone {
      try await holdBacklog(of: partner)
    }
    stale.formUnion(inForce.links.keys)
  }

  /// Fills the lanes that run low, each from its own partner's backlog, so that a long queue for
  /// one never hides another's.
  private func refill(_ now: Instant) async throws(OutboxError) {
    if doorbell.takeWork() { stale.formUnion(inForce.links.keys) }
    for (partner, due) in nextDue where due <= now { stale.insert(partner) }
    let generation = inForce.now
    for partner in stale where scheduler.wants(partner) {
      stale.remove(partner)
      guard generation.sendingLink(partner) != nil else {
        nextDue[partner] = nil
        continue
      }
      let due = try await outbox.due(for: partner, at: now, limit: SendingLimits.laneChunk)
      for one in due {
        scheduler.add(
          Scheduler.Entry(
            id: one.row, partner: one.partner, priority: one.priority, expires: one.expires))
      }
      nextDue[partner] = try await outbox.nextDue(for: partner, after: now)
    }
  }

  private func pause(after now: Instant) -> Int64 {
    let moments = nextDue.values + [scheduler.nextWake(after: now)].compactMap { $0 }
    let soonest = moments.map { $0.since(now) }.filter { $0 > 0 }.min()
    return min(soonest ?? Sender.longestWaitMilliseconds, Sender.longestWaitMilliseconds)
  }

  /// T1, push, judgement, T2. Ends with the partner's slot free again.
  private func deliver(_ entry: Scheduler.Entry, _ failure: Locked<OutboxError?>) async {
    do throws(OutboxError) {
      let feedback = try await attempt(entry)
      scheduler.finished(entry.partner, feedback, now: clock.now())
      try await forgetSuspension(of: entry.partner)
    } catch {
      scheduler.finished(entry.partner, nil, now: clock.now())
      note(error, failure)
    }
    // A later revision may have waited for this one.
    stale.insert(entry.partner)
    doorbell.ring()
  }

  private func attempt(_ entry: Scheduler.Entry) async throws(OutboxError) -> PartnerFeedback? {
    // Meanwhile it may have been taken out of the register: then what waits for it waits on.
    guard let link = inForce.now.sendingLink(entry.partner) else { return nil }
    #if DEBUG
      let early = try await pushBeforeBegin(entry, link)
    #else
      let early: FetchResult? = nil
    #endif
    let begunAt = clock.now()
    let backoff = self.backoff
    let delivery = try await outbox.begin(
      entry.id, at: begunAt, trigger: .automatic, actor: "scheduler"
    ) { progress in
      var machine = DeliveryMachine(
        progress, priority: entry.priority, expires: entry.expires, backoff: backoff)
      _ = machine.on(.claimed, now: begunAt)
      return machine.record == progress ? nil : machine.record
    }
    guard let delivery else { return nil }
    let result: FetchResult
    if let early { result = early } else { result = await push(delivery, link) }
    let endedAt = clock.now()
    var judged = try await judge(result, delivery, link, endedAt)
    clock.hear(entry.partner, judged.clockReading(asked: begunAt, heard: endedAt))
    // Twice, if at all: an id that is taken by then is found by the second look.
    while true {
      if clock.isInDoubt { judged = judged.withClockInDoubt }
      var replacement: NewDelivery?
      if case .version(let next?) = judged.outcome {
        replacement = try await submissions.reissue(delivery, in: next, at: endedAt)
        if replacement == nil { judged = judged.withoutReissue }
      }
      if try await record(
        judged, delivery, link, replacement, begunAt: begunAt, endedAt: endedAt)
      {
        return judged.feedback
      }
      judged = try await judge(result, delivery, link, endedAt)
    }
  }

  /// FSC wants a fresh transaction id for each attempt.
  private func push(_ delivery: StoredDelivery, _ link: PartnerLink) async -> FetchResult {
    let id = UniversalID.v7(at: clock.now(), random: SecureRandom.octets(16))
    return await courier.push(delivery, by: link.road, transactionID: id)
  }

  #if DEBUG
    /// What T1 exists to prevent: octets leave, and nobody will know after a crash.
    private func pushBeforeBegin(_ entry: Scheduler.Entry, _ link: PartnerLink)
      async throws(OutboxError) -> FetchResult?
    {
      guard PlantedFault.current == .pushBeforeBegin,
        let delivery = try await outbox.withoutBeginning(entry.id)
      else { return nil }
      return await push(delivery, link)
    }
  #endif

  /// T2. False when the verdict no longer holds, and then nothing was recorded.
  private func record(
    _ judged: JudgedAttempt, _ delivery: StoredDelivery, _ link: PartnerLink,
    _ replacement: NewDelivery?, begunAt: Instant, endedAt: Instant
  ) async throws(OutboxError) -> Bool {
    let actions = Locked<[DeliveryAction]>([])
    let backoff = self.backoff
    let jitter = Double.random(in: 0.8...1.2)
    let outcome = judged.outcome
    let recording = try await recorded { () throws(OutboxError) in
      try await outbox.finish(
        delivery, result: judged.result(endedAt: endedAt),
        acknowledgement: judged.acknowledgement, replacement: replacement
      ) { progress in
        var machine = DeliveryMachine(
          progress, priority: delivery.priority, expires: delivery.expires, backoff: backoff)
        let wanted = machine.on(.finished(outcome), now: endedAt, jitter: jitter)
        actions.withLock { $0 = wanted }
        return machine.record
      } late: { progress in
        guard outcome == .receipt else { return nil }
        var machine = DeliveryMachine(
          progress, priority: delivery.priority, expires: delivery.expires, backoff: backoff)
        _ = machine.on(.acknowledged(.receipt), now: endedAt)
        return machine.record
      }
    }
    let state: DeliveryState
    switch recording {
    case .idTaken: return false
    case .unknownDelivery: state = .sending
    case .recorded(let progress):
      state = progress.state
      if progress.reason == .reissued, let replacement, let label = link.partner.code.logLabel {
        log.write(
          .reissued(delivery.document.id, label, as: replacement.document.id, judged.details))
      }
    }
    if outcome == .receipt { refusedInARow[delivery.partner] = nil }
    counts.attempt(delivery.partner, outcome)
    if let verdict = judged.verdict { counts.acknowledgement(delivery.partner, verdict) }
    if let label = link.partner.code.logLabel {
      log.write(
        .attempted(
          delivery.document.id, label, state, outcome: outcome.logField,
          milliseconds: Int(endedAt.since(begunAt))))
    }
    try await heed(outcome, link, endedAt)
    try await perform(
      actions.withLock { $0 }, delivery.document.id, link, endedAt, details: judged.details)
    return true
  }
}

extension Scheduler {
  fileprivate mutating func configure(_ partner: Partner) {
    configure(
      partner.code.text, window: partner.acknowledgements.windowInitial,
      limit: partner.acknowledgements.windowLimit)
  }
}
