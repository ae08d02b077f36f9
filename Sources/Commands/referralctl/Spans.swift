/// Spans and moments as people type them: "90", "60s", "2h", "3d", or a whole RFC 3339 time.
// SPDX-License-Identifier: Apache-2.0
import Platform

enum Spans {
  /// Seconds; a bare number counts as seconds. Nil for anything else and for over 100 years.
  static func seconds(_ text: String) -> Int64? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    guard let last = text.last else { return nil }
    let unit = units[last]
    let digits = unit == nil ? text[...] : text.dropLast()
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let count = Int64(digits), count <= 3_155_760_000 / (unit ?? 1)
    else { return nil }
    return count * (unit ?? 1)
  }

  /// RFC 3339, or so long before `now`; that needs its unit.
  static func moment(_ text: String, before now: Instant) -> Instant? {
    if let absolute = Instant(rfc3339: text) { return absolute }
    guard text.last?.isLetter == true else { return nil }
    return seconds(text).map { now.adding(seconds: -$0) }
  }

  /// "12 s", "3 min", "5 h" or "9 d", rounded down.
  static func words(seconds: Int64) -> String {
    switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7_200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3_600) h"
    default: "\(seconds / 86_400) d"
    }
  }
}
