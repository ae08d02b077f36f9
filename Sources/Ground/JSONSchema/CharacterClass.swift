/// Sets of scalars in a pattern: ranges, general categories, complements.
// SPDX-License-Identifier: Apache-2.0

struct CharacterClass: Sendable, Equatable {
  private(set) var ranges: [ClosedRange<UInt32>] = []
  /// One bit for each general category.
  private(set) var categories: UInt32 = 0
  private var isNegated = false
  /// The answer for U+0000 to U+007F, computed once.
  private(set) var ascii: (UInt64, UInt64) = (0, 0)

  init(_ ranges: [ClosedRange<UInt32>] = [], categories: UInt32 = 0) {
    self.ranges = ranges
    self.categories = categories
  }

  /// Anything but the two line ends, as RFC 9485 has it.
  static let dot = CharacterClass(complement([0x0A...0x0A, 0x0D...0x0D]))
  static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
  static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
  static let space: [ClosedRange<UInt32>] = [
    0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
    0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
  ]

  /// Everything outside of sorted, disjoint ranges.
  static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var (out, next) = ([ClosedRange<UInt32>](), UInt32(0))
    for range in ranges {
      if range.lowerBound > next { out.append(next...(range.lowerBound - 1)) }
      next = range.upperBound + 1
    }
    out.append(next...0x10FFFF)
    return out
  }

  mutating func insert(_ other: CharacterClass) {
    ranges += other.ranges
    categories |= other.categories
  }

  mutating func negate() { isNegated = true }

  /// To be called once all is inserted.
  mutating func seal() {
    for code in UInt32(0)..<128 {
      guard let scalar = Unicode.Scalar(code), contains(scalar) else { continue }
      if code < 64 { ascii.0 |= 1 << UInt64(code) } else { ascii.1 |= 1 << UInt64(code - 64) }
    }
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    for range in ranges where range.contains(scalar.value) { return !isNegated }
    if categories != 0 {
      let bit = GeneralCategories.bit(scalar.properties.generalCategory)
      if categories & bit != 0 { return !isNegated }
    }
    return isNegated
  }

  static func == (a: CharacterClass, b: CharacterClass) -> Bool {
    a.ranges == b.ranges && a.categories == b.categories && a.isNegated == b.isNegated
  }
}

/// The general categories of Unicode as \p{..} names them.
enum GeneralCategories {
  private static let all: [(short: String, long: String, category: Unicode.GeneralCategory)] = [
    ("Lu", "Uppercase_Letter", .uppercaseLetter), ("Ll", "Lowercase_Letter", .lowercaseLetter),
    ("Lt", "Titlecase_Letter", .titlecaseLetter), ("Lm", "Modifier_Letter", .modifierLetter),
    ("Lo", "Other_Letter", .otherLetter), ("Mn", "Nonspacing_Mark", .nonspacingMark),
    ("Mc", "Spacing_Mark", .spacingMark), ("Me", "Enclosing_Mark", .enclosingMark),
    ("Nd", "Decimal_Number", .decimalNumber), ("Nl", "Letter_Number", .letterNumber),
    ("No", "Other_Number", .otherNumber), ("Pc", "Connector_Punctuation", .connectorPunctuation),
    ("Pd", "Dash_Punctuation", .dashPunctuation), ("Ps", "Open_Punctuation", .openPunctuation),
    ("Pe", "Close_Punctuation", .closePunctuation),
    ("Pi", "Initial_Punctuation", .initialPunctuation),
    ("Pf", "Final_Punctuation", .finalPunctuation), ("Po", "Other_Punctuation", .otherPunctuation),
    ("Sm", "Math_Symbol", .mathSymbol), ("Sc", "Currency_Symbol", .currencySymbol),
    ("Sk", "Modifier_Symbol", .modifierSymbol), ("So", "Other_Symbol", .otherSymbol),
    ("Zs", "Space_Separator", .spaceSeparator), ("Zl", "Line_Separator", .lineSeparator),
    ("Zp", "Paragraph_Separator", .paragraphSeparator), ("Cc", "Control", .control),
    ("Cf", "Format", .format), ("Cs", "Surrogate", .surrogate), ("Co", "Private_Use", .privateUse),
    ("Cn", "Unassigned", .unassigned),
  ]
  private static let groups = [
    "Letter": "L", "Mark": "M", "Number": "N", "Punctuation": "P", "Symbol": "S",
    "Separator": "Z", "Other": "C",
  ]
  private static let bits: [Unicode.GeneralCategory: UInt32] = Dictionary(
    uniqueKeysWithValues: all.enumerated().map { ($1.category, 1 << UInt32($0)) })

  static func bit(_ category: Unicode.GeneralCategory) -> UInt32 { bits[category] ?? 0 }

  /// The bits of "L", "Letter", "Lu", "Uppercase_Letter"; nil for other names.
  static func mask(_ name: String) -> UInt32? {
    let wanted = groups[name] ?? name
    var mask: UInt32 = 0
    for (short, long, category) in all
    where [short, long, String(short.prefix(1))].contains(wanted) {
      mask |= bit(category)
    }
    return mask == 0 ? nil : mask
  }
}
