/// Who sees what, as one table: groups of fields against partners.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
package import Platform
package import Referrals
package import Register

package struct DisclosureTable: Sendable {
  package enum Cell: String, Sendable {
    case whole = "yes"
    /// Some fields of the group, or some coarser.
    case part
    case coarse
    case nothing = "–"
  }
  package struct Column: Sendable {
    package let partner: String
    package let level: DetailLevel
    /// Whether consent decides between this column and another of the same partner.
    package let hangsOnConsent: Bool

    package var title: String {
      guard hangsOnConsent else { return "`\(partner)`" }
      return "`\(partner)`, consent " + (level == .deidentified ? "missing" : "given")
    }
  }

  package let columns: [Column]
  package let rows: [(group: FieldGroup, cells: [Cell])]

  /// - Parameter day: the policies in force then.
  package init(_ folder: PolicyFolder, model: ReferralModel, on day: CivilDate) {
    var columns: [Column] = []
    var sides: [(policy: Policy, decisions: Decisions, level: DetailLevel)] = []
    for (code, versions) in folder.policies.sorted(by: { $0.key < $1.key }) {
      guard let policy = versions.inForce(on: day) else { continue }
      let levels = policy.levels(for: folder.addressees[code])
      for level in levels {
        columns.append(Column(partner: code, level: level, hangsOnConsent: levels.count > 1))
        sides.append((policy, Decisions(policy, at: level), level))
      }
    }
    self.columns = columns
    let groups = Dictionary(grouping: model.fields) { FieldGroup.of($0)?.name ?? "" }
    rows = FieldGroup.all.map { group in
      let fields = groups[group.name] ?? []
      return (
        group,
        sides.map { side in
          DisclosureTable.cell(fields, side.policy, side.decisions, side.level, model)
        }
      )
    }
  }

  private static func cell(
    _ fields: [ReferralModel.Field], _ policy: Policy, _ decisions: Decisions,
    _ level: DetailLevel, _ model: ReferralModel
  ) -> Cell {
    // Withdrawals of what a policy gave before have no row.
    guard !policy.kinds.isEmpty else { return .nothing }
    let hidden = HiddenPlaces.always(at: level)
    let effects = fields.filter { model.has($0.group, in: policy.kinds) }.map { field in
      hidden.contains { field.path.starts(with: $0) }
        ? .removed : decisions.decision(on: field).effect
    }
    let going = Set(effects.filter { $0 != .removed })
    if going.isEmpty { return .nothing }
    if going == [.generalised] { return .coarse }
    let isWhole = going == [.disclosed] && !effects.contains(.removed)
    let isNumbers = fields.first?.path.starts(with: ["persons", "*", "identifiers"]) == true
    let known = model.words(at: ["persons", "*", "identifiers", "*", "scheme"])
    return isWhole && !(isNumbers && policy.identifierSchemes.count < known.count) ? .whole : .part
  }

  /// Tables of Markdown, each with at most so many partners.
  package func markdown(columnsAtMost limit: Int = 6) -> String {
    var out = ""
    for start in stride(from: 0, to: columns.count, by: limit) {
      let part = start..<min(start + limit, columns.count)
      if start > 0 { out += "\n" }
      out += "| | " + part.map { columns[$0].title }.joined(separator: " | ") + " |\n"
      out += "|---|" + part.map { _ in "---|" }.joined() + "\n"
      for row in rows {
        let cells = part.map { row.cells[$0].rawValue }
        out += "| \(row.group.name) | " + cells.joined(separator: " | ") + " |\n"
      }
    }
    return out
  }
}
