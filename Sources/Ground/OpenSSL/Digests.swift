/// Message digests, keyed digests and comparison in constant time.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL

package enum MessageDigest {
  // Fetched once: libcrypto looks an algorithm up by name at every use otherwise. An EVP_MD is
  // never changed.
  private nonisolated(unsafe) static let fetched256 = EVP_MD_fetch(nil, "SHA256", nil)
  private nonisolated(unsafe) static let fetched384 = EVP_MD_fetch(nil, "SHA384", nil)
  private nonisolated(unsafe) static let fetched512 = EVP_MD_fetch(nil, "SHA512", nil)

  /// 32 octets.
  package static func sha256(_ octets: [UInt8]) -> [UInt8] { digest(octets, fetched256, 32) }
  /// 48 octets.
  package static func sha384(_ octets: [UInt8]) -> [UInt8] { digest(octets, fetched384, 48) }
  /// 64 octets.
  package static func sha512(_ octets: [UInt8]) -> [UInt8] { digest(octets, fetched512, 64) }

  private static func digest(_ octets: [UInt8], _ algorithm: OpaquePointer?, _ size: Int)
    -> [UInt8]
  {
    [UInt8](unsafeUninitializedCapacity: size) { buffer, used in
      let result = EVP_Digest(octets, octets.count, buffer.baseAddress, nil, algorithm, nil)
      precondition(result == 1, "libcrypto has lost a digest")
      used = size
    }
  }
}

/// A SHA-256 over octets that come in pieces, so that they need not be in memory together.
package struct RunningSHA256: ~Copyable {
  private let context = allocated(EVP_MD_CTX_new())

  package init() {
    precondition(
      EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "libcrypto has lost a digest")
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func take(_ octets: [UInt8]) {
    precondition(
      EVP_DigestUpdate(context, octets, octets.count) == 1, "libcrypto has lost a digest")
  }

  /// 32 octets.
  package consuming func finish() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { buffer, used in
      let result = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
      precondition(result == 1, "libcrypto has lost a digest")
      used = 32
    }
  }
}

package enum KeyedDigest {
  /// 32 octets (RFC 2104).
  package static func hmacSHA256(key: SecretOctets, _ message: [UInt8]) -> [UInt8] {
    key.withOctets { octets in
      octets.withUnsafeBufferPointer { hmac($0, message) }
    }
  }

  /// 32 octets (RFC 2104).
  package static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    key.withUnsafeBufferPointer { hmac($0, message) }
  }

  private static func hmac(_ key: UnsafeBufferPointer<UInt8>, _ message: [UInt8]) -> [UInt8] {
    // HMAC() takes NULL for "the key of last time"; an empty key needs an address.
    var none: UInt8 = 0
    return [UInt8](unsafeUninitializedCapacity: 32) { buffer, used in
      let result = withUnsafePointer(to: &none) { empty in
        HMAC(
          EVP_sha256(), key.baseAddress ?? empty, Int32(key.count), message, message.count,
          buffer.baseAddress, nil)
      }
      precondition(result != nil, "libcrypto has lost a digest")
      used = 32
    }
  }
}

package enum ConstantTime {
  /// Takes as long for octets that differ early as for octets that differ late; only the lengths
  /// are no secret.
  package static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
  }
}
