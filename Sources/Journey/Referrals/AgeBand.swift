/// Bands of ages: coarse enough to be told where a birth date is not.
// SPDX-License-Identifier: Apache-2.0

/// The age bands of docs/rules.md.
package enum AgeBand: String, CaseIterable {
  case under12 = "<12"
  case from12 = "12-15"
  case from16 = "16-17"
  case from18 = "18-25"
  case from26 = "26-40"
  case over40 = ">40"

  /// The band that holds the whole range; nil where the range spans two.
  package init?(_ age: ClosedRange<Int>) {
    let band = AgeBand(age.lowerBound)
    guard band == AgeBand(age.upperBound) else { return nil }
    self = band
  }

  private init(_ years: Int) {
    switch years {
    case ..<12: self = .under12
    case ..<16: self = .from12
    case ..<18: self = .from16
    case ..<26: self = .from18
    case ...40: self = .from26
    default: self = .over40  // OPEN: integers
    }
  }
}
