/// The detached signature over a Digest field: JAdES B-B as the Dutch API standard profiles it.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import OpenSSL
import Platform

/// ETSI TS 119 182-1, 5.2.8.2, mechanism HttpHeaders with `pars` ["digest"]. The body's SHA-256
/// stands in the Digest field, and that field is what is signed.
package enum DetachedBinding {
  /// Which certificates `x5c` carries.
  package enum Chain: Sendable { case none, leaf, all }

  static let mechanism = "http://uri.etsi.org/19182/HttpHeaders"

  /// The protected header's exact octets. `certificates`: the signing one first, then the
  /// authorities, at least one; `issuedAt`: seconds since 1970.
  package static func header(
    algorithm: SignatureAlgorithm, certificates: [Certificate], chain: Chain, issuedAt: Int64
  ) -> [UInt8] {
    precondition(!certificates.isEmpty, "a signature names its certificate")
    let shown =
      switch chain {
      case .none: certificates.prefix(0)
      case .leaf: certificates.prefix(1)
      case .all: certificates[...]
      }
    // Nothing here needs an escape: base64, numbers and constants.
    let list = shown.map { "\"" + Base64.text($0.der, .standard) + "\"" }.joined(separator: ",")
    let json = [
      "{\"alg\":\"\(algorithm.rawValue)\",\"typ\":\"jose\"",
      ",\"x5t#S256\":\"\(Base64.text(certificates[0].sha256, .url))\"",
      shown.isEmpty ? "" : ",\"x5c\":[\(list)]",
      ",\"iat\":\(issuedAt),\"b64\":false",
      ",\"sigD\":{\"mId\":\"\(mechanism)\",\"pars\":[\"digest\"]}",
      ",\"crit\":[\"b64\",\"sigD\"]}",
    ]
    return Array(json.joined().utf8)
  }

  /// What is signed: the header's base64url text, a full stop, and the Digest field in lower case
  /// with one space and no line end. `protected` is the text itself, never an encoding made anew.
  package static func signingInput(protected: String, digest: SHA256Digest) -> [UInt8] {
    Array("\(protected).digest: \(digest.field)".utf8)
  }

  /// Nil when the header has the grammar of this binding; which algorithms a partner may use is
  /// the caller's to say.
  package static func fits(_ header: ProtectedHeader) -> HeaderRefusal? {
    guard header.signatureAlgorithm != nil else { return HeaderRefusal(.algorithm, "alg") }
    if let typ = header.typ, typ.lowercased() != "jose" {
      return HeaderRefusal(.notDetachedBinding, "typ")
    }
    guard let b64 = header.b64 else { return HeaderRefusal(.missingMember, "b64") }
    guard !b64 else { return HeaderRefusal(.notDetachedBinding, "b64") }
    guard let sigD = header.sigD else { return HeaderRefusal(.missingMember, "sigD") }
    guard sigD == SignedDataReference(mId: mechanism, pars: ["digest"]) else {
      return HeaderRefusal(.notDetachedBinding, "sigD")
    }
    guard let crit = header.crit else { return HeaderRefusal(.missingMember, "crit") }
    guard crit.count == 2, Set(crit) == ["b64", "sigD"] else {
      return HeaderRefusal(.notDetachedBinding, "crit")
    }
    return nil
  }
}
