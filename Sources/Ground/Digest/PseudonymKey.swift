/// Aliases that only one recipient can join: a keyed digest instead of an id.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
package import Platform

/// One partner's key; made once, never rotated, kept sealed.
package struct PseudonymKey: Sendable {
  /// What an alias stands for. Different labels give aliases that do not join.
  package enum Label: String, Sendable { case referral, conversation }

  private let key: SecretOctets

  /// 32 random octets.
  package init(octets: [UInt8]) { key = SecretOctets(copying: octets) }

  /// UUIDv8 from the first 122 bits of HMAC-SHA-256(key, label || 0x00 || id) (RFC 9562, 5.8).
  package func alias(of id: UniversalID, for label: Label) -> UniversalID {
    let message = Array(label.rawValue.utf8) + [0] + id.octets
    return UniversalID.v8(from: KeyedDigest.hmacSHA256(key: key, message))
  }
}
