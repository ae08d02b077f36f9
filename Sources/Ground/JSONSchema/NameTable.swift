/// Names that a schema lists, each with a number, found by code points.
// SPDX-License-Identifier: Apache-2.0

import JSON

/// A Dictionary spends more on its keyed hash than on everything else here. The key protects a
/// table whose names somebody else chooses; these stand in the schema, and texts are only looked
/// for, so the longest search is known when the schema is compiled.
final class NameTable: Sendable {
  private let names: [String]
  private let numbers: [Int]
  /// Open addressing: 1 + the index of a name, 0 where there is none; at most half full.
  private let slots: [UInt32]

  /// Of equal names the first counts.
  init(_ entries: [(String, Int)]) {
    var size = 4
    while size < 2 * entries.count { size *= 2 }
    var slots = [UInt32](repeating: 0, count: size)
    for (index, entry) in entries.enumerated() {
      var at = NameTable.hash(entry.0) & (size - 1)
      while slots[at] != 0 { at = (at + 1) & (size - 1) }
      slots[at] = UInt32(index + 1)
    }
    names = entries.map(\.0)
    numbers = entries.map(\.1)
    self.slots = slots
  }

  func number(of name: String) -> Int? {
    var at = NameTable.hash(name) & (slots.count - 1)
    while slots[at] != 0 {
      let index = Int(slots[at]) - 1
      if ExactText.same(names[index], name) { return numbers[index] }
      at = (at + 1) & (slots.count - 1)
    }
    return nil
  }

  /// FNV-1a.
  private static func hash(_ name: String) -> Int {
    let octets = name.utf8Span.span
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for i in 0..<octets.count { hash = (hash ^ UInt64(octets[i])) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash >> 16)
  }
}
