/// Hexadecimal, base64 and base64url of RFC 4648, strict: one text for one octet string.
// SPDX-License-Identifier: Apache-2.0

package enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  package static func encode(_ octets: [UInt8]) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(octets.count * 2)
    for octet in octets {
      out.append(digits[Int(octet >> 4)])
      out.append(digits[Int(octet & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Lower case only.
  package static func decode(_ text: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    guard bytes.count % 2 == 0 else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count / 2)
    for i in stride(from: 0, to: bytes.count, by: 2) {
      guard let high = value(bytes[i]), let low = value(bytes[i + 1]) else { return nil }
      out.append(high << 4 | low)
    }
    return out
  }

  static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }
}

/// RFC 4648, sections 4 and 5. Decoding refuses foreign characters, wrong padding and non-zero
/// bits after the last octet (section 3.5), which lax decoders let pass as a second spelling.
package enum Base64 {
  package enum Alphabet: Sendable { case standard, url }

  private static let standard = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let url = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let standardValues = reversed(standard)
  private static let urlValues = reversed(url)

  private static func reversed(_ alphabet: [UInt8]) -> [UInt8] {
    var table = [UInt8](repeating: 0xFF, count: 256)
    for (value, digit) in alphabet.enumerated() { table[Int(digit)] = UInt8(value) }
    return table
  }

  /// `.standard` is padded, `.url` is not.
  package static func encode(_ octets: [UInt8], _ alphabet: Alphabet) -> [UInt8] {
    let digits = alphabet == .url ? url : standard
    var out: [UInt8] = []
    out.reserveCapacity((octets.count + 2) / 3 * 4)
    var i = 0
    while i + 2 < octets.count {
      let n = Int(octets[i]) << 16 | Int(octets[i + 1]) << 8 | Int(octets[i + 2])
      out.append(digits[n >> 18])
      out.append(digits[n >> 12 & 63])
      out.append(digits[n >> 6 & 63])
      out.append(digits[n & 63])
      i += 3
    }
    let left = octets.count - i
    if left > 0 {
      let n = Int(octets[i]) << 16 | (left == 2 ? Int(octets[i + 1]) << 8 : 0)
      out.append(digits[n >> 18])
      out.append(digits[n >> 12 & 63])
      if left == 2 { out.append(digits[n >> 6 & 63]) }
      if alphabet == .standard { out.append(contentsOf: repeatElement(0x3D, count: 3 - left)) }
    }
    return out
  }

  package static func text(_ octets: [UInt8], _ alphabet: Alphabet) -> String {
    String(decoding: encode(octets, alphabet), as: UTF8.self)
  }

  package static func decode(_ text: String, _ alphabet: Alphabet) -> [UInt8]? {
    decode(Array(text.utf8), alphabet)
  }

  package static func decode(_ text: [UInt8], _ alphabet: Alphabet) -> [UInt8]? {
    var digits = text[...]
    if alphabet == .standard {
      guard text.count % 4 == 0 else { return nil }
      var padding = 0
      while padding < 2, digits.last == 0x3D {
        digits.removeLast()
        padding += 1
      }
      guard (4 - digits.count % 4) % 4 == padding else { return nil }
    }
    guard digits.count % 4 != 1 else { return nil }
    let table = alphabet == .url ? urlValues : standardValues
    var out: [UInt8] = []
    out.reserveCapacity(digits.count * 3 / 4)
    var buffer = 0
    var bits = 0
    for digit in digits {
      let value = table[Int(digit)]
      guard value != 0xFF else { return nil }
      buffer = buffer << 6 | Int(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        out.append(UInt8(buffer >> bits & 0xFF))
      }
    }
    guard buffer & ((1 << bits) - 1) == 0 else { return nil }
    return out
  }
}
