/// The strings of a JSON text, with and without escapes.
// SPDX-License-Identifier: Apache-2.0

extension JSONText {
  /// Reads a string from its opening quote; without escapes it is one slice of the text.
  mutating func string() throws(JSONError) -> String {
    at += 1
    let start = at
    while at < octets.count {
      let octet = octets[at]
      if octet == UInt8(ascii: "\"") {
        at += 1
        return String(decoding: octets[start..<(at - 1)], as: UTF8.self)
      }
      if octet == UInt8(ascii: "\\") { return try escapedString(from: start) }
      if octet < 0x20 { throw fail(.controlCharacter) }
      at += 1
    }
    throw fail(.unexpectedEnd)
  }

  private mutating func escapedString(from start: Int) throws(JSONError) -> String {
    var plain = Array(octets[start..<at])
    while at < octets.count {
      let octet = octets[at]
      if octet == UInt8(ascii: "\"") {
        at += 1
        return String(decoding: plain, as: UTF8.self)
      }
      if octet < 0x20 { throw fail(.controlCharacter) }
      if octet == UInt8(ascii: "\\") {
        try escape(into: &plain)
      } else {
        plain.append(octet)
        at += 1
      }
    }
    throw fail(.unexpectedEnd)
  }

  private mutating func escape(into plain: inout [UInt8]) throws(JSONError) {
    guard at + 1 < octets.count else { throw fail(.unexpectedEnd, at: octets.count) }
    let simple: UInt8
    switch octets[at + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): simple = octets[at + 1]
    case UInt8(ascii: "b"): simple = 0x08
    case UInt8(ascii: "f"): simple = 0x0C
    case UInt8(ascii: "n"): simple = 0x0A
    case UInt8(ascii: "r"): simple = 0x0D
    case UInt8(ascii: "t"): simple = 0x09
    case UInt8(ascii: "u"):
      plain.append(contentsOf: String(try escapedScalar()).utf8)
      return
    default: throw fail(.invalidEscape)
    }
    plain.append(simple)
    at += 2
  }

  /// One \uXXXX, or the two of a surrogate pair.
  private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
    let start = at
    let high = try hexadecimal()
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard (0xD800..<0xDC00).contains(high), at + 1 < octets.count,
      octets[at] == UInt8(ascii: "\\"), octets[at + 1] == UInt8(ascii: "u")
    else { throw fail(.loneSurrogate, at: start) }
    let low = try hexadecimal()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    else { throw fail(.loneSurrogate, at: start) }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    guard at + 6 <= octets.count else { throw fail(.invalidEscape) }
    var value: UInt32 = 0
    for octet in octets[(at + 2)..<(at + 6)] {
      let digit: UInt8
      switch octet {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = octet - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = octet - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = octet - UInt8(ascii: "A") + 10
      default: throw fail(.invalidEscape)
      }
      value = value << 4 | UInt32(digit)
    }
    at += 6
    return value
  }
}
