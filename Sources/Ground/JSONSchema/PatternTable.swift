/// The automaton of a pattern made deterministic, where that stays small: one look-up a character.
// SPDX-License-Identifier: Apache-2.0

/// Each state stands for a set of states of the pattern's own automaton (Rabin and Scott 1959).
/// The patterns of schemas are short and asked for every text, so nearly all of them have one;
/// those with counts over long choices do not, and are matched by the automaton itself.
struct PatternTable: Sendable {
  private static let dead: UInt16 = .max
  private static let found: UInt8 = 1, foundAtEnd: UInt8 = 2

  private let sets: [CharacterClass]
  /// For U+0000 to U+007F the column; the others are looked up by what their sets say.
  private let columns: [UInt8]
  /// For each column which of the sets have its characters, a bit for each.
  private let memberships: [UInt64]
  /// By state and column.
  private var following: [UInt16] = []
  private var verdicts: [UInt8] = []

  /// Nil where the table would be large.
  init?(_ automaton: PatternAutomaton) {
    guard automaton.sets.count <= 64, automaton.stateCount <= SchemaLimits.patternTableStates * 4
    else { return nil }
    sets = automaton.sets
    let all = (UInt32(0)..<128).map { code in
      Unicode.Scalar(code).map { PatternTable.membership($0, in: automaton.sets) } ?? 0
    }
    // A column for what no set has, whether or not ASCII has such a character.
    var memberships: [UInt64] = [0]
    for membership in all where !memberships.contains(membership) {
      memberships.append(membership)
    }
    // Characters beyond ASCII may be in other sets together than any ASCII character is.
    for index in automaton.sets.indices where !memberships.contains(1 << UInt64(index)) {
      memberships.append(1 << UInt64(index))
    }
    guard memberships.count <= SchemaLimits.patternTableColumns else { return nil }
    self.memberships = memberships
    columns = all.map { UInt8(memberships.firstIndex(of: $0) ?? 0) }
    guard build(automaton) else { return nil }
  }

  private static func membership(_ scalar: Unicode.Scalar, in sets: [CharacterClass]) -> UInt64 {
    var bits: UInt64 = 0
    for (index, set) in sets.enumerated() where set.contains(scalar) { bits |= 1 << UInt64(index) }
    return bits
  }

  private mutating func build(_ automaton: PatternAutomaton) -> Bool {
    var known: [[Int]: UInt16] = [:]
    var entries = [automaton.position([automaton.first], isStart: true)]
    var built = 0
    while built < entries.count {
      let entry = entries[built]
      built += 1
      let atEnd = entry.isMatchAtEnd ? PatternTable.foundAtEnd : 0
      verdicts.append(entry.isMatch ? PatternTable.found | atEnd : atEnd)
      for membership in memberships {
        let open = automaton.step(entry.waiting, over: membership)
        guard !open.isEmpty, !entry.isMatch else {
          following.append(PatternTable.dead)
          continue
        }
        if known[open] == nil {
          guard entries.count < SchemaLimits.patternTableStates else { return false }
          known[open] = UInt16(entries.count)
          entries.append(automaton.position(open, isStart: false))
        }
        following.append(known[open] ?? PatternTable.dead)
      }
    }
    return true
  }

  /// Nil where a character beyond ASCII is in sets that no column stands for.
  func matches(_ text: String) -> Bool? {
    let octets = text.utf8Span.span
    var (at, state) = (0, 0)
    while verdicts[state] & PatternTable.found == 0 {
      guard at < octets.count else { return verdicts[state] & PatternTable.foundAtEnd != 0 }
      let column: Int
      if octets[at] < 0x80 {
        column = Int(columns[Int(octets[at])])
        at += 1
      } else {
        let scalar = PatternTable.scalar(octets, &at)
        let membership = PatternTable.membership(scalar, in: sets)
        guard let found = memberships.firstIndex(of: membership) else { return nil }
        column = found
      }
      let next = following[state * memberships.count + column]
      guard next != PatternTable.dead else { return false }
      state = Int(next)
    }
    return true
  }

  /// A String's octets are well-formed UTF-8.
  private static func scalar(_ octets: borrowing Span<UInt8>, _ at: inout Int) -> Unicode.Scalar {
    let lead = UInt32(octets[at])
    let count = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    var code = lead & (0xFF >> UInt32(count + 1))
    for index in 1..<count { code = code << 6 | UInt32(octets[at + index]) & 0x3F }
    at += count
    return Unicode.Scalar(code) ?? "\u{FFFD}"
  }
}
