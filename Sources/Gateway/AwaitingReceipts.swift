/// Receipts that wait for a revocation list: judged again when there is one, with nothing sent.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Log
import Outbox
import Platform
import Referrals
import Register
import Sending
import Signing

struct AwaitingReceipts: Sendable {
  let outbox: OutboxStore
  let inForce: InForce
  let watch: RevocationWatch
  let log: EventLog
  let counts: Counts
  let backoff: Backoff
  /// Of the sending loop: a later revision may have waited for this one.
  let doorbell: Doorbell
  let clock: GatewayClock

  private let bell = Doorbell()
  private let stopping = Locked(false)

  init(
    outbox: OutboxStore, inForce: InForce, log: EventLog, counts: Counts,
    backoff: Backoff, doorbell: Doorbell, clock: GatewayClock
  ) {
    self.outbox = outbox
    self.inForce = inForce
    watch = RevocationWatch(inForce: inForce, log: log)
    self.log = log
    self.counts = counts
    self.backoff = backoff
    self.doorbell = doorbell
    self.clock = clock
  }

  private static let lookMilliseconds: Int64 = 2_000
  /// Without a fresh list too: one that was not valid yet may be by now.
  private static let judgeAllSeconds: Int64 = 60
  private static let chunk = 32

  /// Runs until `stop`. What waits from before a restart is judged first.
  func run() async throws(OutboxError) {
    var nextForAll = Instant(milliseconds: 0)
    while !stopping.withLock({ $0 }) {
      let now = clock.now()
      var due = await watch.look(at: now)
      if now >= nextForAll || now < nextForAll.adding(seconds: -AwaitingReceipts.judgeAllSeconds) {
        due = Set(inForce.links.keys)
        nextForAll = now.adding(seconds: AwaitingReceipts.judgeAllSeconds)
      }
      for partner in due.sorted() {
        if let link = inForce.links[partner] { try await judgeAll(of: link) }
      }
      await bell.wait(milliseconds: AwaitingReceipts.lookMilliseconds)
    }
  }

  func stop() {
    stopping.withLock { $0 = true }
    bell.ring()
  }

  private func judgeAll(of link: PartnerLink) async throws(OutboxError) {
    var last: Int64 = 0
    while !stopping.withLock({ $0 }) {
      let waiting = try await outbox.undecided(
        for: link.partner.code.text, after: last, limit: AwaitingReceipts.chunk)
      guard let end = waiting.last else { return }
      last = end.delivery.row
      for one in waiting {
        do throws(OutboxError) {
          try await judge(one, link)
        } catch {
          // With a full disk it waits on; the next round comes by itself.
          guard error.code == .full else { throw error }
        }
      }
    }
  }

  private func judge(_ waiting: UndecidedDelivery, _ link: PartnerLink) async throws(OutboxError) {
    guard let message = ReceivedMessage(storedForm: waiting.receipt) else { return }
    let delivery = waiting.delivery
    let now = clock.now()
    let verdict = try await link.verdict(on: message, about: delivery, outbox, now)
    let event: DeliveryEvent
    switch verdict {
    case .undecided: return
    case .verified(let acknowledgement, _) where acknowledgement.kind == .receipt:
      event = .revocationDecided(revoked: false)
    case .rejected(let failure, _) where failure.code == .revoked:
      event = .revocationDecided(revoked: true)
    case .verified, .rejected:
      event = .receiptRefused
    }
    let actions = Locked<[DeliveryAction]>([])
    let backoff = self.backoff
    let recording = try await outbox.decide(
      delivery.row, partner: delivery.partner, at: now,
      acknowledgement: verdict.kept(message, receivedAt: now)
    ) { progress in
      var machine = DeliveryMachine(
        progress, priority: delivery.priority, expires: delivery.expires, backoff: backoff)
      let wanted = machine.on(event, now: now)
      actions.withLock { $0 = wanted }
      return machine.record
    }
    switch recording {
    case .idTaken, .unknownDelivery: return
    case .recorded(let progress):
      tell(delivery, link, verdict, progress.state, actions.withLock { $0 })
    }
  }

  private func tell(
    _ delivery: StoredDelivery, _ link: PartnerLink, _ verdict: AcknowledgementVerdict,
    _ state: DeliveryState, _ actions: [DeliveryAction]
  ) {
    counts.acknowledgement(delivery.partner, verdict.word)
    guard let label = link.partner.code.logLabel else { return }
    log.write(.decided(delivery.document.id, label, state))
    for case .alarm(let alarm) in actions {
      counts.alarm(delivery.partner, alarm)
      log.write(.alarm(delivery.document.id, label, alarm, []))
    }
    doorbell.ring(work: true)
  }
}
