/// The versions of one partner's policy and which of them is in force on a day.
// SPDX-License-Identifier: Apache-2.0
package import Platform

package struct PolicyVersions: Sendable {
  /// By the day from which each is in force; never empty.
  package let all: [Policy]
  private let first: Policy

  /// Nil without a policy.
  package init?(_ policies: [Policy]) {
    let sorted = policies.sorted { $0.validFrom < $1.validFrom }
    guard let first = sorted.first else { return nil }
    self.first = first
    all = sorted
  }

  /// Nil before the first one.
  package func inForce(on day: CivilDate) -> Policy? { all.last { $0.validFrom <= day } }

  /// The one that decides on a day. Before the first version that is the first one, which then
  /// refuses (policy-not-yet-valid).
  package func deciding(on day: CivilDate) -> Policy { inForce(on: day) ?? first }

  /// The one that waits for its day.
  package func next(after day: CivilDate) -> Policy? { all.first { $0.validFrom > day } }
}
