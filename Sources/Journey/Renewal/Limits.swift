/// How often lists are fetched, and how much of an answer is taken.
// SPDX-License-Identifier: Apache-2.0

package enum RenewalLimits {
  /// Between two fetches of a list that is far from its end.
  package static let longestWaitSeconds: Int64 = 14_400
  /// However near the end is.
  package static let shortestWaitSeconds: Int64 = 60
  /// Of what a list has left to live, one part is waited.
  package static let partsOfRest: Int64 = 4
  /// After a failure; the last repeats.
  package static let retrySeconds: [Int64] = [60, 120, 300, 600, 1_800, 3_600]
  /// After a failure while no list is current.
  package static let urgentRetrySeconds: Int64 = 300
  /// Every wait is shortened by up to this part, so that gateways do not all ask at once.
  package static let jitter = 0.2
  /// Failures in a row that ask for a person.
  package static let alarmingFailures = 3

  package static let listOctets = 16_777_216
  package static let connectMilliseconds = 5_000
  package static let totalMilliseconds = 60_000
  package static let silenceSeconds = 10
  /// When somebody waits for it.
  package static let orderedMilliseconds = 8_000
  /// A list may say that it begins so much later than our clock.
  package static let skewSeconds: Int64 = 300
  package static let keptLists = 1_024
  package static let parallelFetches = 8
}
