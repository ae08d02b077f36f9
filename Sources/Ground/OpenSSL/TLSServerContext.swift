/// TLS for our listener: both sides show certificates, nothing older than TLS 1.2.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// The suites and groups that the NCSC guidelines for TLS call good or sufficient.
enum TLSProfile {
  static let suites = "ECDHE+AESGCM:ECDHE+CHACHA20"
  static let groups = "P-256:X25519:P-384"

  /// What we show as ourselves: leaf first, the authorities after it.
  static func show(_ certificates: [Certificate], _ key: PrivateKey, in context: OpaquePointer)
    -> Bool
  {
    guard let leaf = certificates.first,
      copenssl_min_tls12(context) == 1,
      SSL_CTX_use_certificate(context, leaf.pointer) == 1,
      SSL_CTX_use_PrivateKey(context, key.pointer) == 1,
      SSL_CTX_check_private_key(context) == 1
    else { return false }
    return certificates.dropFirst().allSatisfy {
      copenssl_add_chain_certificate(context, $0.pointer) == 1
    }
  }

  static func trust(_ anchors: [Certificate], in context: OpaquePointer) -> Bool {
    let store = SSL_CTX_get_cert_store(context)
    return anchors.allSatisfy { X509_STORE_add_cert(store, $0.pointer) == 1 }
  }
}

package final class TLSServerContext: @unchecked Sendable {
  // SAFETY: the SSL_CTX is configured in init and only read afterwards; its count is atomic.
  private let context: OpaquePointer

  /// - Parameters:
  ///   - certificates: leaf first.
  ///   - clientAnchors: a client must show a certificate under one of them.
  ///   - resumes: false: every connection is a full handshake, so that the certificates that come
  ///     with the client's are always there to look at.
  package init(
    certificates: [Certificate], key: PrivateKey, clientAnchors: [Certificate],
    resumes: Bool = true
  ) throws(OpenSSLError) {
    ERR_clear_error()
    context = try unwrap(SSL_CTX_new(TLS_server_method()), .context)
    let name = Array("referral-gateway".utf8)
    guard TLSProfile.show(certificates, key, in: context),
      TLSProfile.trust(clientAnchors, in: context),
      clientAnchors.allSatisfy({ SSL_CTX_add_client_CA(context, $0.pointer) == 1 }),
      SSL_CTX_set_cipher_list(context, TLSProfile.suites) == 1,
      copenssl_set_groups(context, TLSProfile.groups) == 1,
      SSL_CTX_set_session_id_context(context, name, UInt32(name.count)) == 1
    else { throw .drained(.context) }
    SSL_CTX_set_security_level(context, OpenSSLLimits.securityLevel)
    SSL_CTX_set_verify_depth(context, OpenSSLLimits.chainAuthorities)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    copenssl_server_options(context)
    if !resumes { copenssl_never_resume(context) }
  }
  deinit { SSL_CTX_free(context) }

  /// One connection's `SSL *`, owned by the caller (a bufferevent that closes on free); nil when
  /// there is no memory.
  package func makeConnection() -> OpaquePointer? {
    ERR_clear_error()
    return SSL_new(context)
  }
}
