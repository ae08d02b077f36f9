/// Finds the policy line for a place in the referral: the longest pattern wins, an index beats "*".
// SPDX-License-Identifier: Apache-2.0
import JSON
package import Register

/// The field rules of one policy at one detail level, by path.
package struct PatternTree: Sendable {
  private struct Node: Sendable {
    var children: [String: Int] = [:]
    var any: Int?
    var rule: Policy.FieldRule?
  }
  private var nodes = [Node()]

  package init(_ rules: [Policy.FieldRule]) {
    for rule in rules {
      var at = 0
      for token in rule.pointer.tokens { at = child(of: at, token) }
      nodes[at].rule = rule
    }
  }

  private mutating func child(of parent: Int, _ token: String) -> Int {
    if let known = token == "*" ? nodes[parent].any : nodes[parent].children[token] {
      return known
    }
    nodes.append(Node())
    let made = nodes.count - 1
    if token == "*" { nodes[parent].any = made } else { nodes[parent].children[token] = made }
    return made
  }

  /// Where a walk stands: the nodes that the path so far fits, indices before stars.
  package struct Position: Sendable { fileprivate var active: [Int] }

  package var root: Position { Position(active: [0]) }

  package func step(_ from: Position, _ token: String) -> Position {
    var next: [Int] = []
    for node in from.active {
      if let named = nodes[node].children[token] { next.append(named) }
    }
    guard isIndex(token) else { return Position(active: next) }
    for node in from.active {
      if let any = nodes[node].any { next.append(any) }
    }
    return Position(active: next)
  }

  private func isIndex(_ token: String) -> Bool {
    token.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// The rule that stands exactly here; nil leaves the rule of the place above in force.
  package func rule(at position: Position) -> Policy.FieldRule? {
    position.active.lazy.compactMap { nodes[$0].rule }.first
  }
}
