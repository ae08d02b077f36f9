/// What an answer, an alarm or the passing of time means beyond the one delivery.
// SPDX-License-Identifier: Apache-2.0
import Log
import Outbox
import Platform
import Register
import Sending

extension Sender {
  /// What an answer says about the partner as a whole, whatever becomes of the delivery.
  func heed(_ outcome: AttemptOutcome, _ link: PartnerLink, _ now: Instant)
    async throws(OutboxError)
  {
    let partner = link.partner.code.text
    guard let label = link.partner.code.logLabel else { return }
    switch outcome {
    case .receipt, .rejection, .rejectedAsSuperseded:
      refusedInARow[partner] = nil
    case .transient(let seconds?) where seconds > 0:
      let until = now.adding(milliseconds: DeliveryMachine.asked(seconds))
      scheduler.giveTime(partner, from: now, until: until)
      log.write(.asksForTime(label, until: until))
    case .refusedUnsigned where scheduler.suspension(of: partner)?.cause == .refusedUnsigned:
      // The probe fared like those before it.
      try await suspend(partner, label, .refusedUnsigned, until: nextProbe(now))
    case .undecided, .unverified, .accepted, .busy, .conflict, .clock, .version, .credentials,
      .gone, .refusedUnsigned, .transient, .serverUndecided, .outway, .security:
      break
    }
  }

  func perform(
    _ actions: [DeliveryAction], _ delivery: UniversalID, _ link: PartnerLink, _ now: Instant,
    details: [LogField] = []
  ) async throws(OutboxError) {
    guard let label = link.partner.code.logLabel else { return }
    let partner = link.partner.code.text
    for action in actions {
      switch action {
      case .alarm(let alarm):
        counts.alarm(partner, alarm)
        log.write(.alarm(delivery, label, alarm, details))
      case .suspendPartner(.refusedUnsigned): try await countRefusal(partner, label, now)
      case .suspendPartner(let cause):
        try await suspend(partner, label, cause, until: nextProbe(now))
      case .disablePartner:
        try await suspend(partner, label, .gone, until: nil)
        try await holdBacklog(of: partner)
      }
    }
  }

  private func nextProbe(_ now: Instant) -> Instant {
    let wait = backoff.milliseconds(ofSeconds: SendingLimits.credentialsProbeSeconds)
    return now.adding(milliseconds: wait)
  }

  /// Nothing that waits for a partner that is gone is left to wait without end: a person decides.
  func holdBacklog(of partner: String) async throws(OutboxError) {
    guard let label = inForce.links[partner]?.partner.code.logLabel else { return }
    let everything = Instant(milliseconds: .max / 2)
    let waiting = try await outbox.due(
      for: partner, at: everything, limit: SendingLimits.laneChunk)
    let backoff = self.backoff
    let held = try await outbox.changeAll(waiting.map(\.row)) { progress, priority, expires in
      var machine = DeliveryMachine(
        progress, priority: priority, expires: expires, backoff: backoff)
      _ = machine.on(.partnerGone, now: everything)
      return machine.record
    }
    if held > 0 { log.write(.backlogHeld(label, deliveries: held)) }
  }

  /// One document may be at fault; three in a row are the partner.
  private func countRefusal(_ partner: String, _ label: PartnerLabel, _ now: Instant)
    async throws(OutboxError)
  {
    refusedInARow[partner, default: 0] += 1
    guard refusedInARow[partner, default: 0] >= SendingLimits.refusedDeliveries else { return }
    refusedInARow[partner] = nil
    try await suspend(partner, label, .refusedUnsigned, until: nextProbe(now))
  }

  private func suspend(
    _ partner: String, _ label: PartnerLabel, _ cause: SuspensionCause, until: Instant?
  ) async throws(OutboxError) {
    scheduler.suspend(partner, cause, until: until)
    guard scheduler.suspension(of: partner)?.cause == cause else { return }
    suspended.insert(partner)
    try await recorded { () throws(OutboxError) in
      try await outbox.setSuspension(
        partner, cause: cause.rawValue, until: until, at: clock.now())
    }
    log.write(.suspended(label, cause))
  }

  /// After a good probe.
  func forgetSuspension(of partner: String) async throws(OutboxError) {
    guard suspended.contains(partner), scheduler.suspension(of: partner) == nil else { return }
    suspended.remove(partner)
    try await outbox.setSuspension(partner, cause: nil, until: nil, at: clock.now())
  }

  /// Time alone moves a delivery: past `expires`, or its awaited answer is due.
  func pass(_ delivery: OverdueDelivery, _ now: Instant) async throws(OutboxError) {
    let actions = Locked<[DeliveryAction]>([])
    let backoff = self.backoff
    try await outbox.change(delivery.row) { progress, priority, expires in
      var machine = DeliveryMachine(
        progress, priority: priority, expires: expires, backoff: backoff)
      let wanted = machine.on(.expired, now: now) + machine.on(.answerOverdue, now: now)
      actions.withLock { $0 = wanted }
      return machine.record
    }
    guard let link = inForce.links[delivery.partner] else { return }
    try await perform(actions.withLock { $0 }, delivery.id, link, now)
  }
}
