/// Text compared code point by code point; String's own == takes composed and decomposed as one.
// SPDX-License-Identifier: Apache-2.0

package struct ExactText: Sendable, Hashable, ExpressibleByStringLiteral {
  package let string: String

  package init(_ string: String) { self.string = string }
  package init(stringLiteral value: String) { string = value }

  package static func == (a: ExactText, b: ExactText) -> Bool { same(a.string, b.string) }

  /// Over the octets: String's own hash costs a normalization, and canonical variants collide.
  package func hash(into hasher: inout Hasher) {
    let octets = string.utf8Span.span
    var word: UInt64 = 0
    for i in 0..<octets.count {
      word = word << 8 | UInt64(octets[i])
      if i & 7 == 7 { hasher.combine(word) }
    }
    hasher.combine(word)
    hasher.combine(octets.count)
  }

  /// Whether both have the same code points in the same order.
  package static func same(_ a: String, _ b: String) -> Bool {
    let (left, right) = (a.utf8Span.span, b.utf8Span.span)
    guard left.count == right.count else { return false }
    for i in 0..<left.count where left[i] != right[i] { return false }
    return true
  }
}
