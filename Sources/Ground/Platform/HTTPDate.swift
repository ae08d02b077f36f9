/// The Date field of HTTP: RFC 9110, section 5.6.7, in the one form that may be sent.
// SPDX-License-Identifier: Apache-2.0

extension Instant {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT"; milliseconds are cut.
  package var httpDate: String {
    let day = Int(startOfDay.seconds / 86_400)
    let date = CivilDate(daysSince1970: day)
    let weekday = Instant.days[((day % 7) + 7) % 7]
    let text = Instant(seconds: seconds).description
    let time = text.dropFirst(text.utf8.count - 9).dropLast()
    let number = date.day < 10 ? "0\(date.day)" : "\(date.day)"
    return "\(weekday), \(number) \(Instant.months[date.month - 1]) \(date.year) \(time) GMT"
  }

  /// Reads IMF-fixdate and none of the obsolete forms. The name of the day is not compared.
  package init?(httpDate text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0].utf8.count == 4, parts[0].hasSuffix(","), parts[5] == "GMT",
      Instant.days.contains(String(parts[0].dropLast())),
      let month = Instant.months.firstIndex(of: String(parts[2]))
    else { return nil }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    self.init(rfc3339: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
  }
}
