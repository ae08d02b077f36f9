/// Values for the query and path of a URI (RFC 3986, section 2.1).
// SPDX-License-Identifier: Apache-2.0
import Platform

enum PercentEncoding {
  /// Everything but the unreserved characters of section 2.3.
  static func encode(_ text: String) -> String {
    var out = ""
    for octet in text.utf8 {
      switch octet {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        out.unicodeScalars.append(Unicode.Scalar(octet))
      default: out += "%" + Hex.encode([octet]).uppercased()  // OPEN: octets
      }
    }
    return out
  }

  /// The same, with the slashes between the folders of a path.
  static func path(_ path: String) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false).map { encode(String($0)) }
      .joined(separator: "/")
  }
}
