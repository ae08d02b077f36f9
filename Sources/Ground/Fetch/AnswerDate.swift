/// The clock of whoever answered: the Date field (RFC 9110, section 6.6.1).
// SPDX-License-Identifier: Apache-2.0
package import Platform

extension FetchAnswer {
  /// Nil without a single Date field in the form that senders must use.
  package var date: Instant? {
    let values = values(of: "date")
    return values.count == 1 ? AnswerDate.read(values[0]) : nil
  }
}

enum AnswerDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT" (section 5.6.7); the day's name is not checked.
  static func read(_ text: String) -> Instant? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 6, words[0].utf8.count == 4, words[0].hasSuffix(","), words[5] == "GMT",
      let month = months.firstIndex(of: words[2]), words[1].utf8.count == 2,
      words[3].utf8.count == 4
    else { return nil }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    return Instant(rfc3339: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
  }
}
