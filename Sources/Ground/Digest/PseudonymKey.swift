/// Aliases that only one recipient can join: a keyed digest instead of an id.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
package import Platform

/// One partner's key; made once, never rotated, kept sealed.
package struct PseudonymKey: Sendable {
  /// What an alias stands for. Different labels give aliases that do not join.
  package enum Label: String, Sendable { case referral, conversation, local }

  private let key: SecretOctets

  /// 32 random octets.
  package init(octets: [UInt8]) { key = SecretOctets(copying: octets) }

  /// UUIDv8 from the first 122 bits of HMAC-SHA-256(key, label || 0x00 || id) (RFC 9562, 5.8).
  package func alias(of id: UniversalID, for label: Label) -> UniversalID {
    UniversalID.v8(from: code(label, id.octets))
  }

  /// Stands for a local id of a referral, the same over its revisions: 22 characters of base64url,
  /// the first 128 bits of HMAC-SHA-256(key, "local" || 0x00 || id || local id).
  package func token(of local: String, in id: UniversalID) -> String {
    Base64.text(Array(code(.local, id.octets + Array(local.utf8)).prefix(16)), .url)
  }

  private func code(_ label: Label, _ content: [UInt8]) -> [UInt8] {
    KeyedDigest.hmacSHA256(key: key, Array(label.rawValue.utf8) + [0] + content)
  }
}
