/// By which policy a partner gets one referral: its own, or that of a project for its time.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import Platform
package import Referrals
package import Register

package struct PartnerTerms: Sendable {
  package let policy: Policy
  /// Nil: the partner's own policy holds.
  package let project: Project?
}

extension Configuration {
  /// Nil for a partner that is not in the register.
  ///
  /// - Parameter earlier: digest of the policy by which the partner got the revision before. What a
  ///   project gave within its time is corrected and withdrawn by the same policy after it.
  package func terms(
    of partner: PartnerCode, for referral: Referral, on day: CivilDate, earlier: SHA256Digest?
  ) -> PartnerTerms? {
    guard let own = policies[partner.text]?.deciding(on: day) else { return nil }
    let project = projects.first { project in
      guard let policy = project.policies[partner.text] else { return false }
      if referral.mends, let earlier { return policy.digest == earlier }
      return project.isInForce(on: day) && project.conditions.unmet(by: referral) == nil
    }
    return PartnerTerms(policy: project?.policies[partner.text] ?? own, project: project)
  }
}

extension Referral {
  /// Whether it takes back or puts right what is already with the partners.
  fileprivate var mends: Bool {
    switch header.operation {
    case .correct, .withdraw: true
    case .create, .update: false
    }
  }
}
