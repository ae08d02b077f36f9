/// Where a submission would go, asked without handing it in.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import Intake
import Outbox
import Platform
import Referrals

extension Submissions {
  /// Nothing is signed or kept. What earlier revisions went to counts, as it would.
  func explain(_ octets: [UInt8]) async throws(OutboxError) -> Result<RouteExplanation, Refusals> {
    switch intake.read(octets, files: nil) {
    case .refused(let reasons): return .failure(Refusals(reasons: reasons))
    case .read(let submission):
      let header = submission.referral.header
      let earlier = try await outbox.earlier(header.referralID, revision: header.revision)
      return .success(
        RouteExplanation(
          of: submission.referral, named: submission.recipients,
          earlier: header.operation == .create ? [:] : earlier.disclosures,
          in: inForce.configuration, on: clock.now().day))
    }
  }
}

extension EarlierRevisions {
  fileprivate var disclosures: [String: EarlierDisclosure] {
    let all = policies.map { partner, digest in
      (
        partner,
        EarlierDisclosure(
          policyDigest: digest, predecessor: reached[partner].map(Predecessor.init))
      )
    }
    return Dictionary(all, uniquingKeysWith: { first, _ in first })
  }
}

extension AdminAPI {
  func explainRoutes(_ octets: [UInt8]) async throws(OutboxError) -> AdminAnswer {
    switch try await submissions.explain(octets) {
    case .success(let explanation): AdminAnswer(200, explanation.lines.map(\.line))
    case .failure(let refusals): .error(.refused, before: refusals.reasons.map(\.line))
    }
  }
}
