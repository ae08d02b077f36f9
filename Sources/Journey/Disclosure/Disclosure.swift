/// The promise: what one partner may see of a referral, decided before anything is written down.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import JSON
package import Platform
package import Referrals
package import Register

/// What an earlier revision left at the partner.
package struct Predecessor: Sendable, Equatable {
  package let revision: Int
  /// Of the document that this partner got.
  package let digest: SHA256Digest
  package let detailLevel: DetailLevel

  package init(revision: Int, digest: SHA256Digest, detailLevel: DetailLevel) {
    self.revision = revision
    self.digest = digest
    self.detailLevel = detailLevel
  }
}

/// Everything that the decision rests on besides the referral itself.
package struct DisclosureSituation: Sendable {
  package let partner: Addressee
  package let policy: Policy
  /// Only exercises may leave: our identity is a test OIN, or the profile says so (rule R22).
  package let exercisesOnly: Bool
  /// The referral is the synthetic document that the product ships: an exercise between anybody.
  package let isShippedExercise: Bool
  /// Nil when no earlier revision can have reached the partner.
  package let predecessor: Predecessor?
  /// The key of this partner's aliases; never another's.
  package let pseudonyms: PseudonymKey
  /// At least 16 random octets; they decide the order of persons without names.
  package let shuffle: [UInt8]
  package let today: CivilDate

  package init(
    partner: Addressee, policy: Policy, exercisesOnly: Bool, isShippedExercise: Bool = false,
    predecessor: Predecessor?, pseudonyms: PseudonymKey, shuffle: [UInt8], today: CivilDate
  ) {
    self.partner = partner
    self.policy = policy
    self.exercisesOnly = exercisesOnly
    self.isShippedExercise = isShippedExercise
    self.predecessor = predecessor
    self.pseudonyms = pseudonyms
    self.shuffle = shuffle
    self.today = today
  }
}

/// A referral reduced to what one partner may see. Only `disclose` makes one, and nothing else can
/// be encoded, signed or stored.
package struct DisclosedReferral: Sendable {
  package let partner: Addressee
  /// Identity of the addressee, a URN.
  package let recipient: String
  package let requestedAcknowledgements: [AcknowledgementKind]
  package let kind: ReferralKind
  package let operation: Operation
  package let revision: Int
  package let priority: Priority
  package let detailLevel: DetailLevel
  /// The `data` member of the document.
  package let data: JSONObject
  /// The true id; stays inside the gateway.
  package let referralID: UniversalID
  /// The id that joins the messages of one case at this partner (docs/disclosure.md).
  package let conversationID: UniversalID
  package let exercise: Bool
  package let ruleIDs: [String]
  package let legalBasis: [String]
  package let policyDigest: SHA256Digest

  fileprivate init(
    _ referral: Referral, _ situation: DisclosureSituation, level: DetailLevel,
    operation: Operation, data: JSONObject, report: DisclosureReport
  ) {
    partner = situation.partner
    recipient = situation.partner.identity.organisationURI
    requestedAcknowledgements = AcknowledgementKind.allCases.filter {
      situation.partner.requested.contains($0)
    }
    kind = referral.header.kind
    self.operation = operation
    revision = referral.header.revision
    priority = referral.header.priority
    detailLevel = level
    self.data = data
    referralID = referral.header.referralID
    conversationID =
      switch level {
      case .full: referral.header.referralID
      case .pseudonymised, .deidentified:
        situation.pseudonyms.alias(of: referral.header.referralID, for: .conversation)
      }
    exercise = referral.exercise
    ruleIDs = report.ruleIDs
    legalBasis = situation.policy.legalBasis
    policyDigest = situation.policy.digest
  }
}

package enum DisclosureDecision: Sendable {
  case disclosed(DisclosedReferral, DisclosureReport)
  case refused([Reason])
}

/// Decides for one partner: pure, total, and every field accounted for in the report.
package func disclose(_ referral: Referral, in situation: DisclosureSituation)
  -> DisclosureDecision
{
  let reasons = RecipientRules.all.flatMap { $0(referral, situation) }
  guard reasons.isEmpty else { return .refused(reasons) }
  let level = RecipientRules.level(referral, situation)
  var filter = FieldFilter(
    rules: situation.policy.lines(at: level, for: referral.header.operation),
    persons: referral.persons, day: referral.referenceDay,
    hidden: HiddenPlaces.find(in: referral, situation, at: level))
  let kept = filter.filter(referral.content)
  let operation = wireOperation(referral, situation)
  let assembly = DataAssembly(
    referral: referral, situation: situation, level: level, operation: operation)
  return .disclosed(
    DisclosedReferral(
      referral, situation, level: level, operation: operation, data: assembly.data(from: kept),
      report: filter.report),
    filter.report)
}

extension Policy {
  /// The lines that decide at a level. A policy that gave a level once and does so no more must
  /// still withdraw what it gave: a withdrawal has no persons, so the lines of any level do for it.
  package func lines(at level: DetailLevel, for operation: Operation) -> [FieldRule] {
    let coarser = pseudonymised.isEmpty ? deidentified : pseudonymised
    let own =
      switch level {
      case .full: fields
      case .pseudonymised: coarser
      case .deidentified: deidentified
      }
    guard operation == .withdraw, own.isEmpty else { return own }
    return coarser.isEmpty ? fields : coarser
  }
}

/// What no earlier revision can have told the partner comes as new (docs/states.md, order).
private func wireOperation(_ referral: Referral, _ situation: DisclosureSituation) -> Operation {
  switch referral.header.operation {
  case .create: .create
  case .update, .correct:
    situation.predecessor == nil ? .create : referral.header.operation
  case .withdraw: .withdraw
  }
}
