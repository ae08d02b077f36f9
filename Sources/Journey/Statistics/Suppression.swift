/// Which numbers may be told, so that nobody can work out one that may not (docs/statistics.md).
// SPDX-License-Identifier: Apache-2.0
package import Referrals

/// One table as a partner gets it. Which cell was small and which was given up for it is not said.
package struct ToldTable: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    /// Fewer members than the threshold in all: nothing of the table.
    case withheld
    /// A number or nil for each of the table's codes; no total where cells overlap.
    case cells(total: Int?, [Int?])
  }
  package let table: StatisticsTable
  package let content: Content
}

package enum Suppression {
  /// The threshold holds for every number, none included: 0 is held back like 1.
  ///
  /// Of a table with a total the suppressed cells have a sum that anybody can compute. So once one
  /// is held back, the last `givenUpCells` of the table are too, small or not, and further ones
  /// from the end until the sum reaches the threshold. The order never depends on numbers: to
  /// whoever knows this code, every suppressed cell may still be anything from 0 to below the
  /// threshold, because what it lacks may stand in a cell that is given up.
  package static func told(
    _ tally: Tally, threshold: Int = StatisticsLimits.smallestGroupMembers
  ) -> ToldTable {
    guard tally.members >= threshold else {
      return ToldTable(table: tally.table, content: .withheld)
    }
    if tally.table.cellsOverlap {
      return ToldTable(
        table: tally.table,
        content: .cells(
          total: nil,
          tally.counts.map { count in
            // Another table tells the whole, and so how many are not in the cell.
            min(count, tally.members - count) < threshold ? nil : count
          }))
    }
    return ToldTable(
      table: tally.table,
      content: .cells(total: tally.members, cells(tally.counts, threshold)))
  }

  private static func cells(_ counts: [Int], _ threshold: Int) -> [Int?] {
    let small = Set(counts.indices.filter { counts[$0] < threshold })
    guard !small.isEmpty else { return counts }
    var held = small
    for (given, index) in counts.indices.reversed().enumerated() {
      let sum = held.reduce(0) { $0 + counts[$1] }
      if given >= StatisticsLimits.givenUpCells, sum >= threshold { break }
      held.insert(index)
    }
    return counts.indices.map { held.contains($0) ? nil : counts[$0] }
  }
}
