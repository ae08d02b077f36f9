/// How long to wait before the next attempt (docs/states.md, waiting).
// SPDX-License-Identifier: Apache-2.0
package import Referrals

package struct Backoff: Sendable, Equatable {
  /// 1 in service; less only in the profile development, so that a demonstration does not wait.
  package let scale: Double

  package init(scale: Double = 1) { self.scale = scale }

  private static func seconds(_ priority: Priority) -> [Int64] {
    switch priority {
    case .immediateDanger: [5, 10, 20, 30]
    case .urgent: [5, 15, 60, 300]
    case .routine: [5, 30, 120, 600, 1800, 3600]
    }
  }

  /// `attempt` counts from 1; the last step repeats for ever.
  package func milliseconds(_ priority: Priority, attempt: Int, jitter: Double) -> Int64 {
    let steps = Backoff.seconds(priority)
    let step = steps[min(max(attempt, 1), steps.count) - 1]
    return Int64(Double(step) * 1000 * scale * jitter)
  }

  /// A fixed wait of ours. What a partner asks for is never scaled.
  package func milliseconds(ofSeconds seconds: Int64) -> Int64 {
    Int64(Double(seconds * 1000) * scale)
  }
}
