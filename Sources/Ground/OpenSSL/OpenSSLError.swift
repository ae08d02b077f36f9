/// One error for all of libcrypto and libssl, and the one place where return codes are checked.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL

package struct OpenSSLError: Error, Equatable, Sendable {
  package enum Code: String, Sendable {
    case parse, key, sign, verify, digest, cipher, context, path, random
  }
  package let code: Code
  /// The packed code of the oldest entry of the error queue, which is the cause; 0 when there
  /// was none.
  package let library: UInt
  /// The library's words for `library`, or our own; never any of the octets read.
  package let reason: String

  init(_ code: Code, _ reason: String) {
    self.code = code
    library = 0
    self.reason = reason
  }

  private init(_ code: Code, library: UInt) {
    self.code = code
    self.library = library
    reason = library == 0 ? "no reason given" : TLSConnection.reason(library)
  }

  /// Empties the calling thread's error queue into one error.
  static func drained(_ code: Code) -> OpenSSLError {
    let cause = ERR_get_error()
    ERR_clear_error()
    return OpenSSLError(code, library: cause)
  }
}

/// Most functions of libcrypto return 1 and nothing else for success.
func check(_ result: Int32, _ code: OpenSSLError.Code) throws(OpenSSLError) {
  guard result == 1 else { throw .drained(code) }
}

func unwrap<Pointer>(_ pointer: Pointer?, _ code: OpenSSLError.Code)
  throws(OpenSSLError) -> Pointer
{
  guard let pointer else { throw .drained(code) }
  return pointer
}

/// For objects that only the want of memory can deny.
func allocated<Pointer>(_ pointer: Pointer?) -> Pointer {
  guard let pointer else { fatalError("libcrypto is out of memory") }
  return pointer
}
