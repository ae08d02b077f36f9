/// Certification paths by RFC 5280 to given anchors, at a given time, with given revocation lists.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL
package import Platform

package enum PathVerdict: Equatable, Sendable {
  /// Leaf first, anchor last.
  case valid(chain: [Certificate])
  /// `code` is libcrypto's X509_V_ERR number.
  case invalid(code: Int, reason: String)
  /// The path holds, but a revocation list is missing, stale or unusable: wait, do not accept.
  case undecided(reason: String)
}

package struct PathValidation: Sendable {
  package enum Revocation: Sendable { case required, none }

  private let store: Store
  private let anchors: [Certificate]
  private let revocation: Revocation
  private let known: PathMemory

  /// Anchors that are not self-signed are left out: a path ends in a root or not at all.
  package init(
    anchors: [Certificate], revocationLists: [RevocationList], revocation: Revocation
  ) {
    self.anchors = anchors.filter(\.isSelfSigned)
    self.revocation = revocation
    store = Store(self.anchors, revocationLists)
    known = PathMemory(self.anchors, revocationLists)
  }

  /// Builds and checks the path; `intermediates` are candidates and trusted for nothing.
  package func check(_ leaf: Certificate, intermediates: [Certificate], at time: Instant)
    -> PathVerdict
  {
    if let chain = known.chain(leaf, intermediates, at: time) { return .valid(chain: chain) }
    let verdict = build(leaf, intermediates, at: time)
    if case .valid(let chain) = verdict { known.keep(chain, leaf, intermediates, at: time) }
    return verdict
  }

  private func build(_ leaf: Certificate, _ intermediates: [Certificate], at time: Instant)
    -> PathVerdict
  {
    ERR_clear_error()
    defer { ERR_clear_error() }
    let context = allocated(X509_STORE_CTX_new())
    defer { X509_STORE_CTX_free(context) }
    let candidates = allocated(copenssl_certificates_new())
    defer { copenssl_certificates_free(candidates) }
    for certificate in intermediates {
      _ = copenssl_certificates_push(candidates, certificate.pointer)
    }
    guard X509_STORE_CTX_init(context, store.pointer, leaf.pointer, candidates) == 1,
      let parameters = X509_STORE_CTX_get0_param(context), configure(parameters, time)
    else { return .undecided(reason: OpenSSLError.drained(.path).reason) }

    var doubt = RevocationDoubt()
    let result = withUnsafeMutablePointer(to: &doubt) { state in
      X509_STORE_CTX_set_ex_data(context, 0, state)
      X509_STORE_CTX_set_verify_cb(context, judgeRevocation)
      return X509_verify_cert(context)
    }
    let code = X509_STORE_CTX_get_error(context)
    switch (result, doubt.code) {
    case (1, nil): return .valid(chain: chain(of: context, knowing: [leaf] + intermediates))
    case (1, let stale?): return .undecided(reason: words(stale))
    case (0, _): return .invalid(code: Int(code), reason: words(code))
    default: return .undecided(reason: words(code))
    }
  }

  private func configure(_ parameters: OpaquePointer, _ time: Instant) -> Bool {
    var flags = X509_V_FLAG_X509_STRICT
    switch revocation {
    case .required: flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL
    case .none: break
    }
    X509_VERIFY_PARAM_set_time(parameters, time_t(time.seconds))
    X509_VERIFY_PARAM_set_depth(parameters, OpenSSLLimits.chainAuthorities)
    X509_VERIFY_PARAM_set_auth_level(parameters, OpenSSLLimits.securityLevel)
    return X509_VERIFY_PARAM_set_flags(parameters, UInt(flags)) == 1
      && X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY) == 1
  }

  private func chain(of context: OpaquePointer, knowing known: [Certificate]) -> [Certificate] {
    let found = X509_STORE_CTX_get0_chain(context)
    return (0..<copenssl_certificates_count(found)).compactMap { index in
      let x = copenssl_certificates_at(found, index)
      return (known + anchors).first { $0.pointer == x || X509_cmp($0.pointer, x) == 0 }
    }
  }

  private func words(_ code: Int32) -> String {
    String(cString: X509_verify_cert_error_string(Int(code)))
  }

  private final class Store: @unchecked Sendable {
    // SAFETY: an X509_STORE is filled here, locks itself, and its count is atomic.
    let pointer: OpaquePointer

    init(_ anchors: [Certificate], _ lists: [RevocationList]) {
      pointer = allocated(X509_STORE_new())
      for anchor in anchors { X509_STORE_add_cert(pointer, anchor.pointer) }
      for list in lists { X509_STORE_add_crl(pointer, list.pointer) }
    }
    deinit { X509_STORE_free(pointer) }
  }
}

/// What revocation checking could not settle. libcrypto reports a stale list before it looks the
/// certificate up in it, so these errors are noted and the check goes on: a certificate on a stale
/// list is revoked all the same, and a forged path is invalid all the same.
private struct RevocationDoubt {
  var code: Int32?
  /// Where in the path the list itself cannot be believed.
  private var unusableDepth: Int32?

  mutating func goesOn(after error: Int32, depth: Int32) -> Bool {
    switch error {
    case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_CRL_HAS_EXPIRED,
      X509_V_ERR_CRL_NOT_YET_VALID:
      code = code ?? error
      return true
    case X509_V_ERR_CRL_SIGNATURE_FAILURE, X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE,
      X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, X509_V_ERR_KEYUSAGE_NO_CRL_SIGN,
      X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, X509_V_ERR_DIFFERENT_CRL_SCOPE,
      X509_V_ERR_CRL_PATH_VALIDATION_ERROR, X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD,
      X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
      code = code ?? error
      unusableDepth = depth
      return true
    case X509_V_ERR_CERT_REVOKED: return unusableDepth == depth
    default: return false
    }
  }
}

private func judgeRevocation(_ ok: Int32, _ context: OpaquePointer?) -> Int32 {
  guard ok == 0, let state = X509_STORE_CTX_get_ex_data(context, 0) else { return ok }
  let doubt = state.assumingMemoryBound(to: RevocationDoubt.self)
  let error = X509_STORE_CTX_get_error(context)
  let depth = X509_STORE_CTX_get_error_depth(context)
  return doubt.pointee.goesOn(after: error, depth: depth) ? 1 : 0
}
