/// [statistics]: in a policy the tables that go, in a partner's file the versions that it takes.
// SPDX-License-Identifier: Apache-2.0
import Referrals

enum StatisticsSection {
  /// Nil without the section, or after saying what is wrong with it.
  static func read(_ root: Section) -> Policy.Statistics? {
    guard root.has("statistics"),
      let section = root.section("statistics", keys: ["tables", "legal_basis"])
    else { return nil }
    let named = section.words("tables", as: StatisticsTable.self)
    if named.isEmpty, section.has("tables") {
      section.refuse(
        "tables", section.place(of: "tables"), "is empty",
        "name a table, or remove [statistics]")
    }
    let basis = section.texts("legal_basis")
    if let basis, basis.value.isEmpty {
      section.refuse("legal_basis", basis.place, "is empty", "name the provision and its day")
    }
    guard let basis, !named.isEmpty else { return nil }
    let tables = Set(named.map(\.value))
    return Policy.Statistics(
      tables: StatisticsTable.allCases.filter(tables.contains),
      legalBasis: basis.value.map(\.value))
  }

  /// Nil for a partner that takes no statistics.
  static func versions(_ root: Section) -> ClosedRange<SchemaVersion>? {
    root.has("statistics") ? PartnerSections.versions(root, "statistics") : nil
  }
}
