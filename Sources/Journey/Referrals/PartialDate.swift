/// Dates that are only partly known: the subset of EDTF level 1 of docs/rules.md.
// SPDX-License-Identifier: Apache-2.0
package import Platform

/// The first and the last day that a partial date can mean.
package struct DateRange: Sendable, Equatable {
  package let earliest: CivilDate
  package let latest: CivilDate

  /// "2009", "2009-XX-XX", "2009-05", "2009-05-17", "200X", "20XX", with a closing "?", "~" or "%".
  package init?(partial text: String) {
    var body = Substring(text)
    if let last = body.last, "?~%".contains(last) { body = body.dropLast() }
    // Int reads a sign, which no date has.
    guard body.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x58 }) else {
      return nil
    }
    let parts = body.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count), let years = DateRange.years(parts[0]) else { return nil }
    guard parts.count > 1, parts[1] != "XX" else {
      guard parts.count < 3 || parts[2] == "XX",
        let first = CivilDate(year: years.lowerBound, month: 1, day: 1),
        let last = CivilDate(year: years.upperBound, month: 12, day: 31)
      else { return nil }
      (earliest, latest) = (first, last)
      return
    }
    guard years.count == 1, parts[1].utf8.count == 2, let month = Int(parts[1]),
      (1...12).contains(month)
    else { return nil }
    let year = years.lowerBound
    guard parts.count > 2, parts[2] != "XX" else {
      let end = CivilDate.days(in: month, of: year)
      guard let first = CivilDate(year: year, month: month, day: 1),
        let last = CivilDate(year: year, month: month, day: end)
      else { return nil }
      (earliest, latest) = (first, last)
      return
    }
    guard parts[2].utf8.count == 2, let day = Int(parts[2]),
      let exact = CivilDate(year: year, month: month, day: day)
    else { return nil }
    (earliest, latest) = (exact, exact)
  }

  private static func years(_ text: Substring) -> ClosedRange<Int>? {
    guard text.utf8.count == 4 else { return nil }
    let unknown = text.utf8.reversed().prefix { $0 == UInt8(ascii: "X") }.count
    guard unknown <= 2, let known = Int(text.dropLast(unknown)) else { return nil }
    let span = [1, 10, 100][unknown]
    return known * span...known * span + span - 1
  }
}
