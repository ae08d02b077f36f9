/// Walks a referral and lets through what the policy names; everything else stays behind.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform
import Referrals
import Register

/// One walk over one referral for one partner.
struct FieldFilter {
  static let noRule = "no-rule"

  let tree: PatternTree
  let persons: [Person]
  /// The day on which ages are counted.
  let day: CivilDate?
  /// Places that a rule hides, whatever the policy says.
  let hidden: [[String]: HidingRule]
  private(set) var report = DisclosureReport()

  init(
    rules: [Policy.FieldRule], persons: [Person], day: CivilDate?,
    hidden: [[String]: HidingRule]
  ) {
    tree = PatternTree(rules)
    self.persons = persons
    self.day = day
    self.hidden = hidden
  }

  mutating func filter(_ content: JSONObject) -> JSONObject {
    object(content, path: [], at: tree.root, under: nil)
  }

  private mutating func object(
    _ object: JSONObject, path: [String], at position: PatternTree.Position,
    under: Policy.FieldRule?
  ) -> JSONObject {
    var kept = JSONObject([])
    for member in object.members {
      let here = tree.step(position, member.name)
      guard
        let result = value(
          member.value, path: path + [member.name], at: here,
          under: tree.rule(at: here) ?? under)
      else { continue }
      kept[result.name ?? member.name] = result.value
    }
    return kept
  }

  /// What is left of a value, under its own name or the one that a generalisation gives it.
  private mutating func value(
    _ value: JSONValue, path: [String], at position: PatternTree.Position,
    under rule: Policy.FieldRule?
  ) -> (name: String?, value: JSONValue)? {
    if !hidden.isEmpty, let hiding = hidden[path] {
      report.note(path, .removed, by: hiding.id, because: hiding.reason)
      return nil
    }
    if let rule, let generalise = Generalisation(rule.action) {
      let result = generalise.apply(to: value, path: path, persons: persons, day: day)
      report.note(path, result == nil ? .removed : .generalised, by: rule)
      return result
    }
    switch value {
    case .object(let inner):
      let kept = object(inner, path: path, at: position, under: rule)
      return isKept(path, kept.isEmpty, from: inner.isEmpty, rule) ? (nil, .object(kept)) : nil
    case .array(let elements):
      var kept: [JSONValue] = []
      for (index, element) in elements.enumerated() {
        let here = tree.step(position, String(index))
        let inner = self.value(
          element, path: path + [String(index)], at: here, under: tree.rule(at: here) ?? rule)
        if let inner { kept.append(inner.value) }
      }
      return isKept(path, kept.isEmpty, from: elements.isEmpty, rule) ? (nil, .array(kept)) : nil
    case .string, .number, .bool, .null:
      return isDisclosed(path, rule) ? (nil, value) : nil
    }
  }

  /// An empty list or group that the policy discloses says "none"; one that the policy emptied says
  /// nothing and goes.
  private mutating func isKept(
    _ path: [String], _ isEmpty: Bool, from wasEmpty: Bool, _ rule: Policy.FieldRule?
  ) -> Bool {
    wasEmpty ? isDisclosed(path, rule) : !isEmpty
  }

  private mutating func isDisclosed(_ path: [String], _ rule: Policy.FieldRule?) -> Bool {
    guard let rule else {
      report.note(
        path, .removed, by: FieldFilter.noRule, because: "No line of the policy names it.")
      return false
    }
    let goes = rule.action == .disclose
    report.note(path, goes ? .disclosed : .removed, by: rule)
    return goes
  }
}
