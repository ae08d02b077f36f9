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
    switch value {
    case .object(let object):
      for member in object.members { visit(member.value, member.name, path, known, &found) }
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        visit(element, String(index), path, known, &found)
      }
    case .string, .number, .bool, .null: break
    }
  }

  private static func visit(
    _ value: JSONValue, _ name: String, _ path: [String], _ known: [Target: Set<String>],
    _ found: inout [Advice]
  ) {
    switch value {
    case .string(let text):
      guard let target = members[name] ?? path.last.flatMap({ lists[$0] }),
        known[target]?.contains(text) != true
      else { return }
      found.append(.unknownReference(path + [name]))
    case .object, .array: walk(value, path + [name], known, &found)
    case .number, .bool, .null: break
    }
  }
}
