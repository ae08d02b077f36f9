/// The core of the gateway with its disk in memory: the real machine and scheduler, real commits.
// SPDX-License-Identifier: Apache-2.0
import Outbox
import Platform
import Referrals
import Sending

/// A durable row.
struct Delivery {
  let row: Int
  let submission: Submission
  let partner: Int
  let id: UInt64
  /// Virtual time, which no step of a clock touches.
  let acceptedAt: Int64
  let expires: Instant
  let answerDeadline: Instant
  var progress: DeliveryProgress
  /// Attempts with a T1 row.
  var begun: Set<Int> = []
  var alarms: [DeliveryAlarm] = []

  var name: String { "partner-\(partner)" }
  var referral: Int { submission.referral }
  var revision: Int { submission.revision }
  var isSettled: Bool { progress.state.isTerminal || progress.state == .held }

  func machine() -> DeliveryMachine {
    DeliveryMachine(
      progress, priority: submission.priority, expires: expires, backoff: Backoff())
  }
}

/// What survives a crash.
struct Disk {
  var deliveries: [Delivery] = []
  var accepted: Set<[Int]> = []
  var suspensions: [String: (cause: SuspensionCause, until: Instant?)] = [:]

  /// Earlier revisions of the same referral at the same partner.
  func earlier(than delivery: Delivery) -> [Delivery] {
    deliveries.filter {
      $0.referral == delivery.referral && $0.partner == delivery.partner
        && $0.revision < delivery.revision
    }
  }

  /// A later revision of the same referral went to the same partner.
  func isOvertaken(_ delivery: Delivery) -> Bool {
    deliveries.contains {
      $0.referral == delivery.referral && $0.partner == delivery.partner
        && $0.revision > delivery.revision && !$0.begun.isEmpty
    }
  }

  /// As OutboxStore.due: a revision waits for the one before it.
  func due(at now: Instant, ignoringOrder: Bool) -> [Delivery] {
    deliveries.filter { delivery in
      delivery.progress.state.isReady && delivery.progress.nextAt <= now
        && (ignoringOrder
          || earlier(than: delivery).allSatisfy { !blocks($0.progress.state) })
    }
    .sorted { ($0.progress.nextAt, $0.row) < ($1.progress.nextAt, $1.row) }
  }

  func blocks(_ state: DeliveryState) -> Bool {
    switch state {
    case .queued, .sending, .awaiting, .deferred: true
    case .held, .delivered, .dead, .expired, .cancelled: false
    }
  }

  /// As OutboxStore.accept: all rows and what they supersede, or nothing.
  mutating func accept(
    _ submission: Submission, at now: Instant, virtual: Int64, lifetimeSeconds: Int64
  ) {
    guard accepted.insert([submission.referral, submission.revision]).inserted else { return }
    switch submission.operation {
    case .correct, .withdraw:
      for index in deliveries.indices
      where deliveries[index].referral == submission.referral {
        var machine = deliveries[index].machine()
        _ = machine.on(.superseded, now: now)
        deliveries[index].progress = machine.record
      }
    case .create, .update: break
    }
    for partner in submission.partners where reaches(partner, submission) {
      deliveries.append(
        Delivery(
          row: deliveries.count, submission: submission, partner: partner,
          id: UInt64(deliveries.count + 1), acceptedAt: virtual,
          expires: now.adding(seconds: lifetimeSeconds),
          answerDeadline: now.adding(
            seconds: SendingLimits.answerWithinSeconds(submission.priority)),
          progress: DeliveryProgress(queuedAt: now)))
    }
  }

  /// A withdrawal goes only where an attempt may have brought what it withdraws.
  private func reaches(_ partner: Int, _ submission: Submission) -> Bool {
    guard submission.operation == .withdraw else { return true }
    return deliveries.contains {
      $0.referral == submission.referral && $0.partner == partner && $0.progress.attempts > 0
    }
  }
}
