/// What must hold when everything has come to rest (docs/states.md, invariants).
// SPDX-License-Identifier: Apache-2.0
import Outbox
import Referrals
import Sending

extension World {
  mutating func judge() {
    let count = plan.submissions.reduce(0) { $0 + $1.count }
    if disk.accepted.count != count { violations.append("a submission was lost") }
    for delivery in disk.deliveries { judge(delivery) }
    for referral in plan.submissions.indices {
      for partner in partners.indices { judgeLastEffect(referral, partner) }
    }
  }

  /// A clock that jumps makes nothing expire; small steps add up to a minute or so.
  mutating func judgeExpiry(_ row: Int) {
    let lived = now - disk.deliveries[row].acceptedAt
    if lived < plan.lifetimeSeconds * 1000 - 100_000 { violations.append("EXPIRED too soon") }
  }

  private mutating func judge(_ delivery: Delivery) {
    tally.deliveries += 1
    let effects = partners[delivery.partner].effects[delivery.row, default: 0]
    if effects > 1 { violations.append("\(effects) effects of one delivery") }
    switch delivery.progress.state {
    case .delivered:
      tally.delivered += 1
      if effects == 0 { violations.append("DELIVERED without an effect") }
    case .cancelled:
      if delivery.progress.reason != .superseded { violations.append("CANCELLED by nobody") }
    case .held, .dead, .expired:
      if delivery.progress.state == .held { tally.held += 1 } else { tally.expired += 1 }
      if delivery.alarms.isEmpty { violations.append("not delivered, and nobody was told") }
    case .queued, .sending, .awaiting, .deferred:
      violations.append("\(delivery.progress.state.rawValue) for ever")
    }
  }

  /// I6: a partner's last effect is not a revision that a correction or withdrawal replaced,
  /// unless the replacement visibly did not arrive.
  private mutating func judgeLastEffect(_ referral: Int, _ partner: Int) {
    guard let last = partners[partner].latest[referral] else { return }
    for submission in plan.submissions[referral]
    where submission.revision > last && submission.partners.contains(partner) {
      switch submission.operation {
      case .create, .update: continue
      case .correct, .withdraw: break
      }
      let replacement = disk.deliveries.first {
        $0.referral == referral && $0.partner == partner && $0.revision == submission.revision
      }
      // Cancelled: a later one took its place and is looked at itself.
      if replacement == nil || replacement?.progress.state == .delivered {
        violations.append("the last effect is a superseded revision")
      }
    }
  }
}
