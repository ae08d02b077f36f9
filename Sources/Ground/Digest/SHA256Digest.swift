/// A SHA-256 digest as a value, in the spellings that the protocol uses.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform

package struct SHA256Digest: Sendable, Hashable {
  /// 32 octets.
  package let octets: [UInt8]

  package init(of message: [UInt8]) { octets = MessageDigest.sha256(message) }

  /// Nil unless there are 32 octets.
  package init?(octets: [UInt8]) {
    guard octets.count == 32 else { return nil }
    self.octets = octets
  }

  fileprivate init(made octets: [UInt8]) { self.octets = octets }

  /// Reads the value of a Digest field (RFC 3230) in the one form that we take and give:
  /// "SHA-256=" and padded base64, nothing before, between or after.
  package init?(field text: String) {
    let octets = Array(text.utf8)
    let name = SHA256Digest.fieldName
    guard octets.starts(with: name),
      let digest = Base64.decode(Array(octets.dropFirst(name.count)), .standard)
    else { return nil }
    self.init(octets: digest)
  }

  private static let fieldName = Array("SHA-256=".utf8)

  package var hex: String { Hex.encode(octets) }
  /// RFC 4648, section 4, padded.
  package var base64: String { Base64.text(octets, .standard) }
  /// RFC 4648, section 5, unpadded.
  package var base64URL: String { Base64.text(octets, .url) }
  /// The value of a Digest field.
  package var field: String { "SHA-256=" + base64 }

  /// In constant time.
  package static func == (a: SHA256Digest, b: SHA256Digest) -> Bool {
    ConstantTime.equal(a.octets, b.octets)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(octets) }
}

/// The same of octets that come in pieces.
package struct RunningDigest: ~Copyable {
  private var digest = RunningSHA256()

  package init() {}

  package mutating func take(_ piece: [UInt8]) { digest.take(piece) }

  package consuming func finish() -> SHA256Digest { SHA256Digest(made: digest.finish()) }
}
