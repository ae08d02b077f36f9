/// Puts what the filter kept into the document's `data`: header, handling, then the groups.
// SPDX-License-Identifier: Apache-2.0
import Digest
import JSON
import Platform
import Referrals
import Register

struct DataAssembly {
  let referral: Referral
  let situation: DisclosureSituation
  let level: DetailLevel
  let operation: Operation

  /// The groups in the order in which people read them.
  private static let groups = [
    "case", "assessment", "persons", "organisations", "trafficking", "smuggling", "residence",
    "permitAction", "protection", "consents", "crossBorder", "attachments", "change",
  ]

  func data(from kept: JSONObject) -> JSONObject {
    var data = JSONObject([])
    data["header"] = .object(header(from: kept["header"]?.members))
    // A withdrawal need not say again on what ground it was shared.
    if operation != .withdraw || kept["handling"] != nil {
      var handling = kept["handling"]?.members ?? JSONObject([])
      handling["detailLevel"] = .string(level.rawValue)
      data["handling"] = .object(handling)
    }
    for group in DataAssembly.groups {
      guard let value = kept[group] else { continue }
      let shown = group == "persons" ? persons(value) : value
      data[group] = level == .pseudonymised ? tokens.replacing(in: shown, at: [group]) : shown
    }
    return data
  }

  private var tokens: LocalTokens {
    LocalTokens(key: situation.pseudonyms, referral: referral.header.referralID)
  }

  /// Exactly the members of docs/rules.md; those that are not the protocol's follow the policy.
  private func header(from kept: JSONObject?) -> JSONObject {
    let id: UniversalID =
      switch level {
      case .full: referral.header.referralID
      case .pseudonymised, .deidentified:
        situation.pseudonyms.alias(of: referral.header.referralID, for: .referral)
      }
    var header: JSONObject = [
      "referralId": .string(id.description),
      "revision": .number(JSONNumber(Int64(referral.header.revision))),
      "operation": .string(operation.rawValue),
      "kind": .string(referral.header.kind.rawValue),
    ]
    if let predecessor = situation.predecessor, operation != .create {
      header["supersedes"] = [
        "revision": .number(JSONNumber(Int64(predecessor.revision))),
        "digest": .string(predecessor.digest.field),
      ]
    }
    header["priority"] = .string(referral.header.priority.rawValue)
    // The language of the texts is the protocol's own member too; the rest follows the policy.
    header["language"] = referral.content["header"]?["language"]
    for name in ["decisionDueAt", "contact"] {
      if let value = kept?[name] { header[name] = value }
    }
    let flags = operation == .withdraw ? [] : attention
    if !flags.isEmpty { header["attention"] = .array(flags.map { .string($0.rawValue) }) }
    return header
  }

  /// At the level without names only what the priority says anyway is repeated.
  private var attention: [Attention] {
    let shown = referral.persons.filter { !situation.policy.hides($0) }
    let flags = referral.attention(among: shown)
    return switch level {
    case .full, .pseudonymised: flags
    case .deidentified: flags.filter { $0 == .immediateDanger }
    }
  }

  /// Without names persons stand in an order that no other copy shares; their refs are tokens of
  /// this recipient or, de-identified, numbers of this document.
  private func persons(_ kept: JSONValue) -> JSONValue {
    switch level {
    case .full: return kept
    case .pseudonymised: return .array(shuffled(kept))
    case .deidentified:
      return .array(
        shuffled(kept).enumerated().map { index, entry in
          var person: JSONObject = ["ref": .string("p\(index + 1)")]
          for member in entry.members?.members ?? [] where member.name != "ref" {
            person[member.name] = member.value
          }
          return .object(person)
        })
    }
  }

  private func shuffled(_ persons: JSONValue) -> [JSONValue] {
    (persons.elements ?? []).enumerated().map { index, person in
      (
        key: SHA256Digest(of: situation.shuffle + Array(String(index).utf8)).octets,
        person: person
      )
    }
    .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    .map(\.person)
  }
}
