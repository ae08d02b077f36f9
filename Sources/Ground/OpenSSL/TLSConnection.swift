/// What the listener asks of one `SSL *` that it owns.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL

package enum TLSConnection {
  /// The peer's certificate of a completed handshake; nil when it showed none that can be read.
  package static func peerCertificate(_ ssl: OpaquePointer) -> Certificate? {
    SSL_get1_peer_certificate(ssl).flatMap { try? Certificate(adopting: $0) }
  }

  /// What the peer sent beside its own certificate, to build a path; empty in a resumed session.
  package static func peerAuthorities(_ ssl: OpaquePointer) -> [Certificate] {
    // On the side of the server the leaf is not among them (SSL_get_peer_cert_chain(3)).
    guard let sent = SSL_get_peer_cert_chain(ssl) else { return [] }
    return (0..<copenssl_certificates_count(sent)).compactMap { index in
      guard let x = copenssl_certificates_at(sent, index), X509_up_ref(x) == 1 else { return nil }
      return try? Certificate(adopting: x)
    }
  }

  /// Sends close_notify and does not wait for the peer's.
  package static func sayGoodbye(_ ssl: OpaquePointer) {
    ERR_clear_error()
    SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN)
    SSL_shutdown(ssl)
    ERR_clear_error()
  }

  /// Sends close_notify; reading goes on (RFC 8446, section 6.1), so a lingering close can drain.
  package static func endWriting(_ ssl: OpaquePointer) {
    ERR_clear_error()
    SSL_shutdown(ssl)
    ERR_clear_error()
  }

  package static func free(_ ssl: OpaquePointer) { SSL_free(ssl) }

  /// The error queue belongs to the thread, not to the connection: call before each use of TLS on
  /// a thread that serves many.
  package static func clearErrors() { ERR_clear_error() }

  /// X509_V_OK (0), or why the peer's certificate was refused.
  package static func verifyResult(_ ssl: OpaquePointer) -> Int { SSL_get_verify_result(ssl) }

  /// The library's words for a packed error code, such as the alert that a peer sent.
  package static func reason(_ code: UInt) -> String {
    // libssl loads its words at the first context; a code may come to be read before.
    OPENSSL_init_ssl(UInt64(OPENSSL_INIT_LOAD_SSL_STRINGS), nil)
    return ERR_reason_error_string(code).map { String(cString: $0) } ?? "unknown error \(code)"
  }
}
