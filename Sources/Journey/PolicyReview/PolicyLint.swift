/// Reads a policy as a careful colleague would: lines without effect, contradictions, gaps.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import Referrals
package import Register

package struct PolicyLint {
  let policy: Policy
  /// Nil where the partner's file is not there; what depends on it is then not judged.
  let partner: Addressee?
  let model: ReferralModel

  package init(_ policy: Policy, for partner: Addressee?, model: ReferralModel) {
    self.policy = policy
    self.partner = partner
    self.model = model
  }

  /// In the order of the file; empty for a policy in which nothing is wrong.
  package func findings() -> [PolicyFinding] {
    var all = words() + agreement() + tables()
    for (name, lines, level) in named {
      all += duplicates(lines, name)
      for line in lines { all += fit(line, at: level) }
      guard levels.contains(level), !lines.isEmpty else { continue }
      all += unreachable(lines, name, at: level) + missing(lines, name, at: level)
      all += demanded(lines, at: level)
    }
    return all.sorted { $0.place < $1.place }
  }

  var levels: [DetailLevel] { policy.levels(for: partner) }

  var named: [(name: String, lines: [Policy.FieldRule], level: DetailLevel)] {
    [
      ("field", policy.fields, .full), ("pseudonymised", policy.pseudonymised, .pseudonymised),
      ("deidentified", policy.deidentified, .deidentified),
    ]
  }

  /// Fields that a referral of the agreed kinds can have.
  var fields: [ReferralModel.Field] {
    model.fields.filter { model.has($0.group, in: policy.kinds) }
  }

  func finding(
    _ code: PolicyFinding.Code, _ place: ConfigurationPlace, _ problem: String, _ remedy: String
  ) -> PolicyFinding {
    PolicyFinding(code: code, place: place, problem: problem, remedy: remedy)
  }

  /// Two lines for one place are refused when the file is read; here two lines of one name, by
  /// which a report could mean either.
  private func duplicates(_ lines: [Policy.FieldRule], _ name: String) -> [PolicyFinding] {
    lines.enumerated().compactMap { index, line in
      let others = named.flatMap { table in
        table.name == name ? Array(lines[..<index]) : table.name < name ? table.lines : []
      }
      guard let other = others.first(where: { $0.rule == line.rule }) else { return nil }
      return finding(
        .duplicate, line.place, "rule '\(line.rule)' names two lines",
        "the other stands at \(other.place); give each its own id")
    }
  }

  /// Lines that decide about nothing, because longer ones do or no kind has the field.
  private func unreachable(
    _ lines: [Policy.FieldRule], _ name: String, at level: DetailLevel
  ) -> [PolicyFinding] {
    let decisions = Decisions(lines)
    let deciding = Set(fields.compactMap { decisions.decision(on: $0).line?.pointer })
    return lines.compactMap { line in
      // A whole group withheld says what becomes of fields that a later version adds.
      let isGuard = line.action == .remove && line.pointer.tokens.count == 1
      guard model.submission.at(line.pointer.tokens[...]) != nil else { return nil }
      guard model.has(line.pointer.tokens[0], in: policy.kinds) else {
        return finding(
          .unreachable, line.place,
          "no kind of this policy has '/\(line.pointer.tokens[0])'", "remove the line")
      }
      guard !isGuard, !deciding.contains(line.pointer) else { return nil }
      return finding(
        .unreachable, line.place, "[[\(name)]] \(line.pointer) never decides",
        "other lines decide about every field at or below it; remove one or the other")
    }
  }

  private func missing(
    _ lines: [Policy.FieldRule], _ name: String, at level: DetailLevel
  ) -> [PolicyFinding] {
    let decisions = Decisions(lines)
    let silent = Set(
      fields.filter { decisions.decision(on: $0).line == nil }.map(\.path))
    let hidden = HiddenPlaces.always(at: level)
    let open = silent.filter { path in !hidden.contains { path.starts(with: $0) } }
    return widest(open, among: fields.map(\.path)).map { path in
      let pointer = "/" + path.joined(separator: "/")
      return finding(
        .missing, lines[0].place, "no [[\(name)]] line names \(pointer)",
        "say whether it goes: add pointer = \"\(pointer)\" with action, rule and reason")
    }
  }
}

/// The fewest paths that cover `chosen` and no other of `all`, in the order of `all`.
func widest(_ chosen: Set<[String]>, among all: [[String]]) -> [[String]] {
  var found: [[String]] = []
  for path in all where chosen.contains(path) && !found.contains(where: path.starts(with:)) {
    var length = path.count
    while length > 1,
      all.allSatisfy({ !$0.starts(with: path.prefix(length - 1)) || chosen.contains($0) })
    {
      length -= 1
    }
    // A list is named by its own pointer, not by that of its elements.
    while length > 1, path[length - 1] == "*" { length -= 1 }
    found.append(Array(path.prefix(length)))
  }
  return found
}
