/// The part of a comparison that is about fields: what goes that did not, and the other way round.
// SPDX-License-Identifier: Apache-2.0
import Referrals
import Register

extension PolicyDiff {
  /// What becomes of a field on one side.
  private struct Fate: Hashable {
    let effect: Decision.Effect
    let action: FieldAction?
    let rule: String?

    static let nothing = Fate(effect: .removed, action: nil, rule: nil)

    var words: String {
      let by = rule.map { " by \($0)" } ?? ""
      return switch effect {
      case .disclosed: "whole\(by)"
      case .generalised: "only as \(action?.rawValue ?? "something coarser")\(by)"
      case .removed: rule == nil ? "not at all" : "not\(by)"
      }
    }

    var weight: Int {
      switch effect {
      case .removed: 0
      case .generalised: 1
      case .disclosed: 2
      }
    }
  }

  private struct Pair: Hashable {
    let before: Fate
    let after: Fate
  }

  /// One sentence for each group of fields that share their fate before and after.
  func fields(_ code: String, from old: Side?, to new: Side) -> [PolicyChange] {
    let levels: [DetailLevel] = [.full, .pseudonymised, .deidentified]
    return levels.filter { level in
      new.levels.contains(level) || old?.levels.contains(level) == true
    }.flatMap { level -> [PolicyChange] in
      let (before, after) = (decide(old, at: level), decide(new, at: level))
      var pairs: [Pair] = []
      var paths: [Pair: Set<[String]>] = [:]
      for field in model.fields {
        let pair = Pair(before: before(field), after: after(field))
        // Another line with the same outcome is not a change for anybody.
        guard pair.before.effect != pair.after.effect || pair.before.action != pair.after.action,
          pair.before.weight + pair.after.weight > 0
        else { continue }
        if paths[pair] == nil { pairs.append(pair) }
        paths[pair, default: []].insert(field.path)
      }
      return pairs.flatMap { pair -> [PolicyChange] in
        widest(paths[pair] ?? [], among: model.fields.map(\.path)).map { path in
          PolicyChange(
            partner: code,
            direction: pair.after.weight > pair.before.weight
              ? .more : pair.after.weight < pair.before.weight ? .less : .other,
            text: "\(whom(level, old, new)): /\(path.joined(separator: "/")) goes "
              + "\(pair.after.words) (before: \(pair.before.words))")
        }
      }
    }
  }

  private func decide(_ side: Side?, at level: DetailLevel) -> (ReferralModel.Field) -> Fate {
    guard let side, side.levels.contains(level) else { return { _ in .nothing } }
    let decisions = Decisions(side.policy, at: level)
    let kinds = side.policy.kinds
    return { field in
      guard model.has(field.group, in: kinds) else { return .nothing }
      let decision = decisions.decision(on: field)
      let action = decision.effect == .generalised ? decision.line?.action : nil
      return Fate(effect: decision.effect, action: action, rule: decision.line?.rule)
    }
  }

  /// Whose data a level is about.
  private func whom(_ level: DetailLevel, _ old: Side?, _ new: Side) -> String {
    let asks = new.levels.count > 1 || (old?.levels.count ?? 0) > 1
    guard asks else { return "of everybody" }
    return level == .deidentified ? "where consent is missing" : "of persons who consented"
  }
}
