/// What is wrong with a policy that can be read, where, and what to do about it.
// SPDX-License-Identifier: Apache-2.0
package import Register

package struct PolicyFinding: Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// A line that never decides anything.
    case unreachable
    /// Two things that cannot both be meant.
    case contradictory
    case duplicate
    /// A field that no line names: it would not go, but nobody has said so.
    case missing
    case noSuchField = "no-such-field"
    /// An action that the field cannot bear.
    case unfitAction = "unfit-action"
    case unknownWord = "unknown-word"
    /// What the lines leave is no valid document.
    case invalidDocument = "invalid-document"
    case failedExample = "failed-example"
  }
  package let code: Code
  package let place: ConfigurationPlace
  package let problem: String
  package let remedy: String

  package init(code: Code, place: ConfigurationPlace, problem: String, remedy: String) {
    self.code = code
    self.place = place
    self.problem = problem
    self.remedy = remedy
  }

  package var description: String { "\(place): \(problem); \(remedy)" }
}
