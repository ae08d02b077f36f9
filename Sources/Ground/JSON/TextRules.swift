/// Which text is fit to be kept: normalization form C, no invisible controls.
// SPDX-License-Identifier: Apache-2.0

@_spi(_Unicode) import Swift

package enum Normalization {
  /// The text in normalization form C (Unicode Standard Annex 15); nil where it already is.
  package static func nfc(_ text: String) -> String? {
    var span = text.utf8Span
    if span.checkForNFC(quickCheck: false) { return nil }
    var composed = String.UnicodeScalarView()
    composed.append(contentsOf: text._nfc)
    return String(composed)
  }
}

package enum TextRules {
  /// The first scalar that may not stand in a text, such as "U+202E RIGHT-TO-LEFT OVERRIDE":
  /// a control character other than line feed, or a control of the writing direction.
  package static func forbiddenScalar(in text: String) -> String? {
    for scalar in text.unicodeScalars where isForbidden(scalar) { return name(of: scalar) }
    return nil
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A: false
    case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func name(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let padding = String(repeating: "0", count: max(0, 4 - digits.count))
    return "U+\(padding)\(digits) \(scalar.properties.name ?? "control character")"
  }
}
