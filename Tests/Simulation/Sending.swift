/// The sending loop of the simulated gateway, step by step, with a crash possible between all.
// SPDX-License-Identifier: Apache-2.0
import Outbox
import Platform
import Referrals
import Sending

extension World {
  /// Takes what is due, fills the slots, and plans the next look.
  mutating func look() {
    guard isRunning else { return }
    guard !isFull else { return planLook(after: 1_000) }
    for row in disk.deliveries.indices {
      _ = change(row, .expired)
      if disk.deliveries[row].progress.nextAt <= clock { _ = change(row, .answerOverdue) }
    }
    for delivery in disk.due(at: clock, ignoringOrder: bug == .orderIgnored) {
      scheduler.add(
        Scheduler.Entry(
          id: Int64(delivery.row), partner: delivery.name,
          priority: delivery.submission.priority, expires: delivery.expires))
    }
    while let entry = scheduler.pick(now: clock) {
      agenda.plan(
        .begin(row: Int(entry.id), generation: generation), at: now + chance.between(1, 20))
    }
    planLook()
  }

  private mutating func planLook(after milliseconds: Int64) {
    lookToken += 1
    agenda.plan(.look(token: lookToken), at: now + milliseconds)
  }

  private mutating func planLook() {
    let open = disk.deliveries.filter { !$0.progress.state.isTerminal }
    var moments = open.map(\.expires) + [scheduler.nextWake(after: clock)].compactMap { $0 }
    for delivery in open where delivery.progress.state != .held {
      moments.append(delivery.progress.nextAt)
    }
    lookToken += 1
    guard let next = moments.filter({ $0 > clock }).min() else { return }
    agenda.plan(.look(token: lookToken), at: now + next.since(clock))
  }

  /// T1, then the push.
  mutating func begin(_ row: Int) {
    if crashes() { return }
    let before = disk.deliveries[row]
    guard !isFull else {
      tally.full += 1
      scheduler.finished(before.name, nil, now: clock)
      return planLook(after: 1_000)
    }
    var claimed = before.machine()
    _ = claimed.on(.claimed, now: clock)
    guard claimed.record != before.progress else {
      scheduler.finished(before.name, nil, now: clock)
      look()
      return
    }
    checkBegin(before)
    if bug != .beginRecordedAfterPush { record(claimed.record, row) }
    if crashes() { return }
    push(row, claimed.record)
    if crashes() { return }
    if bug == .beginRecordedAfterPush { record(claimed.record, row) }
  }

  private mutating func record(_ progress: DeliveryProgress, _ row: Int) {
    disk.deliveries[row].progress = progress
    disk.deliveries[row].begun.insert(progress.attempts)
  }

  private mutating func checkBegin(_ delivery: Delivery) {
    if delivery.progress.nextAt > clock { violations.append("an attempt before its time") }
    if !underWay[delivery.row, default: []].isEmpty {
      violations.append("two attempts of one delivery at the same time")
    }
    if disk.isOvertaken(delivery) {
      violations.append("a revision leaves after a later one")
    }
    if disk.earlier(than: delivery).contains(where: { disk.blocks($0.progress.state) }) {
      violations.append("a revision leaves before an earlier one has ended")
    }
  }

  private mutating func push(_ row: Int, _ progress: DeliveryProgress) {
    let delivery = disk.deliveries[row]
    if progress.attempts > 1 { tally.repeated += 1 }
    var id = delivery.id
    if bug == .freshIDOnRetry, progress.attempts > 1 {
      freshID += 1
      id = freshID
    }
    serial += 1
    let parcel = Parcel(
      serial: serial, generation: generation, row: row, attempt: progress.attempts,
      epoch: progress.epoch,
      letter: Letter(
        id: id, digest: delivery.id &* 31, row: row, referral: delivery.referral,
        revision: delivery.revision))
    underWay[row, default: []].insert(serial)
    let weak = plan.partners[delivery.partner]
    agenda.plan(.answer(parcel, nil), at: now + World.timeoutMilliseconds)
    if weak.down.contains(where: { $0.contains(now) }) {
      agenda.plan(.answer(parcel, nil), at: now + 50)
      return
    }
    if !isCalm, chance.happens(weak.requestLost) { return }
    agenda.plan(.arrive(parcel), at: now + latency(weak))
    if !isCalm, chance.happens(weak.duplicated) {
      agenda.plan(.arrive(parcel), at: now + latency(weak))
    }
  }

  /// A slow partner takes longer than the sender waits, so that requests overtake each other.
  private mutating func latency(_ weak: Weaknesses) -> Int64 {
    !isCalm && chance.happens(weak.slow)
      ? chance.between(1_000, 90_000) : chance.between(1, 200)
  }

