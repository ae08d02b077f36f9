/// The rules of docs/rules.md that depend on who receives, one function each.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform
import Referrals
import Register

enum RecipientRules {
  typealias Check = @Sendable (Referral, DisclosureSituation) -> [Reason]

  static let all: [Check] = [
    policyInForce, kindAgreed, purposeAgreed, classification, handlingCodes, onlyMinors,
    consentOrRefuse, childInFull, relay, otherCondition, handlingCode, evaluation, exercise,
    alerting,
    immediateDanger,
  ]

  // A withdrawal brings no data and is a duty (LED 7(3), GDPR 19): it goes even where the policy
  // would not allow any more what it takes back.

  @Sendable static func policyInForce(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    referral.header.operation == .withdraw || situation.policy.validFrom <= situation.today
      ? [] : [Reason(.policyNotYetValid, at: recipients, partner: situation.partner.code.text)]
  }

  @Sendable static func kindAgreed(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard referral.header.operation != .withdraw,
      !situation.policy.kinds.contains(referral.header.kind.rawValue)
    else { return [] }
    return [refusal(.kindNotAgreed, situation, "header", "kind")]
  }

  @Sendable static func purposeAgreed(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard referral.header.operation != .withdraw,
      let purpose = referral.group("handling")?["purpose"]?.text,
      !situation.policy.purposes.contains(purpose)
    else { return [] }
    return [refusal(.purposeNotAgreed, situation, "handling", "purpose")]
  }

  @Sendable static func classification(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard referral.header.operation != .withdraw else { return [] }
    var marks = [(["handling"], referral.group("handling")?["classification"]?.text)]
    for (index, file) in (referral.group("attachments")?.elements ?? []).enumerated() {
      marks.append((["attachments", String(index)], file["classification"]?.text))
    }
    let allowed = ["unmarked", situation.policy.maximumClassification.rawValue]
    return marks.filter { !allowed.contains($0.1 ?? "unmarked") }.map { place, _ in
      Reason(
        .classificationTooHigh,
        at: JSONPointer(tokens: ["referral"] + place + ["classification"]),
        partner: situation.partner.code.text)
    }
  }

  /// Who has not agreed to a condition of use cannot be held to it.
  @Sendable static func handlingCodes(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard referral.header.operation != .withdraw else { return [] }
    let agreed = Set(situation.policy.handlingCodes.map(\.rawValue))
    return codes(of: referral).enumerated().filter { !agreed.contains($0.element) }.map {
      refusal(
        .handlingCodeNotAgreed, situation, "handling", "handlingCodes", String($0.offset))
    }
  }

  private static func codes(of referral: Referral) -> [String] {
    (referral.group("handling")?["handlingCodes"]?.elements ?? []).compactMap(\.text)
  }

  /// A partner for children gets nothing where no child is.
  @Sendable static func onlyMinors(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard situation.policy.onlyMinors, referral.header.operation != .withdraw,
      !referral.persons.contains(where: \.minorStatus.needsGuardian)
    else { return [] }
    return [refusal(.onlyMinors, situation, "persons")]
  }

  /// R11, where the policy wants a refusal rather than a de-identified notice.
  @Sendable static func consentOrRefuse(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard situation.policy.withoutConsent == .refuse else { return [] }
    return personsWithoutConsent(referral, situation).map {
      Reason(.consentToDisclose, at: $0.pointer(), partner: situation.partner.code.text)
    }
  }

  /// R06: a child's case never reaches investigators without names only.
  @Sendable static func childInFull(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard situation.partner.traits.contains(.lawEnforcement) else { return [] }
    switch level(referral, situation) {
    case .full: return []
    case .pseudonymised, .deidentified: break
    }
    return referral.persons.filter(\.minorStatus.needsGuardian).map {
      Reason(.guardian, at: $0.pointer(), partner: situation.partner.code.text)
    }
  }

  /// R18: code H2 stops at a hub that would pass the referral on, and before a partner that only a
  /// hub reaches.
  @Sendable static func relay(_ referral: Referral, _ situation: DisclosureSituation) -> [Reason] {
    let isReached = situation.policy.via != nil && referral.header.operation != .withdraw
    let isHub = situation.partner.traits.contains(.hub) && referral.group("crossBorder") != nil
    guard isReached || isHub, codes(of: referral).contains("H2"),
      referral.group("handling")?["relayPermission"] == nil
    else { return [] }
    return [refusal(.relay, situation, "handling", "handlingCodes")]
  }

