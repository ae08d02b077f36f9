/// What became of a submission, and the order in which its revisions must come.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import Intake
import JSON
import Outbox
import Platform
import Referrals
import Wire

/// What the case system hears at once.
enum SubmissionAnswer: Sendable {
  case accepted(AcceptedSubmission)
  case refused([Reason])
  /// Neither taken nor refused: the same may be tried again later.
  case unavailable(Unavailability)
}

enum Unavailability: String, Sendable, CaseIterable {
  case storeFull = "store-full"
  /// Our clock jumped: what is signed now might carry a wrong time.
  case clockSuspect = "clock-suspect"
  case busy
  case stopping
}

/// Who made a submission; decides about exercises between real identities (rule R22).
enum SubmissionOrigin: Sendable {
  case caseSystem
  /// The gateway itself, from the document that the product ships.
  case shippedExercise
}

struct AcceptedSubmission: Sendable {
  let referralID: UniversalID
  let revision: Int
  /// The same had been accepted before; nothing was done again.
  let repeated: Bool
  /// With the routes that chose the partner; none for one that was named. With a
  /// reclassification those of the withdrawal too.
  let deliveries: [(delivery: DeliverySummary, routes: [String])]
  /// Recipients that get nothing, with the rule or another ground.
  let notSent: [Destinations.NotSent]
  /// What would make the referral more useful.
  let advice: [Advice]
}

enum NotSentGround: String, Sendable, CaseIterable {
  /// A withdrawal of something that no attempt can have brought there.
  case neverReached = "never-reached"
  /// It has an earlier revision, and is no longer in the register or disabled there.
  case partnerGone = "partner-gone"
}

/// What one partner would get.
struct Preview: Sendable {
  /// Whose keys sign it: those of the configuration that decided what it shows.
  let link: PartnerLink
  let disclosed: DisclosedReferral
  let document: WireDocument
  let report: DisclosureReport
  /// By which policy: the partner's own, or a project's.
  let terms: PartnerTerms
}

/// Reasons as an error value, for `Result`.
struct Refusals: Error, Sendable {
  let reasons: [Reason]

  init(reasons: [Reason]) { self.reasons = reasons }
  init(_ rule: Rule, _ place: JSONPointer, _ partner: String) {
    reasons = [Reason(rule, at: place, partner: partner)]
  }
}

/// The identity of a submission (docs/rules.md): same pair and octets, or the next revision.
enum RevisionOrder {
  static func refusal(
    of read: ReadReferral, to recipients: [String], _ earlier: EarlierRevisions
  ) -> Reason? {
    let header = read.referral.header
    let place = JSONPointer(tokens: ["referral", "header", "revision"])
    if let digest = earlier.digest {
      if digest != read.digest { return Reason(.revisionReused, at: place) }
      let adds = recipients.contains { earlier.deliveries[$0] == nil }
      return adds && header.revision < earlier.latest
        ? Reason(.revisionSuperseded, at: place) : nil
    }
    return header.revision == earlier.latest + 1 ? nil : Reason(.revisionGap, at: place)
  }
}
