/// "Did you mean": the nearest of a list of names to a mistyped one.
// SPDX-License-Identifier: Apache-2.0

package enum Spelling {
  /// The candidate with the fewest edits, at most a third of its length; ties by order. Nil when
  /// none is near, or when the word is too long to be a slip.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    guard word.utf8.count <= wordOctets else { return nil }
    var best: (name: String, edits: Int)?
    for candidate in candidates {
      let edits = distance(Array(word.utf8), Array(candidate.utf8))
      guard edits <= max(1, candidate.utf8.count / 3), edits < best?.edits ?? Int.max else {
        continue
      }
      best = (candidate, edits)
    }
    return best?.name
  }

  private static let wordOctets = 64

  /// Optimal string alignment: insert, delete, replace, swap neighbours.
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var edits = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          edits = min(edits, beforeLast[j - 1] + 1)
        }
        row.append(edits)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