  /// R18: what H3 means is said, and reaches whoever is bound by it; without names no free text
  /// goes.
  @Sendable static func otherCondition(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    let handling = referral.group("handling")
    guard codes(of: referral).contains("H3"), referral.header.operation != .withdraw
    else { return [] }
    let reaches = handling?["handlingText"] != nil && level(referral, situation) != .deidentified
    return reaches ? [] : [refusal(.relay, situation, "handling", "handlingText")]
  }

  /// A partner that works by handling codes alone, or gets what a hub passes on to it, gets nothing
  /// without one (docs/routing.md).
  @Sendable static func handlingCode(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard situation.policy.needsHandlingCode || situation.policy.via != nil,
      referral.header.operation != .withdraw, codes(of: referral).isEmpty
    else { return [] }
    return [refusal(.handlingCodeMissing, situation, "handling", "handlingCodes")]
  }

  /// R19: law enforcement gets every statement with its basis and evaluation (LED 7(1)-(2)).
  @Sendable static func evaluation(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard situation.partner.traits.contains(.lawEnforcement) else { return [] }
    let statements = referral.group("case")?["statements"]?.elements ?? []
    return statements.enumerated().compactMap { index, statement in
      let complete = ["basis", "sourceEval", "infoEval"].allSatisfy { statement[$0] != nil }
      return complete
        ? nil : refusal(.evaluation, situation, "case", "statements", String(index))
    }
  }

  /// R22: test identities carry exercises, real ones only the one that the product ships.
  @Sendable static func exercise(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    let test = situation.exercisesOnly || situation.partner.identity.oin?.isTest ?? false
    guard test != referral.exercise, !(situation.isShippedExercise && referral.exercise) else {
      return []
    }
    return [
      Reason(
        .exercise, at: JSONPointer(tokens: ["exercise"]), partner: situation.partner.code.text)
    ]
  }

  /// R23: where nobody may be alerted, the sponsor or employer is not told of a decision.
  @Sendable static func alerting(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard referral.group("protection")?["doNotAlert"]?.flag == true,
      referral.group("permitAction")?["sponsorInformed"]?.flag == true
    else { return [] }
    return [refusal(.alerting, situation, "permitAction", "sponsorInformed")]
  }

  /// R26, the partner's half: somebody answers the phone and says so.
  @Sendable static func immediateDanger(_ referral: Referral, _ situation: DisclosureSituation)
    -> [Reason]
  {
    guard referral.header.priority == .immediateDanger, referral.header.operation != .withdraw,
      situation.partner.dutyPhone == nil
        || !situation.partner.requested.contains(.acceptance)
    else { return [] }
    return [refusal(.immediateDanger, situation, "header", "priority")]
  }

  /// R11: outside law enforcement and legal duty each person consents, or nobody is named. A
  /// withdrawal, which has no persons, keeps the level of what it withdraws: its ids must not join
  /// what was kept apart.
  static func level(_ referral: Referral, _ situation: DisclosureSituation) -> DetailLevel {
    if referral.header.operation == .withdraw, let earlier = situation.predecessor {
      return earlier.detailLevel
    }
    let consented = personsWithoutConsent(referral, situation).isEmpty
    return switch situation.policy.detail {
    case .deidentified: .deidentified
    case .pseudonymised: consented ? .pseudonymised : .deidentified
    case .full: consented ? .full : .deidentified
    }
  }

  private static func personsWithoutConsent(
    _ referral: Referral, _ situation: DisclosureSituation
  ) -> [Person] {
    let traits = situation.partner.traits
    guard traits.isDisjoint(with: [.lawEnforcement, .judicial, .legalDuty]) else { return [] }
    let consents = referral.group("consents")?.elements ?? []
    return referral.persons.filter { person in
      if situation.policy.hides(person) { return false }
      return !consents.contains {
        $0["personRef"]?.text == person.ref && $0["given"]?.text == "yes"
          && $0["scope"]?.text == situation.policy.consentScope
      }
    }
  }

  private static let recipients = JSONPointer(tokens: ["recipients"])

  private static func refusal(
    _ rule: Rule, _ situation: DisclosureSituation, _ tokens: String...
  ) -> Reason {
    Reason(
      rule, at: JSONPointer(tokens: ["referral"] + tokens),
      partner: situation.partner.code.text)
  }
}
