/// What an operator may order about one delivery, and why an order is refused; pure.
// SPDX-License-Identifier: Apache-2.0
package import Outbox
package import Platform

package enum OperatorOrder: String, Sendable, CaseIterable {
  /// The same octets under the same id.
  case resend
  case hold, release
  /// Before it can have reached anybody.
  case cancel
  /// A person has dealt with an end that raised an alarm.
  case settle

  /// It lets something go out.
  package var sends: Bool {
    switch self {
    case .resend, .release: true
    case .hold, .cancel, .settle: false
    }
  }

  /// What a selection without states is about.
  package var states: [DeliveryState] {
    switch self {
    case .resend: DeliveryState.allCases.filter(\.canResend)
    case .hold: [.queued, .deferred, .awaiting, .sending]
    case .release: [.held]
    case .cancel: [.queued, .deferred, .awaiting, .held, .sending]
    case .settle: [.dead, .expired]
    }
  }

  private var event: DeliveryEvent? {
    switch self {
    case .resend: .resend
    case .hold: .hold
    case .release: .release
    case .cancel: .cancel
    case .settle: nil
    }
  }
}

/// Why an order changes nothing.
package enum OrderRefusal: String, Sendable, CaseIterable {
  case delivered, sending, dead, expired, cancelled, overtaken, settled
  case alreadyHeld = "already-held"
  case notHeld = "not-held"
  case mayHaveReached = "may-have-reached"
  case nothingToSettle = "nothing-to-settle"

  package var text: (message: String, hint: String) {
    switch self {
    case .delivered:
      ("the partner's signed receipt is there", "a new document needs a new revision")
    case .sending: ("an attempt is under way", "try again in a moment")
    case .dead:
      ("the partner has refused it, or has other octets under its id", "see: referralctl show ID")
    case .expired:
      ("its time is over; the partner would refuse it", "hand in the next revision")
    case .cancelled: ("it was stopped, or a later revision replaced it", "see: referralctl show ID")
    case .overtaken:
      ("a later revision may have reached the partner", "an older one never follows a newer one")
    case .settled: ("somebody has settled it already", "see: referralctl audit list")
    case .alreadyHeld: ("it is held already", "see: referralctl show ID")
    case .notHeld: ("it is not held", "see: referralctl show ID")
    case .mayHaveReached:
      (
        "an attempt may have reached the partner",
        "hand in the next revision with operation \"withdraw\"; until then hold it"
      )
    case .nothingToSettle:
      (
        "it raises no alarm that could be settled",
        "only DEAD, EXPIRED, and what the partner rejected after its receipt can be"
      )
    }
  }
}

extension OperatorOrder {
  package func judge(_ delivery: OrderedDelivery, now: Instant, backoff: Backoff) -> OrderEffect {
    if let refusal = refusal(of: delivery, now) { return .refused(refusal.rawValue) }
    guard let event else { return .settled }
    var machine = DeliveryMachine(
      delivery.progress, priority: delivery.priority, expires: delivery.expires, backoff: backoff)
    _ = machine.on(event, now: now)
    return .progress(machine.record)
  }

  private func refusal(of delivery: OrderedDelivery, _ now: Instant) -> OrderRefusal? {
    let state = delivery.progress.state
    if self == .settle { return refusalToSettle(delivery) }
    switch state {
    case .delivered: return .delivered
    case .expired: return .expired
    case .cancelled: return .cancelled
    case .sending: return .sending
    case .queued, .deferred, .awaiting, .held, .dead: break
    }
    switch self {
    case .resend:
      return cannotGo(delivery, now)
    case .release:
      return state == .held ? cannotGo(delivery, now) : .notHeld
    case .hold:
      return state == .dead ? .dead : state == .held ? .alreadyHeld : nil
    case .cancel:
      // The measure of a withdrawal too, which goes to whom an attempt may have reached.
      return state == .dead ? .dead : delivery.progress.attempts > 0 ? .mayHaveReached : nil
    case .settle: return nil
    }
  }

  private func cannotGo(_ delivery: OrderedDelivery, _ now: Instant) -> OrderRefusal? {
    if delivery.isOvertaken { return .overtaken }
    return now >= delivery.expires ? .expired : nil
  }

  private func refusalToSettle(_ delivery: OrderedDelivery) -> OrderRefusal? {
    if delivery.isSettled { return .settled }
    switch delivery.progress.state {
    case .dead, .expired: return nil
    case .delivered:
      return delivery.answer == .rejected || delivery.changeIsOverdue ? nil : .nothingToSettle
    case .queued, .sending, .awaiting, .deferred, .held, .cancelled: return .nothingToSettle
    }
  }
}
