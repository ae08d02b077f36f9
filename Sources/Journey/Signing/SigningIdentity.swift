/// Our key with its certificate, ready to sign; it proves itself before it is used.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL
package import Platform

package struct SigningIdentity: Sendable {
  package let algorithm: SignatureAlgorithm
  /// Leaf first.
  package let certificates: [Certificate]
  let signer: Signer
  let verifier: Verifier

  /// Throws where key, certificate and algorithm do not fit each other.
  package init(key: PrivateKey, certificates: [Certificate], algorithm: SignatureAlgorithm)
    throws(SigningError)
  {
    guard let leaf = certificates.first, key.matches(leaf), leaf.allows(algorithm) else {
      throw SigningError(.keyMismatch)
    }
    self.algorithm = algorithm
    self.certificates = certificates
    do {
      signer = try Signer(key, algorithm)
      verifier = try Verifier(leaf, algorithm)
    } catch {
      throw SigningError(.library, library: error.library)
    }
  }

  /// Whether every certificate is valid from one moment to the other.
  package func covers(_ first: Instant, _ last: Instant) -> Bool {
    certificates.allSatisfy { $0.notBefore <= first && last <= $0.notAfter }
  }

  /// Signs and verifies fixed octets: a key that cannot is found at start, not at a referral.
  package func selfTest() -> Bool {
    let probe = Array("referral-gateway self test".utf8)
    guard let signature = try? signer.sign(probe) else { return false }
    return verifier.verifies(signature, of: probe)
  }
}

package struct SigningError: Error, Equatable, Sendable {
  package enum Code: String, Sendable {
    case keyMismatch = "key-mismatch"
    case library
  }
  package let code: Code
  /// OpenSSL's packed code, 0 without one.
  package let library: UInt

  init(_ code: Code, library: UInt = 0) {
    self.code = code
    self.library = library
  }
}
