/// The only period that a batch covers: one quarter of the calendar, in UTC.
// SPDX-License-Identifier: Apache-2.0
package import Platform

package struct Quarter: Sendable, Hashable, CustomStringConvertible {
  package let year: Int
  /// 1 to 4.
  package let number: Int

  /// "2026-Q3"; years from 2000 to 2999.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x51 }),
      parts[1].hasPrefix("Q"), let year = Int(parts[0]), (2000...2999).contains(year),
      let number = Int(parts[1].dropFirst()), (1...4).contains(number)
    else { return nil }
    self.year = year
    self.number = number
  }

  package var description: String { "\(year)-Q\(number)" }

  /// Its first moment.
  package var start: Instant { Quarter.firstDay(year, number * 3 - 2) }

  /// The first moment after it.
  package var end: Instant {
    number == 4 ? Quarter.firstDay(year + 1, 1) : Quarter.firstDay(year, number * 3 + 1)
  }

  package func isOver(at now: Instant) -> Bool { now >= end }

  private static func firstDay(_ year: Int, _ month: Int) -> Instant {
    let days = CivilDate(year: year, month: month, day: 1)?.daysSince1970 ?? 0
    return Instant(seconds: Int64(days) * 86_400)
  }
}
