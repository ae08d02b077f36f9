/// What happened since the start, counted for monitoring; no ids, no text of anybody.
// SPDX-License-Identifier: Apache-2.0
import Platform
import Renewal
import Sending

final class Counts: Sendable {
  /// Words of closed sets and partner codes only.
  struct Label: Hashable, Comparable, Sendable {
    let partner: String
    let word: String

    static func < (a: Label, b: Label) -> Bool { (a.partner, a.word) < (b.partner, b.word) }
  }
  struct Totals: Sendable {
    /// By verdict: "verified", or the code of what is wrong.
    var acknowledgements: [Label: Int] = [:]
    /// By outcome.
    var attempts: [Label: Int] = [:]
    /// By alarm.
    var alarms: [Label: Int] = [:]
    /// Requests of partners by themselves: "kept", "repeated", or the word of the problem.
    var callbacks: [Label: Int] = [:]
    /// Of revocation lists, by outcome.
    var fetches: [Label: Int] = [:]
  }
  private let state = Locked(Totals())

  var totals: Totals { state.withLock { $0 } }

  func acknowledgement(_ partner: String, _ verdict: String) {
    state.withLock { $0.acknowledgements[Label(partner: partner, word: verdict), default: 0] += 1 }
  }
  func attempt(_ partner: String, _ outcome: AttemptOutcome) {
    state.withLock { $0.attempts[Label(partner: partner, word: outcome.name), default: 0] += 1 }
  }
  /// `partner`: nil when nobody knows who called.
  func callback(_ partner: String?, _ result: String) {
    let label = Label(partner: partner ?? "unknown", word: result)
    state.withLock { $0.callbacks[label, default: 0] += 1 }
  }
  func fetch(_ partner: String, _ outcome: FetchOutcome) {
    state.withLock { $0.fetches[Label(partner: partner, word: outcome.rawValue), default: 0] += 1 }
  }
  func alarm(_ partner: String, _ alarm: DeliveryAlarm) {
    state.withLock { $0.alarms[Label(partner: partner, word: alarm.rawValue), default: 0] += 1 }
  }
}
