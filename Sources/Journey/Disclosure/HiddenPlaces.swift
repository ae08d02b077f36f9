/// Places that a rule hides whatever the policy's field list says, each with the rule's id.
// SPDX-License-Identifier: Apache-2.0
import JSON
package import Referrals
import Register

/// Why a place is hidden; the id is the rule's in the report.
enum HidingRule: Sendable {
  case suspects, sponsor, identifiers, unsafe, notice, joints

  var id: String {
    switch self {
    case .suspects, .sponsor: "R14"
    case .identifiers: "R17"
    case .unsafe: "R23"
    case .notice: "R25"
    case .joints: "pseudonymised"
    }
  }

  var reason: String {
    switch self {
    case .suspects: "About a person of whom this partner learns nothing."
    case .sponsor: "The sponsor is informed; no way to a victim may be in reach."
    case .identifiers: "The policy does not name this kind of number, or not for this person."
    case .unsafe: "Nobody may be alerted, and this person is not safe to contact."
    case .notice: "Not in a notice without names."
    case .joints: "Would join this copy to another."
    }
  }
}

package enum HiddenPlaces {
  /// Paths in the `referral` member, as tokens, to the rule that hides them.
  static func find(
    in referral: Referral, _ situation: DisclosureSituation, at level: DetailLevel
  ) -> [[String]: HidingRule] {
    var hidden: [[String]: HidingRule] = [:]
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
    _ referral: Referral, _ situation: DisclosureSituation, _ hidden: inout [[String]: HidingRule]
  ) {
    let persons = referral.persons.filter(situation.policy.hides)
    let refs = Set(persons.map(\.ref))
    guard !refs.isEmpty else { return }
    for person in persons { hidden[["persons", String(person.index)]] = .suspects }
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
        hidden[list + [String(index)]] = .suspects
      }
    }
    for (index, consent) in elements(referral, "consents")
    where refs.contains(consent["givenByRef"]?.text ?? "") {
      hidden[["consents", String(index), "givenByRef"]] = .suspects
    }
    if refs.contains(referral.group("permitAction")?["personRef"]?.text ?? "") {
      hidden[["permitAction", "personRef"]] = .suspects
    }
  }

  /// No part of a file can be held back, so it stays where it is, or may be, about somebody who is
  /// hidden, by itself or by a statement.
  private static func hideAttachments(
    _ referral: Referral, about refs: Set<String>, _ hidden: inout [[String]: HidingRule]
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
        hidden[["attachments", String(index)]] = .suspects
      }
    }
  }

  /// The references of one element; all of it where it is about nobody else.
  private static func hide(
    _ refs: Set<String>, of element: JSONValue?, _ member: String, at path: [String],
    _ hidden: inout [[String]: HidingRule]
  ) {
    let about = (element?[member]?.elements ?? []).compactMap(\.text)
    if !about.isEmpty, path.count > 1, refs.isSuperset(of: about) { hidden[path] = .suspects }
    for (place, ref) in about.enumerated() where refs.contains(ref) {
      hidden[path + [member, String(place)]] = .suspects
    }
  }

  /// R17: identifiers go only to those with a right to them; an SKN only for suspects.
  private static func hideIdentifiers(
    _ referral: Referral, _ situation: DisclosureSituation, _ hidden: inout [[String]: HidingRule]
  ) {
    for person in referral.persons {
      let identifiers = person.content["identifiers"]?.elements ?? []
      for (index, identifier) in identifiers.enumerated() {
        let scheme = identifier["scheme"]?.text ?? ""
        let allowed =
          situation.policy.identifierSchemes.contains(scheme)
          && (scheme != "skn" || person.category.isOffender)
        if !allowed {
          hidden[["persons", String(person.index), "identifiers", String(index)]] = .identifiers
        }
      }
    }
  }

  /// R23: where nobody may be alerted, a victim who is not safe to contact is not to be reached.
  private static func hideUnsafeContacts(
    _ referral: Referral, _ hidden: inout [[String]: HidingRule]
  ) {
    guard referral.group("protection")?["doNotAlert"]?.flag == true else { return }
    for person in referral.persons where person.isVictim && person.safeToContact == false {
      for member in ["phone", "address"] {
        hidden[["persons", String(person.index), "contact", member]] = .unsafe
      }
    }
  }

  /// R14: what the sponsor or employer is told may hold no way to a victim, at whatever partner the
  /// notice is read.
  private static func hideContactsFromSponsor(
    _ referral: Referral, _ hidden: inout [[String]: HidingRule]
  ) {
    guard referral.group("permitAction")?["sponsorInformed"]?.flag == true else { return }
    for person in referral.persons where person.isVictim {
      for member in ["phone", "address", "instructions"] {
        hidden[["persons", String(person.index), "contact", member]] = .sponsor
      }
    }
  }

  /// What a level never shows, whatever lines name it; a withdrawal without names does say why.
  package static func always(at level: DetailLevel) -> [[String]] {
    switch level {
    case .full: []
    case .pseudonymised:
      [
        ["header", "decisionDueAt"], ["change", "affectedFields"],
        ["attachments", "*", "fileName"], ["attachments", "*", "title"],
      ]
    case .deidentified: [["header", "decisionDueAt"], ["change"]]
    }
  }

  /// What would join a pseudonymised copy to another: a deadline to the second, places in an order
  /// that this copy does not have, and what people call a file, which may also name them.
  private static func hideJoints(_ referral: Referral, _ hidden: inout [[String]: HidingRule]) {
    for path in always(at: .pseudonymised) {
      if path[1] != "*" {
        if referral.group(path[0])?[path[1]] != nil { hidden[path] = .joints }
        continue
      }
      for (index, _) in elements(referral, path[0]) {
        hidden[[path[0], String(index), path[2]]] = .joints
      }
    }
  }

  /// R25: without names only the place of exploitation is told, not where people came through, and
  /// what changed only where all of it is withdrawn. A deadline to the second would join copies.
  private static func hideBeyondNotice(
    _ referral: Referral, _ hidden: inout [[String]: HidingRule]
  ) {
    if referral.group("header")?["decisionDueAt"] != nil {
      hidden[["header", "decisionDueAt"]] = .notice
    }
    if referral.header.operation != .withdraw { hidden[["change"]] = .notice }
    for (index, event) in elements(referral, "trafficking", "events")
    where event["type"]?.text != "Exploitation" {
      hidden[["trafficking", "events", String(index)]] = .notice
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
