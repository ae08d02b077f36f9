/// When a list is fetched: well before its end, and soon again when it does not come.
// SPDX-License-Identifier: Apache-2.0
package import Platform

/// One source. It holds no clock; whoever asks says what time it is.
package struct RenewalSchedule: Sendable, Equatable {
  package private(set) var nextAt: Instant
  package private(set) var isUnderWay = false
  package private(set) var triedAt: Instant?
  /// When it last gave what it should.
  package private(set) var goodAt: Instant?
  package private(set) var outcome: FetchOutcome?
  /// In a row.
  package private(set) var failures = 0
  package private(set) var failingSince: Instant?
  /// 1 in service; less only in the profile development.
  private let scale: Double

  /// Due at once.
  package init(now: Instant, scale: Double) {
    nextAt = now
    self.scale = scale
  }

  package var asksForPerson: Bool { failures >= RenewalLimits.alarmingFailures }

  package func isDue(at now: Instant) -> Bool {
    // A clock that was put back must not make it wait for ever.
    let latest = now.adding(milliseconds: milliseconds(RenewalLimits.longestWaitSeconds))
    return !isUnderWay && (now >= nextAt || nextAt > latest)
  }

  package mutating func begin(at now: Instant) {
    isUnderWay = true
    triedAt = now
  }

  /// Nothing was learned: the gateway stops.
  package mutating func abandon() { isUnderWay = false }

  /// - Parameters:
  ///   - listEnds: next update of the list that this source is for; nil when there is none.
  ///   - jitter: 0 to 1, by chance.
  package mutating func finish(
    _ outcome: FetchOutcome, listEnds: Instant?, at now: Instant, jitter: Double
  ) {
    isUnderWay = false
    self.outcome = outcome
    if outcome.isGood {
      (failures, failingSince, goodAt) = (0, nil, now)
    } else {
      failures += 1
      failingSince = failingSince ?? now
    }
    let wait = Double(milliseconds(seconds(listEnds.map { $0.since(now) / 1_000 } ?? 0)))
    nextAt = now.adding(milliseconds: Int64(wait * (1 - RenewalLimits.jitter * jitter)))
  }

  /// - Parameter rest: what the list has left to live, in seconds.
  private func seconds(_ rest: Int64) -> Int64 {
    let part = max(RenewalLimits.shortestWaitSeconds, rest / RenewalLimits.partsOfRest)
    guard failures > 0 else { return min(part, RenewalLimits.longestWaitSeconds) }
    let steps = RenewalLimits.retrySeconds
    let step = steps[min(failures, steps.count) - 1]
    return min(step, rest > 0 ? part : RenewalLimits.urgentRetrySeconds)
  }

  private func milliseconds(_ seconds: Int64) -> Int64 { Int64(Double(seconds * 1_000) * scale) }
}
