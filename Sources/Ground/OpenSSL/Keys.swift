/// Private and public keys, parsed once and then only read.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// What a key is good for. Explicit curve parameters, secp256k1 and keys bound to RSASSA-PSS
/// parameters are `other`.
package enum KeyKind: Sendable, Equatable {
  case rsa(bits: Int), p256, p384, p521, ed25519, other

  init(_ key: OpaquePointer) {
    switch EVP_PKEY_get_base_id(key) {
    case EVP_PKEY_RSA: self = .rsa(bits: Int(EVP_PKEY_get_bits(key)))
    case EVP_PKEY_ED25519: self = .ed25519
    case EVP_PKEY_EC: self = KeyKind.namedCurve(key)
    default: self = .other
    }
  }

  private static func namedCurve(_ key: OpaquePointer) -> KeyKind {
    var explicit: Int32 = 0
    let told = EVP_PKEY_get_int_param(
      key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit)
    guard told == 1, explicit == 0 else { return .other }
    switch EVP_PKEY_get_bits(key) {
    case 256 where isCurve(key, ["prime256v1", "P-256"]): return .p256
    case 384 where isCurve(key, ["secp384r1", "P-384"]): return .p384
    case 521 where isCurve(key, ["secp521r1", "P-521"]): return .p521
    default: return .other
    }
  }

  private static func isCurve(_ key: OpaquePointer, _ names: [String]) -> Bool {
    var name = [CChar](repeating: 0, count: 64)
    var length = 0
    guard EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1 else { return false }
    return names.contains(
      String(decoding: name.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self))
  }
}

package final class PrivateKey: @unchecked Sendable {
  // SAFETY: an EVP_PKEY is not changed after construction and its count is atomic.
  let pointer: OpaquePointer
  package let kind: KeyKind
  /// SHA-256 of the public half's SubjectPublicKeyInfo.
  package let publicKeySHA256: [UInt8]

  private init(adopting pointer: OpaquePointer) {
    self.pointer = pointer
    kind = KeyKind(pointer)
    publicKeySHA256 = MessageDigest.sha256(DER.write { i2d_PUBKEY(pointer, $0) })
  }
  deinit { EVP_PKEY_free(pointer) }

  /// Reads PKCS #8 or the older forms, unencrypted.
  package convenience init(pem: [UInt8]) throws(OpenSSLError) {
    self.init(
      adopting: try PEM.one(pem, limit: OpenSSLLimits.pemOctets) {
        PEM_read_bio_PrivateKey($0, nil, refusePassphrase, nil)
      })
  }

  /// A fresh key; for tests and for sample keys.
  package static func generate(_ kind: KeyKind) throws(OpenSSLError) -> PrivateKey {
    let key: OpaquePointer? =
      switch kind {
      case .rsa(let bits): copenssl_generate_rsa(bits)
      case .p256: copenssl_generate_ec("P-256")
      case .p384: copenssl_generate_ec("P-384")
      case .p521: copenssl_generate_ec("P-521")
      case .ed25519: copenssl_generate_ed25519()
      case .other: nil
      }
    return PrivateKey(adopting: try unwrap(key, .key))
  }

  /// True when the certificate speaks for this key.
  package func matches(_ certificate: Certificate) -> Bool {
    publicKeySHA256 == certificate.publicKeySHA256
  }
}

package final class PublicKey: @unchecked Sendable {
  // SAFETY: as PrivateKey.
  let pointer: OpaquePointer
  package let kind: KeyKind

  init(adopting pointer: OpaquePointer) {
    self.pointer = pointer
    kind = KeyKind(pointer)
  }
  deinit { EVP_PKEY_free(pointer) }

  /// Reads a SubjectPublicKeyInfo (RFC 5280, section 4.1) in DER; nothing may follow it.
  package convenience init(spki der: [UInt8]) throws(OpenSSLError) {
    self.init(
      adopting: try DER.read(der, limit: OpenSSLLimits.certificateOctets) {
        d2i_PUBKEY(nil, &$0, $1)
      } free: {
        EVP_PKEY_free($0)
      })
  }
}
