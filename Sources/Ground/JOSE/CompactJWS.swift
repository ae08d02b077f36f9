/// A JWS in compact serialization (RFC 7515, section 7.1), split and nothing more.
// SPDX-License-Identifier: Apache-2.0
import Platform

package struct CompactJWS: Sendable, Equatable {
  /// The three base64url texts; `payload` is empty when it is detached (appendix F).
  package let protected: String
  package let payload: String
  package let signature: String
  /// `signature`, decoded.
  package let signatureOctets: [UInt8]

  /// Nil unless there are three parts in canonical base64url (no padding, no foreign character,
  /// no bits after the end), the first and the last not empty.
  package init?(splitting octets: [UInt8]) {
    guard octets.count <= JOSELimits.compactOctets else { return nil }
    let parts = octets.split(separator: 0x2E, maxSplits: 3, omittingEmptySubsequences: false)
      .map(Array.init)
    guard parts.count == 3, !parts[0].isEmpty, !parts[2].isEmpty,
      Base64.decode(parts[0], .url) != nil, Base64.decode(parts[1], .url) != nil,
      let decoded = Base64.decode(parts[2], .url)
    else { return nil }
    protected = String(decoding: parts[0], as: UTF8.self)
    payload = String(decoding: parts[1], as: UTF8.self)
    signature = String(decoding: parts[2], as: UTF8.self)
    signatureOctets = decoded
  }

  /// A detached signature over what `DetachedBinding.signingInput` gave for `protected`.
  package init(detached protected: String, signature octets: [UInt8]) {
    self.protected = protected
    payload = ""
    signature = Base64.text(octets, .url)
    signatureOctets = octets
  }

  package var isDetached: Bool { payload.isEmpty }

  /// The text as it travels.
  package var text: String { "\(protected).\(payload).\(signature)" }
}
