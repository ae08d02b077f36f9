/// The rules of docs/rules.md that need nothing but the referral, one function each.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform

enum ReferralRules {
  /// In the order of their numbers; every one looks, so that all reasons come at once.
  static let all: [@Sendable (Referral, ReferenceData) -> [Reason]] = [
    mixedFacts, completeElements, anyElement, age, guardian, smugglingGain, smugglingExploitation,
    presenceStatement, asylumInformation, consentGiver, doubleRole, fineForSameConduct,
    withdrawal, correction, immediateDanger, principal,
  ]

  /// R01: trafficking and smuggling never stand in one document.
  @Sendable static func mixedFacts(_ referral: Referral, _: ReferenceData) -> [Reason] {
    guard referral.content["trafficking"] != nil, referral.content["smuggling"] != nil else {
      return []
    }
    return [Reason(.mixedFacts, at: at("smuggling"))]
  }

  /// R02: complete means act, means and form; for a child the means may be missing (Palermo 3(c)).
  @Sendable static func completeElements(_ referral: Referral, _: ReferenceData) -> [Reason] {
    switch referral.header.kind {
    case .traffickingSignal, .permitNotice: break
    case .smugglingSignal, .residenceNotice: return []
    }
    guard level(referral) == "elements-complete" else { return [] }
    let victims = referral.persons.filter(\.isVictim)
    let allChildren = !victims.isEmpty && victims.allSatisfy(\.minorStatus.needsGuardian)
    let needed = ["acts", "forms"] + (allChildren ? [] : ["means"])
    return needed.filter { isEmpty(referral.group("trafficking")?[$0]) }
      .map { Reason(.completeElements, at: at("trafficking", $0)) }
  }

  /// R03: the slightest indication is enough, but one there must be.
  @Sendable static func anyElement(_ referral: Referral, _: ReferenceData) -> [Reason] {
    guard referral.header.operation != .withdraw, level(referral) != "elements-complete" else {
      return []
    }
    let group: String
    let members: [String]
    switch referral.header.kind {
    case .traffickingSignal:
      (group, members) = ("trafficking", ["acts", "means", "forms", "controlMethods"])
    case .smugglingSignal: (group, members) = ("smuggling", ["acts"])
    case .permitNotice:
      // A conviction or investigation of others stands for the elements.
      let evidence = referral.group("permitAction")?["evidenceOfTrafficking"]?.text
      guard evidence == "own-findings" || evidence == "partner-signal" else { return [] }
      (group, members) = ("trafficking", ["acts", "means", "forms", "controlMethods"])
    case .residenceNotice: return []
    }
    let elements = members.map { referral.group(group)?[$0] }
    let indicators = referral.group("assessment")?["indicators"]
    guard (elements + [indicators]).allSatisfy(isEmpty) else { return [] }
    return [Reason(.anyElement, at: at("assessment", "indicators"))]
  }

  /// R05: who may be a child is not called an adult, unless a document or assessment settled it,
  /// and not left unknown without a reason.
  @Sendable static func age(_ referral: Referral, _: ReferenceData) -> [Reason] {
    guard let day = referral.referenceDay else { return [] }
    return referral.persons.compactMap { person in
      guard !person.ageIsSettled, let age = person.age(on: day), age.lowerBound < 18 else {
        return nil
      }
      switch person.minorStatus {
      case .minor, .presumedMinor: return nil
      case .adult: return Reason(.age, at: person.pointer("minorStatus"))
      case .unknown:
        let isExplained = person.content["minorStatusReason"] != nil
        return isExplained ? nil : Reason(.age, at: person.pointer("minorStatusReason"))
      }
    }
  }

  /// R06: a child's guardianship is stated, if only as unknown.
  @Sendable static func guardian(_ referral: Referral, _: ReferenceData) -> [Reason] {
    referral.persons.compactMap { person in
      guard person.minorStatus.needsGuardian, person.isVictim,
        person.content["guardian"]?["appointed"] == nil
      else { return nil }
      return Reason(.guardian, at: person.pointer("guardian"))
    }
  }

  /// R07: helping to stay is punishable for gain only (Sr 197a(2)).
  @Sendable static func smugglingGain(_ referral: Referral, _: ReferenceData) -> [Reason] {
    guard let smuggling = referral.group("smuggling"), level(referral) == "elements-complete",
      texts(smuggling["acts"]).contains("stay"), smuggling["financialGain"]?.text != "yes"
    else { return [] }
    return [Reason(.smugglingGain, at: at("smuggling", "financialGain"))]
  }

