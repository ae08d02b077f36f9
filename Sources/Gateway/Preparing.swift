/// Everything about a submission that is decided before the commit: order, recipients, documents.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import Intake
import JSON
import Outbox
import Platform
import Referrals
import Wire

/// One referral of a submission, and where in the submission it stands.
struct SubmissionPart {
  let read: ReadReferral
  /// Nil: the routes decide.
  let recipients: [String]?
  let member: String
  var files: [SubmittedFile] = []

  var header: ReferralHeader { read.referral.header }
}

struct PreparedPart {
  /// Nil where nothing is left to be done.
  let submission: NewSubmission?
  let destinations: Destinations
}

extension Submissions {
  func prepare(
    _ part: SubmissionPart, from actor: String, by circumstances: Circumstances
  ) async throws(OutboxError) -> Result<PreparedPart, Refusals> {
    let header = part.header
    let earlier = try await outbox.earlier(header.referralID, revision: header.revision)
    if let reason = RevisionOrder.refusal(of: part.read, to: part.recipients ?? [], earlier) {
      return .failure(Refusals(reasons: [reason]))
    }
    let recipients = Recipients(
      of: part, earlier,
      routing: {
        route(part.read.referral, by: circumstances.configuration, on: circumstances.now.day).chosen
      })
    if earlier.digest != nil, recipients.wanted.isEmpty {
      return .success(
        PreparedPart(
          submission: nil, destinations: Destinations(notSent: recipients.notSent)))
    }
    if header.revision > 1 {
      let kept = try await outbox.keptRevisions(of: header.referralID, before: header.revision)
      let reasons = RevisionRules.reasons(
        part.read.referral, after: kept.compactMap(EarlierRevision.init(kept:)))
      guard reasons.isEmpty else { return .failure(Refusals(reasons: reasons)) }
    }
    var documents: [(PartnerLink, WireDocument)] = []
    var left = LeftOut(notSent: recipients.notSent)
    for wanted in recipients.wanted {
      let composed = try await compose(
        part.read.referral, for: wanted.partner, of: part.recipients, earlier,
        by: circumstances)
      switch composed {
      case .success(let preview): documents.append((preview.link, preview.document))
      case .failure(let refusals): left.add(refusals.reasons, for: wanted)
      }
    }
    if let refusals = left.refusals(
      of: part, documents: documents.count, hasRoutes: circumstances.configuration.hasRoutes)
    {
      return .failure(refusals)
    }
    let destinations = Destinations(chosen: recipients.chosen, notSent: left.notSent)
    return seal(documents, by: circumstances).map { deliveries in
      PreparedPart(
        submission: NewSubmission(
          header: header, digest: part.read.digest, octets: part.read.octets, submittedBy: actor,
          acceptedAt: circumstances.now, exercise: part.read.referral.exercise,
          deliveries: deliveries,
          destinations: destinations, files: part.files, seen: earlier),
        destinations: destinations)
    }
  }
}
