/// Referrals of every kind with a text of its own in every place, grown from the published schemas.
// SPDX-License-Identifier: Apache-2.0
import Foundation
package import JSON
import Platform
package import Referrals

/// A field that a later version adds is filled too, without anybody remembering it.
package struct CanaryReferral: Sendable {
  /// A whole submission, without recipients.
  package let submission: JSONValue
  /// Every text that stands nowhere else, with the places in `referral` where it stands.
  package let canaries: [String: [[String]]]

  package var referral: JSONValue { submission["referral"] ?? .null }

  /// What is to be decided by chance otherwise.
  package struct Wishes: Sendable {
    package var purpose = "investigation"
    /// Nil: by chance for each person.
    package var consent: Bool?
    package var scope = "care-placement"
    /// Of a later revision: that of the first.
    package var referralID: String?

    package init() {}
  }

  package static func make(
    _ kind: ReferralKind, _ operation: Referrals.Operation, seed: UInt64,
    _ wishes: Wishes = Wishes()
  ) throws -> CanaryReferral {
    var growth = try Growth(seed: seed)
    guard let grown = try growth.referral() else {
      throw BrokenTestSupport(description: "the schema lets nothing stand")
    }
    var shaping = CanaryShaping(
      kind: kind, operation: operation, wishes: wishes, texts: growth.texts)
    let referral = shaping.shaped(grown)
    let submission: JSONValue = ["exercise": true, "referral": referral]
    var places: [String: [[String]]] = [:]
    for leaf in referral.leaves {
      guard let text = leaf.value.text, shaping.texts.gave(text) else { continue }
      places[text, default: []].append(leaf.path)
    }
    return CanaryReferral(submission: submission, canaries: places)
  }
}

/// Grows a value from a schema. What restricts kinds, levels and operations is left to the shaping.
struct Growth {
  var texts: CanaryTexts
  private let documents: [String: JSONValue]
  private let root: (JSONValue, String)

  init(seed: UInt64) throws {
    texts = CanaryTexts(seed: seed)
    var documents: [String: JSONValue] = [:]
    var newest = ""
    for name in ["referral", "submission"] {
      let versions = try Files.list("\(PackageFolder.path)/schemas/\(name)")
      for version in versions.sorted(by: { $0.compare($1, options: .numeric) == .orderedAscending })
      {
        let document = try JSONReader.read(
          PackageFolder.read("schemas/\(name)/\(version)/schema.json"))
        newest = document["$id"]?.text ?? ""
        documents[newest] = document
      }
    }
    guard let entry = documents[newest]?["$defs"]?["referral"] else {
      throw BrokenTestSupport(description: "there is no schema of a submission")
    }
    self.documents = documents
    root = (entry, newest)
  }

  mutating func referral() throws -> JSONValue? { try value([root], at: []) }

  private func expanded(_ schema: (JSONValue, String)) -> [(JSONValue, String)] {
    guard let reference = schema.0["$ref"]?.text else { return [schema] }
    let parts = reference.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
    let id = parts[0].isEmpty ? schema.1 : parts[0]
    let target = JSONPointer(parts.count > 1 ? parts[1] : "").flatMap { documents[id]?.at($0) }
    return target.map { expanded(($0, id)) + [schema] } ?? [schema]
  }

  /// Nil where nothing may stand.
  private mutating func value(_ schemas: [(JSONValue, String)], at path: [String]) throws
    -> JSONValue?
  {
    let all = schemas.flatMap(expanded)
    if all.contains(where: { $0.0.flag == false }) { return nil }
    func first(_ keyword: String) -> JSONValue? { all.lazy.compactMap { $0.0[keyword] }.first }
    if let words = first("enum")?.elements { return words[texts.chance(words.count)] }
    var names: [String] = []
    for schema in all {
      for name in schema.0["properties"]?.members?.names ?? [] where !names.contains(name) {
        names.append(name)
      }
    }
    if !names.isEmpty {
      var object = JSONObject()
      for name in names {
        let inner = all.compactMap { schema in
          schema.0["properties"]?[name].map { ($0, schema.1) }
        }
        if let value = try value(inner, at: path + [name]) { object[name] = value }
      }
      return .object(object)
    }
    let items = all.compactMap { schema in schema.0["items"].map { ($0, schema.1) } }
    if !items.isEmpty {
      let limit = Int(first("maxItems")?.integer ?? 3)
      var elements: [JSONValue] = []
      for _ in 0..<min(limit, 3) {
        guard let element = try value(items, at: path + ["*"]) else { continue }
        if !elements.contains(element) { elements.append(element) }
      }
      return .array(elements)
    }
    switch first("type")?.text {
    case "boolean": return .bool(texts.chance(2) == 0)
    case "integer": return .number(JSONNumber(first("minimum")?.integer ?? 1))
    default:
      return .string(
        try text(
          first("format")?.text, first("pattern")?.text,
          Int(first("maxLength")?.integer ?? 100), at: path))
    }
  }

  private mutating func text(
    _ format: String?, _ pattern: String?, _ limit: Int, at path: [String]
  ) throws -> String {
    switch (format, pattern) {
    case ("uuid", _): return texts.uuid()
    case ("date", _): return texts.day(2_031...2_069)
    case ("date-time", _): return texts.moment(2_031...2_069)
    case (_, let pattern?) where pattern.hasPrefix("^([0-9]{4}"): return texts.day(1_971...1_979)
    case (_, "^[0-9]{4}(-[0-9]{2}-[0-9]{2})?$"): return texts.day(1_951...1_969)
    case (_, let pattern?) where pattern.hasPrefix("^[^\u{0}"): return texts.free(limit: limit)
    case (_, "^[+][1-9][0-9]{1,14}$"): return texts.phone()
    case (_, "^[A-Z]{2}-[A-Za-z0-9.-]{1,60}$"): return texts.provision()
    case (_, "^[A-Z]{3}$"): return texts.capitals(3)
    case (_, "^[a-z]{3}$"): return texts.small(3)
    case (_, "^[A-Z][a-z]{3}$"): return texts.script()
    case (_, "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"): return texts.languageTag()
    case (_, "^[0-9]{1,12}([.][0-9]{1,2})?$"): return texts.amount()
    case (_, "^P([1-9][0-9]?M|[1-9][0-9]?W|[1-9][0-9]{0,2}D)$"): return "P30D"
    case (_, "^[0-9a-f]{64}$"): return texts.digest()
    case (_, "^[A-U]([0-9]{2})?$"): return "I56"
    case (_, "^(/([^~/]|~0|~1)*)*$"): return texts.code("/f")
    case (_, "^[A-Za-z0-9_-]{1,64}$"), (_, "^[a-z0-9][a-z0-9.-]{0,39}$"),
      (_, "^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$"), (_, "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"),
      (_, "^[a-z0-9][a-z0-9-]{0,62}$"):
      return texts.code()
    default:
      throw BrokenTestSupport(
        description: "no text is known for \(pattern ?? "no pattern") at \(path)")
    }
  }
}
