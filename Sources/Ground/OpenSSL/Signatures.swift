/// Signatures over exact octets in the forms that JWS wants (RFC 7518, sections 3.4 and 3.5).
// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Platform

package enum SignatureAlgorithm: String, Sendable, CaseIterable {
  case ps256 = "PS256", ps384 = "PS384", es256 = "ES256", es384 = "ES384"

  func fits(_ kind: KeyKind) -> Bool {
    switch (self, kind) {
    case (.ps256, .rsa(let bits)), (.ps384, .rsa(let bits)):
      bits >= OpenSSLLimits.rsaModulusBits && bits % 8 == 0
    case (.es256, .p256), (.es384, .p384): true
    case (.ps256, _), (.ps384, _), (.es256, _), (.es384, _): false
    }
  }

  var digest: OpaquePointer? {
    switch self {
    case .ps256, .es256: EVP_sha256()
    case .ps384, .es384: EVP_sha384()
    }
  }

  /// Octets of r and of s; nil for RSA.
  var coordinateOctets: Int? {
    switch self {
    case .ps256, .ps384: nil
    case .es256: 32
    case .es384: 48
    }
  }

  /// MGF1 with the signature's own digest, salt as long as the digest (RFC 7518, section 3.5).
  func setPadding(_ context: OpaquePointer?) throws(OpenSSLError) {
    guard coordinateOctets == nil else { return }
    try check(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), .context)
    try check(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST), .context)
    try check(EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest), .context)
  }
}

/// A context made ready once per key and copied for each use: making it ready costs more than the
/// copy.
private final class ContextTemplate: @unchecked Sendable {
  // SAFETY: `template` is changed by its maker only, and then read under the lock.
  let template: OpaquePointer
  private let lock = Locked(())

  init() { template = allocated(EVP_MD_CTX_new()) }
  deinit { EVP_MD_CTX_free(template) }

  /// Owned by the caller; nil when it cannot be copied.
  func copy() -> OpaquePointer? {
    let context = allocated(EVP_MD_CTX_new())
    guard lock.withLock({ _ in EVP_MD_CTX_copy_ex(context, template) }) == 1 else {
      EVP_MD_CTX_free(context)
      return nil
    }
    return context
  }
}

package final class Signer: Sendable {
  package let algorithm: SignatureAlgorithm
  private let key: PrivateKey
  private let prepared = ContextTemplate()

  /// Throws `key` when the key does not fit the algorithm.
  package init(_ key: PrivateKey, _ algorithm: SignatureAlgorithm) throws(OpenSSLError) {
    self.key = key
    self.algorithm = algorithm
    guard algorithm.fits(key.kind) else {
      throw OpenSSLError(.key, "the key does not fit \(algorithm.rawValue)")
    }
    ERR_clear_error()
    var parameters: OpaquePointer?
    try check(
      EVP_DigestSignInit(prepared.template, &parameters, algorithm.digest, nil, key.pointer),
      .context)
    try algorithm.setPadding(parameters)
  }

  /// ES256 and ES384: r and s of fixed length, one after the other.
  package func sign(_ octets: [UInt8]) throws(OpenSSLError) -> [UInt8] {
    ERR_clear_error()
    let context = try unwrap(prepared.copy(), .context)
    defer { EVP_MD_CTX_free(context) }
    var size = Int(EVP_PKEY_get_size(key.pointer))
    var result: Int32 = 0
    let signature = [UInt8](unsafeUninitializedCapacity: size) { buffer, used in
      result = EVP_DigestSign(context, buffer.baseAddress, &size, octets, octets.count)
      used = result == 1 ? size : 0
    }
    try check(result, .sign)
    guard let width = algorithm.coordinateOctets else { return signature }
    return try unwrap(ECDSASignature.raw(fromDER: signature, width: width), .sign)
  }
}

package final class Verifier: Sendable {
  package let algorithm: SignatureAlgorithm
  private let modulusOctets: Int
  private let prepared = ContextTemplate()

  /// Throws `key` when the certificate's key does not fit the algorithm.
  package convenience init(_ certificate: Certificate, _ algorithm: SignatureAlgorithm)
    throws(OpenSSLError)
  {
    guard let key = certificate.publicKey else {
      throw OpenSSLError(.key, "the certificate's key is of an unknown kind")
    }
    try self.init(key, algorithm)
  }

  /// Throws `key` when the key does not fit the algorithm.
  package init(_ key: PublicKey, _ algorithm: SignatureAlgorithm) throws(OpenSSLError) {
    self.algorithm = algorithm
    modulusOctets = Int(EVP_PKEY_get_size(key.pointer))
    guard algorithm.fits(key.kind) else {
      throw OpenSSLError(.key, "the key does not fit \(algorithm.rawValue)")
    }
    ERR_clear_error()
    // The context holds its own reference to the key.
    var parameters: OpaquePointer?
    try check(
      EVP_DigestVerifyInit(prepared.template, &parameters, algorithm.digest, nil, key.pointer),
      .context)
    try algorithm.setPadding(parameters)
  }

  /// True only for a signature of exactly the right length that libcrypto answers with 1.
  package func verifies(_ signature: [UInt8], of octets: [UInt8]) -> Bool {
    guard let encoded = libraryForm(signature) else { return false }
    defer { ERR_clear_error() }
    guard let context = prepared.copy() else { return false }
    defer { EVP_MD_CTX_free(context) }
    return EVP_DigestVerify(context, encoded, encoded.count, octets, octets.count) == 1
  }

  private func libraryForm(_ signature: [UInt8]) -> [UInt8]? {
    guard let width = algorithm.coordinateOctets else {
      return signature.count == modulusOctets ? signature : nil
    }
    return signature.count == 2 * width ? ECDSASignature.der(fromRaw: signature) : nil
  }
}

/// r and s, side by side as JWS has them (IEEE P1363), or in the DER that libcrypto speaks.
private enum ECDSASignature {
  static func raw(fromDER der: [UInt8], width: Int) -> [UInt8]? {
    let signature = der.withUnsafeBufferPointer { buffer in
      var at = buffer.baseAddress
      return d2i_ECDSA_SIG(nil, &at, buffer.count)
    }
    guard let signature else { return nil }
    defer { ECDSA_SIG_free(signature) }
    var r = [UInt8](repeating: 0, count: width)
    var s = r
    guard BN_bn2binpad(ECDSA_SIG_get0_r(signature), &r, Int32(width)) == width,
      BN_bn2binpad(ECDSA_SIG_get0_s(signature), &s, Int32(width)) == width
    else { return nil }
    return r + s
  }

  static func der(fromRaw raw: [UInt8]) -> [UInt8]? {
    let width = raw.count / 2
    let signature = allocated(ECDSA_SIG_new())
    defer { ECDSA_SIG_free(signature) }
    let r = allocated(BN_bin2bn(Array(raw.prefix(width)), Int32(width), nil))
    let s = allocated(BN_bin2bn(Array(raw.suffix(width)), Int32(width), nil))
    // On success the signature owns both numbers; it fails for NULL only.
    guard ECDSA_SIG_set0(signature, r, s) == 1 else { return nil }
    return DER.write { i2d_ECDSA_SIG(signature, $0) }
  }
}
