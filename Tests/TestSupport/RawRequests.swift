/// The request corpus of gunicorn (tests/requests), octet for octet.
// SPDX-License-Identifier: Apache-2.0
import Foundation

/// One request of the corpus. Its kind is in the name, as `valid-001.http` or `valid/001.http`.
package struct RawRequest: Sendable, CustomStringConvertible {
  /// With a hyphen after the kind, without a suffix: "valid-001".
  package let name: String
  package let octets: [UInt8]

  package var isInvalid: Bool { name.hasPrefix("invalid-") }
  package var description: String { name }

  /// Every request of the folder of vectors, sorted by name; none where there is no such folder.
  package static let all: [RawRequest] = Vectors.names("http1", suffix: ".http").compactMap {
    file in
    guard let octets = try? Vectors.octets("http1", file) else { return nil }
    let name = file.split(separator: "/").suffix(2).joined(separator: "-").dropLast(5)
    return RawRequest(name: String(name), octets: decoded(octets))
  }

  /// The corpus escapes control octets; line ends of the file are only for its readers.
  private static func decoded(_ file: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var rest = file.filter { $0 != 0x0A }[...]
    while let octet = rest.popFirst() {
      guard octet == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
        out.append(octet)
        continue
      }
      switch letter {
      case UInt8(ascii: "r"): out.append(0x0D)
      case UInt8(ascii: "n"): out.append(0x0A)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "0"): out.append(0x00)
      case UInt8(ascii: "x"):
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        if let escaped = UInt8(digits, radix: 16) {
          out.append(escaped)
          rest = rest.dropFirst(2)
        } else {
          out += [octet, letter]
        }
      default: out += [octet, letter]
      }
    }
    return out
  }
}