  /// R08: smuggling has no exploitation purpose, so nothing of one may be said.
  @Sendable static func smugglingExploitation(_ referral: Referral, _: ReferenceData) -> [Reason] {
    guard referral.header.kind == .smugglingSignal else { return [] }
    let inGroup = ["forms", "controlMethods"]
      .filter { referral.group("smuggling")?[$0] != nil }
      .map { Reason(.smugglingExploitation, at: at("smuggling", $0)) }
    let inPersons = referral.persons
      .filter { $0.content["victim"]?["ageWhenTrafficked"] != nil }
      .map { Reason(.smugglingExploitation, at: $0.pointer("victim", "ageWhenTrafficked")) }
    return inGroup + inPersons
  }

  /// R12: asylum statements go out on a legal duty or with express consent (Vc C1/1).
  @Sendable static func asylumInformation(_ referral: Referral, _ reference: ReferenceData)
    -> [Reason]
  {
    // A withdrawal brings no information, and no consents to show.
    guard referral.header.operation != .withdraw, let handling = referral.group("handling"),
      handling["asylumInformation"]?.flag == true
    else { return [] }
    let onDuty = texts(handling["legalBasis"], member: "provision")
      .contains { reference.legalDuties.contains($0) }
    if onDuty { return [] }
    let consenting = consents(referral).filter {
      $0["scope"]?.text == "share-asylum-file" && $0["given"]?.text == "yes"
    }.compactMap { $0["personRef"]?.text }
    let missing = referral.persons.filter { $0.isVictim && !consenting.contains($0.ref) }
    guard !missing.isEmpty || consenting.isEmpty else { return [] }
    return [Reason(.asylumInformation, at: at("handling", "asylumInformation"))]
  }

  /// R13: under 16 a parent or guardian consents who is no suspect; from 16 the person.
  @Sendable static func consentGiver(_ referral: Referral, _: ReferenceData) -> [Reason] {
    guard let day = referral.referenceDay else { return [] }
    let offenders = referral.persons.filter(\.isOffender)
    let suspectFamily = offenders.contains {
      !$0.roles.isDisjoint(with: ["family-member", "guardian"])
    }
    let suspectGuardian = offenders.contains { $0.roles.contains("guardian") }
    return consents(referral).enumerated().compactMap { index, consent in
      guard consent["given"]?.text == "yes", let by = consent["givenBy"]?.text,
        let person = referral.persons.first(where: { $0.ref == consent["personRef"]?.text })
      else { return nil }
      let age = person.age(on: day)
      let isYoung = age.map { $0.upperBound < 16 } ?? false
      let isOld = age.map { $0.lowerBound >= 16 } ?? false
      let hasOrganisation = person.content["guardian"]?["organisation"] != nil
      let wrong =
        (isYoung && by == "person") || (isOld && by != "person")
        || (by == "parent" && suspectFamily)
        || (by == "guardian" && suspectGuardian && !hasOrganisation)
        || (by != "person" && offenders.contains { $0.ref == consent["givenByRef"]?.text })
      return wrong ? Reason(.consentGiver, at: at("consents", String(index), "givenBy")) : nil
    }
  }

  /// R15: victim and perpetrator at once stays visible as both, with a statement that says why.
  @Sendable static func doubleRole(_ referral: Referral, _: ReferenceData) -> [Reason] {
    let spokenOf = Set(
      (referral.group("case")?["statements"]?.elements ?? []).flatMap { texts($0["aboutPersons"]) })
    return referral.persons.compactMap { person in
      guard person.roles.contains("perpetrator"),
        !person.roles.isDisjoint(with: ["victim", "possible-victim"]),
        !spokenOf.contains(person.ref)
      else { return nil }
      return Reason(.doubleRole, at: person.pointer("roles"))
    }
  }

  /// R20: a withdrawal carries no person data, only what is withdrawn and why.
  @Sendable static func withdrawal(_ referral: Referral, _: ReferenceData) -> [Reason] {
    guard referral.header.operation == .withdraw else { return [] }
    return referral.content.names.filter { !["header", "handling", "change"].contains($0) }
      .map { Reason(.withdrawal, at: at($0)) }
  }

  /// R21: a correction names the fields that it corrects.
  @Sendable static func correction(_ referral: Referral, _: ReferenceData) -> [Reason] {
    guard referral.header.operation == .correct,
      isEmpty(referral.group("change")?["affectedFields"])
    else { return [] }
    return [Reason(.correction, at: at("change", "affectedFields"))]
  }

  /// R26, the half that needs no partner: danger, priority and a phone go together.
  @Sendable static func immediateDanger(_ referral: Referral, _: ReferenceData) -> [Reason] {
    guard referral.header.operation != .withdraw else { return [] }
    let danger = referral.group("protection")?["immediateDanger"]?.flag == true
    let shouted = referral.header.priority == .immediateDanger
    if danger != shouted { return [Reason(.immediateDanger, at: at("header", "priority"))] }
    guard danger, referral.group("header")?["contact"]?["phone"] == nil else { return [] }
    return [Reason(.immediateDanger, at: at("header", "contact", "phone"))]
  }
}
