/// A disclosure preview made short: equal places of list elements are one row.
// SPDX-License-Identifier: Apache-2.0
import JSON

struct EffectSummary {
  struct Row: Hashable {
    /// "/participants/*/name": an index of a list became an asterisk.
    let place: String
    let effect: String
    let rule: String
    /// Why it stays or is made coarser; "-" for what goes whole.
    let reason: String
  }

  /// In the order of the document.
  private(set) var rows: [(row: Row, count: Int)] = []
  /// How many fields per effect, in the order of first appearance.
  private(set) var totals: [(effect: String, count: Int)] = []

  init(_ lines: [JSONValue]) {
    var places: [Row: Int] = [:]
    for line in lines {
      let effect = line.word("effect")
      let row = Row(
        place: EffectSummary.pattern(line["pointer"]?.text ?? ""), effect: effect,
        rule: line.word("rule"), reason: effect == "disclosed" ? "-" : line.word("reason"))
      if let place = places[row] {
        rows[place].count += 1
      } else {
        places[row] = rows.count
        rows.append((row, 1))
      }
      if let place = totals.firstIndex(where: { $0.effect == row.effect }) {
        totals[place].count += 1
      } else {
        totals.append((row.effect, 1))
      }
    }
  }

  private static func pattern(_ pointer: String) -> String {
    if pointer.isEmpty { return "(whole)" }
    return pointer.split(separator: "/", omittingEmptySubsequences: false).map { token in
      let isIndex = !token.isEmpty && token.utf8.allSatisfy { (0x30...0x39).contains($0) }
      return isIndex ? "*" : String(token)
    }.joined(separator: "/")
  }
}
