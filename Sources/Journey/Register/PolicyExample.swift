/// What the author of a policy expects of it: a referral, and what becomes of it.
// SPDX-License-Identifier: Apache-2.0
package import JSON
import TOML

package struct PolicyExample: Sendable {
  package struct Setting: Sendable {
    /// In the `referral` member of the submission.
    package let pointer: JSONPointer
    package let value: JSONValue
    package let place: ConfigurationPlace
  }
  /// Patterns for places in the `referral` member.
  package struct Expected: Sendable {
    package let pattern: PointerPattern
    package let place: ConfigurationPlace
  }
  package enum Outcome: Sendable {
    /// By rules or codes of docs/rules.md; other reasons may come besides.
    case refused([Placed<String>])
    case disclosed(
      at: Policy.Detail?, whole: [Expected], coarser: [Expected], withheld: [Expected])
  }
  /// As a person asks it.
  package let question: String
  /// In words, for those who do not read pointers; nil where the outcome says enough.
  package let answer: String?
  /// A submission, relative to the folder that holds policies.d.
  package let referral: String
  package let without: [Placed<JSONPointer>]
  package let set: [Setting]
  package let outcome: Outcome
  package let place: ConfigurationPlace
}

extension PolicyExample {
  static let keys = [
    "question", "answer", "referral", "set", "without", "level", "disclosed", "generalised",
    "removed", "refused",
  ]

  /// Nil with a finding for each reason.
  init?(_ section: Section) {
    let question = section.text("question")
    let referral = section.text("referral")
    let outcome = PolicyExample.outcome(section)
    guard let question, let referral, let outcome else { return nil }
    self.question = question.value
    answer = section.text("answer", required: false)?.value
    self.referral = referral.value
    without = (section.texts("without", required: false)?.value ?? []).compactMap {
      PolicyExample.pointer(section, "without", $0)
    }
    set = section.sections("set", keys: ["pointer", "value"]).compactMap { entry in
      guard let text = entry.text("pointer"), let value = entry.any("value"),
        let pointer = PolicyExample.pointer(entry, "pointer", text)
      else { return nil }
      return Setting(
        pointer: pointer.value, value: JSONValue(value.value), place: pointer.place)
    }
    self.outcome = outcome
    place = section.place
  }

  private static func outcome(_ section: Section) -> Outcome? {
    let level: Placed<Policy.Detail>? = section.word("level", required: false)
    let lists = ["disclosed", "generalised", "removed"].map { patterns(section, $0) }
    if let refused = section.texts("refused", required: false) {
      guard level == nil, lists.allSatisfy(\.isEmpty), !refused.value.isEmpty else {
        section.refuse(
          "refused", refused.place, "says that nothing goes, beside what goes",
          "write either the rules that refuse or what is disclosed and removed",
          code: .contradiction)
        return nil
      }
      return .refused(refused.value)
    }
    guard level != nil || !lists.allSatisfy(\.isEmpty) else {
      section.missing("disclosed", "say what is disclosed, generalised, removed or refused")
      return nil
    }
    return .disclosed(at: level?.value, whole: lists[0], coarser: lists[1], withheld: lists[2])
  }

  private static func patterns(_ section: Section, _ key: String) -> [Expected] {
    (section.texts(key, required: false)?.value ?? []).compactMap { text in
      guard let pattern = PointerPattern(text.value) else {
        section.refuse(key, text.place, "is not a JSON Pointer", "write \"/persons/*/names\"")
        return nil
      }
      return Expected(pattern: pattern, place: text.place)
    }
  }

  private static func pointer(_ section: Section, _ key: String, _ text: Placed<String>)
    -> Placed<JSONPointer>?
  {
    guard let pointer = JSONPointer(text.value), !pointer.tokens.isEmpty else {
      section.refuse(key, text.place, "is not a JSON Pointer", "write \"/persons/0/names\"")
      return nil
    }
    return text.with(pointer)
  }
}

extension JSONValue {
  fileprivate init(_ value: TOMLValue.Kind) {
    self =
      switch value {
      case .table(let members):
        .object(
          JSONObject(
            members.sorted { $0.key < $1.key }.map {
              JSONMember($0.key, JSONValue($0.value.kind))
            }))
      case .array(let elements): .array(elements.map { JSONValue($0.kind) })
      case .string(let text), .time(let text): .string(text)
      case .integer(let number): .number(JSONNumber(number))
      case .real(let number): JSONNumber(text: "\(number)").map { .number($0) } ?? .null
      case .boolean(let flag): .bool(flag)
      }
  }
}