  mutating func arrive(_ parcel: Parcel) {
    let delivery = disk.deliveries[parcel.row]
    if !delivery.begun.contains(parcel.attempt) {
      violations.append("octets arrived of an attempt that is not on record")
    }
    let weak = plan.partners[delivery.partner]
    guard let answer = answer(of: delivery.partner, to: parcel.letter, weak) else { return }
    agenda.plan(.answer(parcel, answer), at: now + latency(weak))
  }

  private mutating func answer(of partner: Int, to letter: Letter, _ weak: Weaknesses) -> Answer? {
    guard !isCalm else { return partners[partner].take(letter) }
    if chance.happens(weak.refusing) { return .refused }
    if chance.happens(weak.busy) { return .busy }
    let takes = chance.happens(50)
    if chance.happens(weak.failing) {
      if takes { _ = partners[partner].take(letter) }
      return .failing(retryAfterSeconds: chance.happens(30) ? chance.between(0, 600) : nil)
    }
    if chance.happens(weak.unsigned) {
      if takes { _ = partners[partner].take(letter) }
      return .unsigned
    }
    let answer = partners[partner].take(letter)
    if chance.happens(weak.answerLost) { return nil }
    return weak.asynchronous && chance.happens(50) ? .accepted : answer
  }

  /// An answer or the end of waiting reaches the process that asked, if it is still there.
  mutating func read(_ parcel: Parcel, _ answer: Answer?) {
    guard isThere(parcel), settled.insert(parcel.serial).inserted else { return }
    agenda.plan(.end(parcel, answer), at: now + chance.between(1, 20))
  }

  private func isThere(_ parcel: Parcel) -> Bool {
    parcel.generation == generation ? isRunning : paused.contains(parcel.generation)
  }

  /// T2.
  mutating func end(_ parcel: Parcel, _ answer: Answer?) {
    guard isThere(parcel) else { return }
    let isOurs = parcel.generation == generation
    if isFull {
      tally.full += 1
      if bug != .outcomeForgottenWhenFull {
        return agenda.plan(.end(parcel, answer), at: now + 1_000)
      }
      underWay[parcel.row]?.remove(parcel.serial)
      return scheduler.finished(disk.deliveries[parcel.row].name, nil, now: clock)
    }
    if isOurs, crashes() { return }
    let outcome = outcome(of: parcel, answer)
    let progress = disk.deliveries[parcel.row].progress
    let isCurrent = progress.state == .sending && progress.epoch == parcel.epoch
    var actions: [DeliveryAction] = []
    if isCurrent || bug == .noFence {
      let jitter = Double(chance.between(80, 120)) / 100
      actions = change(parcel.row, .finished(outcome), jitter: jitter)
    } else {
      tally.late += 1
      if outcome == .receipt {
        tally.lateReceipts += 1
        actions = change(parcel.row, .acknowledged(.receipt))
      }
    }
    perform(actions, disk.deliveries[parcel.row].name, isOurs)
    guard isOurs else {
      // The living process looks into the store every second anyway.
      look()
      return
    }
    underWay[parcel.row]?.remove(parcel.serial)
    scheduler.finished(disk.deliveries[parcel.row].name, feedback(answer), now: clock)
    if crashes() { return }
    look()
  }

  private mutating func perform(_ actions: [DeliveryAction], _ partner: String, _ isOurs: Bool) {
    for action in actions {
      switch action {
      case .alarm: break
      case .suspendPartner(let cause):
        tally.suspensions += 1
        let until = clock.adding(seconds: SendingLimits.credentialsProbeSeconds)
        disk.suspensions[partner] = (cause, until)
        if isOurs { scheduler.suspend(partner, cause, until: until) }
      case .disablePartner: violations.append("nobody answered 410")
      }
    }
  }

  private func outcome(of parcel: Parcel, _ answer: Answer?) -> AttemptOutcome {
    switch answer {
    case .receipt(let id, let digest):
      id == parcel.letter.id && digest == parcel.letter.digest ? .receipt : .unverified
    case .unsigned: bug == .unsignedCountsAsReceipt ? .receipt : .unverified
    case .superseded: .rejectedAsSuperseded
    case .conflict: .conflict
    case .busy: .busy(retryAfterSeconds: nil)
    case .failing(let after): .transient(retryAfterSeconds: after)
    case .refused: .refusedUnsigned
    case .accepted:
      .accepted(due: max(disk.deliveries[parcel.row].answerDeadline, clock))
    case nil: .transient(retryAfterSeconds: nil)
    }
  }

  private func feedback(_ answer: Answer?) -> PartnerFeedback {
    switch answer {
    case .failing, nil: .congested
    case .receipt, .unsigned, .superseded, .conflict, .busy, .refused, .accepted: .healthy
    }
  }
}
