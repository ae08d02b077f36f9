/// Somebody who has everything that was published, knows how it was made, and has all the time.
// SPDX-License-Identifier: Apache-2.0
import Referrals
import Statistics

/// One true state of the world and what is published of it, tables one after another.
struct World {
  /// Numbers of each table, the number of members first.
  let truth: [[Int]]
  /// The same as published; nil: not told.
  let published: [[Int?]]
}

enum Attacker {
  /// Groups, cells and what is outside them, that are told of although they are small, or that
  /// are not told and yet cannot have every size below the threshold.
  ///
  /// Of every world that he can think of he keeps those that would be published as he sees it. What
  /// a cell has in them is all that he knows of it.
  static func weakCells(_ worlds: [World], threshold: Int) -> Int {
    var seen: [[Int?]: [Int: Set<Int>]] = [:]
    for world in worlds {
      let key = world.published.flatMap { $0 }
      for (place, group) in world.truth.flatMap(groups).enumerated() {
        seen[key, default: [:]][place, default: []].insert(group)
      }
    }
    let open = Set(0..<threshold)
    return seen.values.reduce(0) { weak, groups in
      weak + groups.values.filter { !$0.isSuperset(of: open) && ($0.min() ?? 0) < threshold }.count
    }
  }

  /// The members of a table, of each cell, and those outside it.
  private static func groups(_ table: [Int]) -> [Int] {
    table + table.dropFirst().map { table[0] - $0 }
  }

  /// Every way to spread at most `members` over so many cells.
  static func spreads(of members: Int, over cells: Int) -> [[Int]] {
    guard cells > 0 else { return [[]] }
    return (0...members).flatMap { first in
      spreads(of: members - first, over: cells - 1).map { [first] + $0 }
    }
  }
}

extension ToldTable {
  /// The number of members, then the cells.
  func numbers(cells: Int) -> [Int?] {
    switch content {
    case .withheld: [Int?](repeating: nil, count: cells + 1)
    case .cells(let total, let told): [total] + told
    }
  }
}

/// What is published of a table with a total: nil for nothing at all.
typealias Publishing = (_ counts: [Int], _ threshold: Int) -> [Int?]

func asPublished(_ counts: [Int], _ threshold: Int) -> [Int?] {
  let tally = Tally(
    table: .personsByGender, members: counts.reduce(0, +), counts: counts)
  return Suppression.told(tally, threshold: threshold).numbers(cells: counts.count)
}

/// The fault: only what is small is held back.
func withoutGivingUp(_ counts: [Int], _ threshold: Int) -> [Int?] {
  let members = counts.reduce(0, +)
  guard members >= threshold else { return [Int?](repeating: nil, count: counts.count + 1) }
  return [members] + counts.map { $0 < threshold ? nil : $0 }
}

/// The rule of many handbooks: the smallest other cells are given up, until the sum and the number
/// of those held back are enough.
func smallestFirst(_ counts: [Int], _ threshold: Int) -> [Int?] {
  let members = counts.reduce(0, +)
  guard members >= threshold else { return [Int?](repeating: nil, count: counts.count + 1) }
  var held = Set(counts.indices.filter { counts[$0] < threshold })
  let others = counts.indices.filter { !held.contains($0) }.sorted { counts[$0] < counts[$1] }
  for other in others where !held.isEmpty {
    let sum = held.reduce(0) { $0 + counts[$1] }
    if held.count >= 2, sum >= threshold { break }
    held.insert(other)
  }
  return [members] + counts.indices.map { held.contains($0) ? nil : counts[$0] }
}
