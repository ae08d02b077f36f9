/// What would make an accepted referral more useful to those who get it. Never a condition.
// SPDX-License-Identifier: Apache-2.0
package import JSON
import Referrals

package struct Advice: Sendable, Equatable {
  /// The codes of schemas/codelists/advice.json.
  package enum Code: String, Sendable, CaseIterable {
    case ageUnknown = "age-unknown"
    case contactUnknown = "contact-unknown"
    case consentNotAsked = "consent-not-asked"
    case elementsUnknown = "elements-unknown"
    case evaluationMissing = "evaluation-missing"
    case evidenceMissing = "evidence-missing"
    case languageUnknown = "language-unknown"
    case placeUnknown = "place-unknown"
    case provisionUnknown = "provision-unknown"
    case referenceUnknown = "reference-unknown"
    case suspectNotEvaluated = "suspect-not-evaluated"
    case transliterationMissing = "transliteration-missing"

    /// What to do, in English; both languages stand in the code list.
    package var text: String {
      switch self {
      case .ageUnknown: "Give birth or ageEstimate, however rough; in doubt presumed-minor."
      case .contactUnknown: "Fill contact.safeToContact."
      case .consentNotAsked: "Ask consent for care-placement; without it care gets no name."
      case .elementsUnknown: "Name what is known; a suspicion too helps to choose the service."
      case .evaluationMissing: "Add sourceEval and infoEval; law enforcement needs them (R19)."
      case .evidenceMissing: "Name in evidenceRefs what the decision rests on."
      case .languageUnknown: "Give languages, so that an interpreter can be ready."
      case .placeUnknown: "Give a place with an event, country and region at least."
      case .provisionUnknown: "Check the code in schemas/codelists/provisions.json."
      case .referenceUnknown: "Correct the reference, or add who is meant."
      case .suspectNotEvaluated: "Add a statement with the ground of the suspicion."
      case .transliterationMissing: "Add transliteration; the name itself stays as it is."
      }
    }
  }

  package let code: Code
  /// In the submission.
  package let pointer: JSONPointer

  fileprivate init(_ code: Code, _ tokens: [String]) {
    self.code = code
    pointer = JSONPointer(tokens: ["referral"] + tokens)
  }

  static func unknownReference(_ tokens: [String]) -> Advice {
    Advice(.referenceUnknown, tokens)
  }

  private static let atMost = 100

  static func all(on referral: Referral, _ reference: ReferenceData) -> [Advice] {
    guard referral.header.operation != .withdraw else { return [] }
    let found =
      onVictims(referral) + onNames(referral) + onStatements(referral) + onElements(referral)
      + onEvidence(referral) + onProvisions(referral, reference) + onReferences(referral)
    return Array(found.prefix(atMost))
  }

  private static func onVictims(_ referral: Referral) -> [Advice] {
    let consenting = Set(
      (referral.group("consents")?.elements ?? []).compactMap { $0["personRef"]?.text })
    return referral.persons.filter(\.isVictim).flatMap { person in
      let place = ["persons", String(person.index)]
      var advice: [Advice] = []
      if person.content["birth"] == nil, person.content["ageEstimate"] == nil {
        advice.append(Advice(.ageUnknown, place))
      }
      if (person.content["languages"]?.elements ?? []).isEmpty {
        advice.append(Advice(.languageUnknown, place))
      }
      if person.safeToContact == nil { advice.append(Advice(.contactUnknown, place)) }
      if !consenting.contains(person.ref) { advice.append(Advice(.consentNotAsked, ["consents"])) }
      return advice
    }
  }

  private static func onNames(_ referral: Referral) -> [Advice] {
    referral.persons.flatMap { person in
      (person.content["names"]?.elements ?? []).enumerated().compactMap { index, name in
        guard name["script"]?.text != "Latn", name["transliteration"] == nil else { return nil }
        return Advice(
          .transliterationMissing, ["persons", String(person.index), "names", String(index)])
      }
    }
  }

  private static func onStatements(_ referral: Referral) -> [Advice] {
    let statements = referral.group("case")?["statements"]?.elements ?? []
    let unevaluated = statements.enumerated().filter {
      $0.element["sourceEval"] == nil || $0.element["infoEval"] == nil
    }.map { Advice(.evaluationMissing, ["case", "statements", String($0.offset)]) }
    let spokenOf = Set(
      statements.flatMap { ($0["aboutPersons"]?.elements ?? []).compactMap(\.text) })
    let suspects = referral.persons.filter { $0.isOffender && !spokenOf.contains($0.ref) }
      .map { Advice(.suspectNotEvaluated, ["persons", String($0.index)]) }
    return unevaluated + suspects
  }

  private static func onElements(_ referral: Referral) -> [Advice] {
    guard referral.header.kind == .traffickingSignal else { return [] }
    func isEmpty(_ member: String) -> Bool {
      (referral.group("trafficking")?[member]?.elements ?? []).isEmpty
    }
    var advice: [Advice] = []
    if ["acts", "means", "forms"].allSatisfy(isEmpty) {
      advice.append(Advice(.elementsUnknown, ["trafficking"]))
    }
    let events = referral.group("trafficking")?["events"]?.elements ?? []
    if !events.contains(where: { $0["type"]?.text == "Exploitation" && $0["place"] != nil }) {
      advice.append(Advice(.placeUnknown, ["trafficking", "events"]))
    }
    return advice
  }

  private static func onEvidence(_ referral: Referral) -> [Advice] {
    ["residence", "permitAction"].compactMap { group in
      guard let content = referral.group(group), content["evidenceRefs"] == nil,
        group == "permitAction" || content["decision"] != nil
      else { return nil }
      return Advice(.evidenceMissing, [group, "evidenceRefs"])
    }
  }

  private static func onProvisions(_ referral: Referral, _ reference: ReferenceData) -> [Advice] {
    let places = [
      ["handling", "legalBasis"], ["assessment", "offences"], ["permitAction", "grounds"],
    ]
    return places.flatMap { place in
      (referral.group(place[0])?[place[1]]?.elements ?? []).enumerated().compactMap { index, line in
        guard let code = line["provision"]?.text, !reference.provisions.contains(code) else {
          return nil
        }
        return Advice(.provisionUnknown, place + [String(index)])
      }
    }
  }
}
