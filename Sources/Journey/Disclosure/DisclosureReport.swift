/// Which line of the policy let each field through, changed it or held it back.
// SPDX-License-Identifier: Apache-2.0
package import JSON
import Register

package struct DisclosureReport: Sendable {
  package enum Effect: String, Sendable { case disclosed, generalised, removed }

  package struct Line: Sendable {
    /// In the `referral` member of the submission.
    package let pointer: JSONPointer
    package let effect: Effect
    /// The id of the rule that decided; "no-rule" where the policy says nothing.
    package let rule: String
    /// Why, in the words of the policy or of docs/disclosure.md.
    package let reason: String
  }

  package private(set) var lines: [Line] = []

  mutating func note(_ path: [String], _ effect: Effect, by rule: String, because reason: String) {
    lines.append(
      Line(pointer: JSONPointer(tokens: path), effect: effect, rule: rule, reason: reason))
  }

  mutating func note(_ path: [String], _ effect: Effect, by line: Policy.FieldRule) {
    note(path, effect, by: line.rule, because: line.reason)
  }

  /// The rules that took part, sorted.
  package var ruleIDs: [String] { Set(lines.map(\.rule)).sorted() }
}
