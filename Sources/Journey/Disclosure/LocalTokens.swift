/// Local ids of a pseudonymised copy: tokens of one recipient, the same wherever an id stands.
// SPDX-License-Identifier: Apache-2.0
import Digest
import JSON
import Platform

/// Local ids are chosen by the case system and may join two copies, as names would.
struct LocalTokens {
  let key: PseudonymKey
  let referral: UniversalID

  /// Where ids are given, by list; codes of indicators are called "id" too and stay.
  private static let givers = [
    ["persons"]: "ref", ["organisations"]: "ref", ["case", "statements"]: "id",
    ["residence", "evidenceRefs"]: "id", ["permitAction", "evidenceRefs"]: "id",
    ["attachments"]: "id",
  ]
  private static let members: Set<String> = ["personRef", "givenByRef", "organisationRef"]
  private static let lists: Set<String> = [
    "aboutPersons", "threatAgainst", "personRefs", "statementRefs",
  ]

  /// - Parameter path: names of members from the root of the referral, without indices.
  func replacing(in value: JSONValue, at path: [String]) -> JSONValue {
    switch value {
    case .object(let object):
      let giver = LocalTokens.givers[path]
      return .object(
        JSONObject(
          object.members.map { member in
            let isLocal = member.name == giver || LocalTokens.members.contains(member.name)
            let inner = path + [member.name]
            return JSONMember(
              member.name, isLocal ? token(member.value) : replacing(in: member.value, at: inner))
          }))
    case .array(let elements):
      let isList = path.last.map(LocalTokens.lists.contains) ?? false
      return .array(elements.map { isList ? token($0) : replacing(in: $0, at: path) })
    case .string, .number, .bool, .null: return value
    }
  }

  private func token(_ value: JSONValue) -> JSONValue {
    value.text.map { .string(key.token(of: $0, in: referral)) } ?? value
  }
}
