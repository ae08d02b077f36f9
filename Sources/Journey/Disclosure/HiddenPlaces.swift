/// Places that a rule hides whatever the policy's field list says, each with the rule's id.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals
import Register

enum HiddenPlaces {
  /// Paths in the `referral` member, as tokens, to the rule that hides them.
  static func find(
    in referral: Referral, _ situation: DisclosureSituation, at level: DetailLevel
  ) -> [[String]: String] {
    var hidden: [[String]: String] = [:]
    switch level {
    case .full: break
    case .deidentified: hideBeyondNotice(referral, &hidden)
    }
    hideOffenders(referral, situation, &hidden)
    hideIdentifiers(referral, situation, &hidden)
    hideUnsafeContacts(referral, &hidden)
    return hidden
  }

  /// R14: care partners never learn of suspects, nor of what is said about them alone.
  private static func hideOffenders(
    _ referral: Referral, _ situation: DisclosureSituation, _ hidden: inout [[String]: String]
  ) {
    guard situation.policy.hidesSuspects else { return }
    let offenders = referral.persons.filter(\.isOffender)
    let refs = Set(offenders.map(\.ref))
    guard !refs.isEmpty else { return }
    for offender in offenders { hidden[["persons", String(offender.index)]] = "R14" }
    for (index, statement) in elements(referral, "case", "statements") {
      let path = ["case", "statements", String(index)]
      let about = (statement["aboutPersons"]?.elements ?? []).compactMap(\.text)
      if !about.isEmpty, refs.isSuperset(of: about) { hidden[path] = "R14" }
      for (place, ref) in about.enumerated() where refs.contains(ref) {
        hidden[path + ["aboutPersons", String(place)]] = "R14"
      }
    }
    for (index, threatened) in elements(referral, "protection", "threatAgainst")
    where refs.contains(threatened.text ?? "") {
      hidden[["protection", "threatAgainst", String(index)]] = "R14"
    }
    for (index, consent) in elements(referral, "consents")
    where refs.contains(consent["personRef"]?.text ?? "") {
      hidden[["consents", String(index)]] = "R14"
    }
    for (index, indicator) in elements(referral, "assessment", "indicators")
    where refs.contains(indicator["personRef"]?.text ?? "") {
      hidden[["assessment", "indicators", String(index)]] = "R14"
    }
  }

  /// R17: identifiers go only to those with a right to them; an SKN only for suspects.
  private static func hideIdentifiers(
    _ referral: Referral, _ situation: DisclosureSituation, _ hidden: inout [[String]: String]
  ) {
    for person in referral.persons {
      let identifiers = person.content["identifiers"]?.elements ?? []
      for (index, identifier) in identifiers.enumerated() {
        let scheme = identifier["scheme"]?.text ?? ""
        let allowed =
          situation.policy.identifierSchemes.contains(scheme)
          && (scheme != "skn" || person.category.isOffender)
        if !allowed {
          hidden[["persons", String(person.index), "identifiers", String(index)]] = "R17"
        }
      }
    }
  }

  /// R23: where nobody may be alerted, a victim who is not safe to contact is not to be reached.
  private static func hideUnsafeContacts(
    _ referral: Referral, _ hidden: inout [[String]: String]
  ) {
    guard referral.group("protection")?["doNotAlert"]?.flag == true else { return }
    for person in referral.persons where person.isVictim && person.safeToContact == false {
      for member in ["phone", "address"] {
        hidden[["persons", String(person.index), "contact", member]] = "R23"
      }
    }
  }

  /// R25: without names only the place of exploitation is told, not where people came through, and
  /// what changed only where all of it is withdrawn.
  private static func hideBeyondNotice(_ referral: Referral, _ hidden: inout [[String]: String]) {
    if referral.header.operation != .withdraw { hidden[["change"]] = "R25" }
    for (index, event) in elements(referral, "trafficking", "events")
    where event["type"]?.text != "Exploitation" {
      hidden[["trafficking", "events", String(index)]] = "R25"
    }
  }

  private static func elements(_ referral: Referral, _ group: String, _ member: String? = nil)
    -> [(Int, JSONValue)]
  {
    let value = member.map { referral.group(group)?[$0] } ?? referral.group(group)
    return (value?.elements ?? []).enumerated().map { ($0.offset, $0.element) }
  }
}
