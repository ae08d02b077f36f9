/// AES-256-GCM (NIST SP 800-38D): ciphertext followed by a tag of 16 octets.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL

package enum AESGCM {
  package static let keyOctets = 32, nonceOctets = 12, tagOctets = 16

  /// A key must not see the same nonce twice.
  package static func seal(
    _ plain: [UInt8], key: SecretOctets, nonce: [UInt8], associatedData: [UInt8]
  ) throws(OpenSSLError) -> [UInt8] {
    let sealed = plain.withUnsafeBufferPointer { encrypt($0, key, nonce, associatedData) }
    return try unwrap(sealed, .cipher)
  }

  /// Nil when key, nonce, associated data or octets are not those of `seal`.
  package static func open(
    _ sealed: [UInt8], key: SecretOctets, nonce: [UInt8], associatedData: [UInt8]
  ) -> [UInt8]? {
    var opened = false
    let size = max(0, sealed.count - tagOctets)
    let plain = [UInt8](unsafeUninitializedCapacity: size) { buffer, used in
      let room = UnsafeMutableBufferPointer(rebasing: buffer.prefix(size))
      opened = decrypt(sealed, into: room, key, nonce, associatedData)
      used = opened ? size : 0
    }
    return opened ? plain : nil
  }

  /// As `seal`, for a secret that must not pass through an array.
  package static func wrap(
    _ secret: SecretOctets, key: SecretOctets, nonce: [UInt8], associatedData: [UInt8]
  ) throws(OpenSSLError) -> [UInt8] {
    let sealed = secret.withOctets { octets in
      octets.withUnsafeBufferPointer { encrypt($0, key, nonce, associatedData) }
    }
    return try unwrap(sealed, .cipher)
  }

  /// As `open`, for a secret that must not pass through an array.
  package static func unwrapSecret(
    _ sealed: [UInt8], key: SecretOctets, nonce: [UInt8], associatedData: [UInt8]
  ) -> SecretOctets? {
    SecretOctets(count: max(0, sealed.count - tagOctets)) {
      decrypt(sealed, into: $0, key, nonce, associatedData)
    }
  }

  private static func encrypt(
    _ plain: UnsafeBufferPointer<UInt8>, _ key: SecretOctets, _ nonce: [UInt8],
    _ associatedData: [UInt8]
  ) -> [UInt8]? {
    guard let context = start(key, nonce, associatedData, encrypting: true) else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var sealed = [UInt8](repeating: 0, count: plain.count + tagOctets)
    let done = sealed.withUnsafeMutableBufferPointer { out in
      var length: Int32 = 0
      guard update(context, out.baseAddress, plain.baseAddress, plain.count),
        EVP_CipherFinal_ex(context, out.baseAddress, &length) == 1
      else { return false }
      let tag = out.baseAddress.map { $0 + plain.count }
      return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagOctets), tag) == 1
    }
    return done ? sealed : nil
  }

  private static func decrypt(
    _ sealed: [UInt8], into plain: UnsafeMutableBufferPointer<UInt8>, _ key: SecretOctets,
    _ nonce: [UInt8], _ associatedData: [UInt8]
  ) -> Bool {
    defer { ERR_clear_error() }
    guard sealed.count >= tagOctets,
      let context = start(key, nonce, associatedData, encrypting: false)
    else { return false }
    defer { EVP_CIPHER_CTX_free(context) }
    var tag = Array(sealed.suffix(tagOctets))
    // GCM writes nothing at the end, but it wants an address to write it to.
    var end: UInt8 = 0
    var length: Int32 = 0
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagOctets), &tag) == 1
      && update(context, plain.baseAddress, sealed, sealed.count - tagOctets)
      && EVP_CipherFinal_ex(context, &end, &length) == 1
  }

  private static func start(
    _ key: SecretOctets, _ nonce: [UInt8], _ associatedData: [UInt8], encrypting: Bool
  ) -> OpaquePointer? {
    ERR_clear_error()
    guard key.count == keyOctets, nonce.count == nonceOctets else { return nil }
    let context = allocated(EVP_CIPHER_CTX_new())
    let ready = key.withOctets { octets in
      octets.withUnsafeBufferPointer {
        EVP_CipherInit_ex(
          context, EVP_aes_256_gcm(), nil, $0.baseAddress, nonce, encrypting ? 1 : 0)
      }
    }
    guard ready == 1, update(context, nil, associatedData, associatedData.count) else {
      EVP_CIPHER_CTX_free(context)
      return nil
    }
    return context
  }

  private static func update(
    _ context: OpaquePointer, _ out: UnsafeMutablePointer<UInt8>?,
    _ octets: UnsafePointer<UInt8>?, _ count: Int
  ) -> Bool {
    var length: Int32 = 0
    guard count > 0 else { return true }
    return count <= Int(Int32.max)
      && EVP_CipherUpdate(context, out, &length, octets, Int32(count)) == 1
  }
}
