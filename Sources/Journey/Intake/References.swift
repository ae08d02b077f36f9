/// Advice on references that lead nowhere: no such person, organisation or statement is there.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals

extension Advice {
  private static let lists = [
    "aboutPersons": Target.person, "threatAgainst": .person, "personRefs": .person,
    "statementRefs": .statement,
  ]
  private static let members = [
    "personRef": Target.person, "givenByRef": .person, "organisationRef": .organisation,
  ]

  private enum Target { case person, organisation, statement }

  static func onReferences(_ referral: Referral) -> [Advice] {
    let known: [Target: Set<String>] = [
      .person: Set(referral.persons.map(\.ref)),
      .organisation: names("ref", referral.group("organisations")),
      .statement: names("id", referral.group("case")?["statements"]),
    ]
    var found: [Advice] = []
    walk(.object(referral.content), [], known, &found)
    return found
  }

  private static func names(_ member: String, _ list: JSONValue?) -> Set<String> {
    Set((list?.elements ?? []).compactMap { $0[member]?.text })
  }

  private static func walk(
    _ value: JSONValue, _ path: [String], _ known: [Target: Set<String>], _ found: inout [Advice]
  ) {
    for (name, inner) in children(of: value) {
      let place = path + [name]
      if let text = inner.text, let target = members[name] ?? path.last.flatMap({ lists[$0] }) {
        if known[target]?.contains(text) != true { found.append(.unknownReference(place)) }
      } else {
        walk(inner, place, known, &found)
      }
    }
  }

  private static func children(of value: JSONValue) -> [(String, JSONValue)] {
    switch value {
    case .object(let object): object.members.map { ($0.name, $0.value) }
    case .array(let elements): elements.enumerated().map { (String($0.offset), $0.element) }
    case .string, .number, .bool, .null: []
    }
  }
}
