/// Whether the server we are connected to was revoked, asked in the TLS handshake.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL
package import Platform

/// A list past its end goes on to be used for a while: the certificates on it stay revoked, and no
/// others are. So long, a list that is not there at all is not waited for either.
package struct ServerRevocation: Sendable {
  private let lists: [RevocationList]
  private let graceSeconds: Int64
  private let missingUntil: Instant

  /// - Parameters:
  ///   - graceSeconds: after a list's next update.
  ///   - missingSince: since when lists that are missing count as missing.
  package init(lists: [RevocationList], graceSeconds: Int64, missingSince: Instant) {
    self.lists = lists
    self.graceSeconds = graceSeconds
    missingUntil = missingSince.adding(seconds: graceSeconds)
  }

  /// Everything that tells two of them apart.
  var parts: [[UInt8]] {
    lists.map { MessageDigest.sha256($0.der) }
      + [Array("\(graceSeconds) \(missingUntil.seconds)".utf8)]
  }

  /// Whether a list that ends at `end` still lets connections be made.
  package static func holds(until end: Instant?, graceSeconds: Int64, at now: Instant) -> Bool {
    guard let end else { return false }
    return now < end.adding(seconds: graceSeconds)
  }

  func install(on context: OpaquePointer) -> Bool {
    guard let store = SSL_CTX_get_cert_store(context) else { return false }
    let terms = [
      (ServerRevocation.graceIndex, graceSeconds),
      (ServerRevocation.missingIndex, missingUntil.seconds),
    ]
    guard terms.allSatisfy({ keep($0.1, in: store, at: $0.0) }),
      lists.allSatisfy({ X509_STORE_add_crl(store, $0.pointer) == 1 })
    else { return false }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, judgeServer)
    return X509_VERIFY_PARAM_set_flags(
      SSL_CTX_get0_param(context), UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL)) == 1
  }

  /// Numbers and not an object, because a handshake may outlive whoever began it.
  private func keep(_ seconds: Int64, in store: OpaquePointer, at index: Int32) -> Bool {
    index > 0
      && X509_STORE_set_ex_data(store, index, UnsafeMutableRawPointer(bitPattern: Int(seconds)))
        == 1
  }

  fileprivate static let graceIndex = freshIndex()
  fileprivate static let missingIndex = freshIndex()

  /// Index 0 belongs to the application by custom; -1 means that there is no memory.
  private static func freshIndex() -> Int32 {
    let index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_X509_STORE, 0, nil, nil, nil, nil)
    return index == 0 ? freshIndex() : index
  }
}

private func seconds(_ store: OpaquePointer, _ index: Int32) -> Int64 {
  Int64(Int(bitPattern: X509_STORE_get_ex_data(store, index)))
}

/// libssl asks here about each thing that is wrong with the server's path.
private func judgeServer(_ ok: Int32, _ context: OpaquePointer?) -> Int32 {
  guard ok == 0, let store = X509_STORE_CTX_get0_store(context) else { return ok }
  let now = SystemClock.now()
  let goesOn: Bool
  switch X509_STORE_CTX_get_error(context) {
  case X509_V_ERR_UNABLE_TO_GET_CRL:
    goesOn = now.seconds < seconds(store, ServerRevocation.missingIndex)
  case X509_V_ERR_CRL_HAS_EXPIRED:
    let list = X509_STORE_CTX_get0_current_crl(context)
    goesOn = ServerRevocation.holds(
      until: list.flatMap { Instant(X509_CRL_get0_nextUpdate($0)) },
      graceSeconds: seconds(store, ServerRevocation.graceIndex), at: now)
  default: goesOn = false
  }
  guard goesOn else { return 0 }
  // libcurl looks at the verdict that is left behind.
  X509_STORE_CTX_set_error(context, X509_V_OK)
  return 1
}
