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
    case .pseudonymised: hideJoints(referral, &hidden)
    case .deidentified: hideBeyondNotice(referral, &hidden)
    }
    hidePersons(referral, situation, &hidden)
    hideIdentifiers(referral, situation, &hidden)
    hideUnsafeContacts(referral, &hidden)
    hideContactsFromSponsor(referral, &hidden)
    return hidden
  }

  /// R14: care partners never learn of suspects, partners for children only of children; nor of
  /// what is said of the others alone, nor that they are meant.
  private static func hidePersons(
    _ referral: Referral, _ situation: DisclosureSituation, _ hidden: inout [[String]: String]
  ) {
    let persons = referral.persons.filter(situation.policy.hides)
    let refs = Set(persons.map(\.ref))
    guard !refs.isEmpty else { return }
    for person in persons { hidden[["persons", String(person.index)]] = "R14" }
    let places = [
      (["case", "statements"], "aboutPersons"), (["residence", "evidenceRefs"], "personRefs"),
      (["permitAction", "evidenceRefs"], "personRefs"),
    ]
    for (list, member) in places {
      for (index, element) in elements(referral, list[0], list[1]) {
        hide(refs, of: element, member, at: list + [String(index)], &hidden)
      }
    }
    hideAttachments(referral, about: refs, &hidden)
    hide(refs, of: referral.group("protection"), "threatAgainst", at: ["protection"], &hidden)
    for (list, member) in [
      (["consents"], "personRef"), (["assessment", "indicators"], "personRef"),
    ] {
      for (index, element) in elements(referral, list[0], list.count > 1 ? list[1] : nil)
      where refs.contains(element[member]?.text ?? "") {
        hidden[list + [String(index)]] = "R14"
      }
    }
    for (index, consent) in elements(referral, "consents")
    where refs.contains(consent["givenByRef"]?.text ?? "") {
      hidden[["consents", String(index), "givenByRef"]] = "R14"
    }
    if refs.contains(referral.group("permitAction")?["personRef"]?.text ?? "") {
      hidden[["permitAction", "personRef"]] = "R14"
    }
  }

  /// No part of a file can be held back, so it stays where it is, or may be, about somebody who is
  /// hidden, by itself or by a statement.
  private static func hideAttachments(
    _ referral: Referral, about refs: Set<String>, _ hidden: inout [[String]: String]
  ) {
    func texts(_ value: JSONValue?) -> [String] { (value?.elements ?? []).compactMap(\.text) }
    let statements = elements(referral, "case", "statements").map(\.1).filter {
      !refs.isDisjoint(with: texts($0["aboutPersons"]))
    }
    let unsaid = Set(statements.compactMap { $0["id"]?.text })
    for (index, attachment) in elements(referral, "attachments") {
      let about = texts(attachment["personRefs"])
      if about.isEmpty || !refs.isDisjoint(with: about)
        || !unsaid.isDisjoint(with: texts(attachment["statementRefs"]))
      {
        hidden[["attachments", String(index)]] = "R14"
      }
    }
  }

  /// The references of one element; all of it where it is about nobody else.
  private static func hide(
    _ refs: Set<String>, of element: JSONValue?, _ member: String, at path: [String],
    _ hidden: inout [[String]: String]
  ) {
    let about = (element?[member]?.elements ?? []).compactMap(\.text)
    if !about.isEmpty, path.count > 1, refs.isSuperset(of: about) { hidden[path] = "R14" }
    for (place, ref) in about.enumerated() where refs.contains(ref) {
      hidden[path + [member, String(place)]] = "R14"
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

  /// R14: what the sponsor or employer is told may hold no way to a victim, at whatever partner the
  /// notice is read.
  private static func hideContactsFromSponsor(
    _ referral: Referral, _ hidden: inout [[String]: String]
  ) {
    guard referral.group("permitAction")?["sponsorInformed"]?.flag == true else { return }
    for person in referral.persons where person.isVictim {
      for member in ["phone", "address", "instructions"] {
        hidden[["persons", String(person.index), "contact", member]] = "R14"
      }
    }
  }

  /// What would join a pseudonymised copy to another: a deadline to the second, places in an order
  /// that this copy does not have, and what people call a file, which may also name them.
  private static func hideJoints(_ referral: Referral, _ hidden: inout [[String]: String]) {
    for path in [["header", "decisionDueAt"], ["change", "affectedFields"]]
    where referral.group(path[0])?[path[1]] != nil {
      hidden[path] = "pseudonymised"
    }
    for (index, _) in elements(referral, "attachments") {
      for member in ["fileName", "title"] {
        hidden[["attachments", String(index), member]] = "pseudonymised"
      }
    }
  }

  /// R25: without names only the place of exploitation is told, not where people came through, and
  /// what changed only where all of it is withdrawn. A deadline to the second would join copies.
  private static func hideBeyondNotice(_ referral: Referral, _ hidden: inout [[String]: String]) {
    if referral.group("header")?["decisionDueAt"] != nil {
      hidden[["header", "decisionDueAt"]] = "R25"
    }
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

extension Policy {
  /// Whether this partner learns nothing of a person, by rule R14 or by its task.
  func hides(_ person: Person) -> Bool {
    (hidesSuspects && person.isOffender) || (onlyMinors && !person.minorStatus.needsGuardian)
  }
}
