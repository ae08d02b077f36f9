/// What lint finds by comparing lines with the schema of the document that they would leave.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import Platform
import Referrals
import Register

extension PolicyLint {
  /// Whether a line names a field, and whether the field can bear the action.
  func fit(_ line: Policy.FieldRule, at level: DetailLevel) -> [PolicyFinding] {
    let tokens = line.pointer.tokens
    guard let node = model.submission.at(tokens[...]) else {
      let near = Spelling.nearest(
        to: line.pointer.description, among: model.fields.map(\.pointer))
      return [
        finding(
          .noSuchField, line.place, "no referral has \(line.pointer)",
          near.map { "did you mean \($0)?" } ?? "write a field of schemas/submission")
      ]
    }
    if tokens.contains(where: { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) {
      return [
        finding(
          .contradictory, line.place, "\(line.pointer) names one place of a list",
          "write '*': who or what stands first is chance")
      ]
    }
    guard bears(node, line.action, at: tokens) else {
      return [
        finding(
          .unfitAction, line.place,
          "\(line.pointer) cannot be made coarser by '\(line.action.rawValue)': nothing would go",
          "write \"remove\", or name the date, place, birth or citizenships itself")
      ]
    }
    return forbidden(line, at: level)
  }

  private func bears(_ node: SchemaNode, _ action: FieldAction, at tokens: [String]) -> Bool {
    let isAge = ["birth", "ageEstimate"].map { ["persons", "*", $0] }.contains(tokens)
    switch action {
    case .disclose, .remove: return true
    case .ageBand, .fiveYearBand: return isAge
    case .month, .year:
      if case .leaf(let leaf) = node { return leaf.isDate }
      return false
    case .country, .region:
      if tokens == ["persons", "*", "citizenships"] { return action == .region }
      if case .leaf(let leaf) = node { return leaf.isCountry && action == .country }
      return node.at(["country"]) != nil
    }
  }

  /// A field that the level's schema does not let stand: every document would be refused.
  private func forbidden(_ line: Policy.FieldRule, at level: DetailLevel) -> [PolicyFinding] {
    let decisions = Decisions(policy, at: level)
    let hidden = HiddenPlaces.always(at: level)
    let wrong = fields.filter { field in
      let decision = decisions.decision(on: field)
      guard decision.line?.pointer == line.pointer, decision.effect == .disclosed,
        !hidden.contains(where: { field.path.starts(with: $0) })
      else { return false }
      return model.allowance(of: field, at: level) != .whole
    }
    return widest(Set(wrong.map(\.path)), among: fields.map(\.path)).map { path in
      finding(
        .invalidDocument, line.place,
        "level \(level.rawValue) does not let /\(path.joined(separator: "/")) stand as it is",
        "remove it or make it coarser; see docs/rules.md, detail levels")
    }
  }

  /// What the schema demands wherever a part of its group goes, and of every document.
  func demanded(_ lines: [Policy.FieldRule], at level: DetailLevel) -> [PolicyFinding] {
    let decisions = Decisions(lines)
    let going = fields.filter { decisions.decision(on: $0).effect != .removed }.map(\.path)
    func goes(_ path: [String]) -> Bool { going.contains { $0.starts(with: path) } }
    var wanted: [[String]] = [["handling", "purpose"], ["handling", "legalBasis"]]
    wanted += ["type", "reasonCode", "instruction"].map { ["change", $0] }
    if level != .deidentified { wanted += model.demands(of: policy.kinds) }
    var lacking = wanted.filter { !goes($0) }
    for path in going {
      for length in 1..<path.count {
        let above = Array(path.prefix(length))
        guard decisions.decision(on: .init(path: path)).effect == .disclosed,
          case .object(_, let required) = model.document.at(above[...])
        else { continue }
        lacking += required.sorted().map { above + [$0] }.filter { !goes($0) }
      }
    }
    var seen: Set<[String]> = []
    return lacking.filter { isOfTheReferral($0) && seen.insert($0).inserted }.map { path in
      finding(
        .invalidDocument, lines[0].place,
        "a document of level \(level.rawValue) lacks /\(path.joined(separator: "/"))",
        "disclose it, or remove what it belongs to: the schema demands it")
    }
  }

  /// Not a member that the gateway writes itself.
  private func isOfTheReferral(_ path: [String]) -> Bool {
    path.first != "header" && model.submission.at(path[...]) != nil
  }
}
