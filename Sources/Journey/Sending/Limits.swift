/// How often and how long the sender tries (docs/states.md, waiting).
// SPDX-License-Identifier: Apache-2.0
package import Referrals

package enum SendingLimits {
  package static let unverifiedAttempts = 3
  package static let unsignedRefusals = 2
  package static let unsignedRefusalSeconds: Int64 = 60
  /// So many deliveries in a row refused without a signature suspend the partner.
  package static let refusedDeliveries = 3
  package static let busySeconds: Int64 = 5
  /// A receipt whose signer cannot be judged for so long is an alarm, and again each time.
  package static let undecidedAlarmSeconds: Int64 = 3_600
  /// Schema versions read from a partner's refusal.
  package static let supportedVersions = 8
  package static let retryAfterSeconds: Int64 = 3_600
  package static let activeDeliveries = 20_000
  /// A lane is filled again below this, up to twice the chunk.
  package static let laneLow = 64
  package static let laneChunk = 256
  package static let slots = 512
  package static let windowInitial = 4
  package static let windowLimit = 20
  /// Failed rounds in a row until a partner counts as down.
  package static let cohorts = 3.0
  package static let suspensionSeconds: Int64 = 60
  package static let longestSuspensionSeconds: Int64 = 900
  /// A suspended partner is probed this often while somebody is in immediate danger.
  package static let urgentProbeSeconds: Int64 = 30
  package static let credentialsProbeSeconds: Int64 = 900

  /// A wall clock that steps further than this at once is not believed.
  package static let clockStepSeconds: Int64 = 60
  /// Partners' clocks and ours: a difference that is told, and one beyond which nothing is signed.
  package static let skewWarningSeconds: Int64 = 60
  package static let skewWrongSeconds: Int64 = 300
  /// Answers that are needed to say anything, and for how long one counts.
  package static let skewAnswers = 3
  package static let skewKeptSeconds: Int64 = 86_400

  /// Deliveries of one job; of one chunk of its work; of one partner in a second.
  package static let jobDeliveries = 100_000
  package static let jobChunk = 500
  package static let jobRate = 10
  package static let jobRates = 1...1_000
  package static let jobTickMilliseconds: Int64 = 200

  /// How long a copy without names waits before it leaves.
  package static let unlinkableDelaySeconds: ClosedRange<Int64> = 3_600...86_400

  private static let day: Int64 = 86_400

  /// From acceptance to `expires`.
  package static func lifetimeSeconds(_ priority: Priority) -> Int64 {
    switch priority {
    case .immediateDanger: 85 * day
    case .urgent, .routine: 30 * day
    }
  }

  /// From acceptance to the alarm that no receipt came, which is also `ackdeadline`.
  package static func answerWithinSeconds(_ priority: Priority) -> Int64 {
    switch priority {
    case .immediateDanger: 60
    case .urgent: 300
    case .routine: 4 * 3_600
    }
  }
}
