/// A moment in milliseconds since 1970-01-01T00:00:00Z, and its RFC 3339 form.
// SPDX-License-Identifier: Apache-2.0
import Glibc

package struct Instant: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }
  package init(seconds: Int64) { milliseconds = seconds * 1000 }

  package var seconds: Int64 {
    milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
  }

  package static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }
  package func adding(milliseconds: Int64) -> Instant {
    Instant(milliseconds: self.milliseconds + milliseconds)
  }
  package func adding(seconds: Int64) -> Instant { adding(milliseconds: seconds * 1000) }
  /// Milliseconds from `earlier` to this moment.
  package func since(_ earlier: Instant) -> Int64 { milliseconds - earlier.milliseconds }

  package var startOfDay: Instant { floored(to: 86_400) }
  package var startOfHour: Instant { floored(to: 3_600) }
  private func floored(to unit: Int64) -> Instant {
    let s = seconds
    let remainder = ((s % unit) + unit) % unit
    return Instant(seconds: s - remainder)
  }

  /// RFC 3339 in UTC with "T" and "Z"; milliseconds only where there are some.
  package var description: String {
    let s = seconds
    let fraction = Int(milliseconds - s * 1000)
    let day = (s - (((s % 86_400) + 86_400) % 86_400)) / 86_400
    let inDay = Int(s - day * 86_400)
    let date = CivilDate(daysSince1970: Int(day))
    var text = "\(date)T\(two(inDay / 3600)):\(two(inDay / 60 % 60)):\(two(inDay % 60))"
    if fraction != 0 { text += "." + (fraction < 100 ? "0" : "") + two(fraction) }
    return text + "Z"
  }

  /// Reads RFC 3339, section 5.6: real calendar dates only, leap second 60 read as 59, offset kept
  /// in the moment; digits beyond milliseconds are cut.
  package init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 40 else { return nil }
    func number(_ at: Int, _ count: Int) -> Int? {
      guard at + count <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[at..<at + count] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    let letters: [(Int, [UInt8])] = [
      (4, [0x2D]), (7, [0x2D]), (10, [0x54, 0x74]), (13, [0x3A]), (16, [0x3A]),
    ]
    for (at, allowed) in letters where !allowed.contains(bytes[at]) { return nil }
    guard let year = number(0, 4), let month = number(5, 2), let dayOfMonth = number(8, 2),
      let date = CivilDate(year: year, month: month, day: dayOfMonth),
      let hour = number(11, 2), hour < 24, let minute = number(14, 2), minute < 60,
      let second = number(17, 2), second < 61
    else { return nil }
    var at = 19
    var milliseconds: Int64 = 0
    if bytes[at] == 0x2E {
      let start = at + 1
      at = start
      var scale: Int64 = 100
      while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 {
        milliseconds += Int64(bytes[at] - 0x30) * scale
        scale /= 10
        at += 1
      }
      guard at > start else { return nil }
    }
    guard at < bytes.count else { return nil }
    var offset = 0
    switch bytes[at] {
    case 0x5A, 0x7A:
      guard at + 1 == bytes.count else { return nil }
    case 0x2B, 0x2D:
      guard at + 6 == bytes.count, bytes[at + 3] == 0x3A, let h = number(at + 1, 2), h < 24,
        let m = number(at + 4, 2), m < 60
      else { return nil }
      offset = (h * 60 + m) * (bytes[at] == 0x2B ? 60 : -60)
    default: return nil
    }
    let inDay = hour * 3600 + minute * 60 + min(second, 59) - offset
    self.milliseconds = (Int64(date.daysSince1970) * 86_400 + Int64(inDay)) * 1000 + milliseconds
  }
}

/// A day of the proleptic Gregorian calendar.
package struct CivilDate: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let year: Int, month: Int, day: Int

  /// Nil for a day that the calendar does not have.
  package init?(year: Int, month: Int, day: Int) {
    guard (1...12).contains(month), day >= 1, day <= CivilDate.days(in: month, of: year) else {
      return nil
    }
    self.year = year
    self.month = month
    self.day = day
  }

  /// "YYYY-MM-DD".
  package init?(iso text: String) {
    let parts = text.utf8.split(separator: 0x2D, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
      parts.allSatisfy({ $0.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }),
      let y = Int(Substring(parts[0])), let m = Int(Substring(parts[1])),
      let d = Int(Substring(parts[2]))
    else { return nil }
    self.init(year: y, month: m, day: d)
  }

  // Days-to-civil by eras of 400 years (the public-domain method of chrono-compatible calendars).
  package init(daysSince1970 days: Int) {
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shifted + 2) / 5 + 1
    month = shifted < 10 ? shifted + 3 : shifted - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  package var daysSince1970: Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  package func adding(days: Int) -> CivilDate { CivilDate(daysSince1970: daysSince1970 + days) }

  /// The same day of a later month, or that month's last day.
  package func adding(months: Int) -> CivilDate {
    let all = year * 12 + month - 1 + months
    let (newYear, newMonth) = (all / 12, all % 12 + 1)
    let newDay = min(day, CivilDate.days(in: newMonth, of: newYear))
    return CivilDate(year: newYear, month: newMonth, day: newDay) ?? self
  }

  package static func days(in month: Int, of year: Int) -> Int {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  package static func < (a: CivilDate, b: CivilDate) -> Bool {
    (a.year, a.month, a.day) < (b.year, b.month, b.day)
  }

  package var description: String {
    let digits = String(year)
    let zeros = String(repeating: "0", count: max(0, 4 - digits.utf8.count))
    return "\(zeros)\(digits)-\(two(month))-\(two(day))"
  }
}

private func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }

/// The machine's clocks. Read in Gateway, Commands and Partner only.
package enum SystemClock {
  package static func now() -> Instant {
    var t = timespec()
    clock_gettime(CLOCK_REALTIME, &t)
    return Instant(milliseconds: Int64(t.tv_sec) * 1000 + Int64(t.tv_nsec) / 1_000_000)
  }
  /// Nanoseconds that a step of the wall clock does not touch.
  package static func monotonicNanoseconds() -> Int64 {
    var t = timespec()
    clock_gettime(CLOCK_MONOTONIC, &t)
    return Int64(t.tv_sec) * 1_000_000_000 + Int64(t.tv_nsec)
  }
}
