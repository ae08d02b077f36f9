/// A protected header read strictly: what is not understood is refused or has no effect.
// SPDX-License-Identifier: Apache-2.0
import JSON
package import OpenSSL
import Platform

/// The digest of a certificate by a named algorithm (`x5t#o`, ETSI TS 119 182-1, 5.2.2.2).
package struct CertificateDigest: Sendable, Equatable {
  package enum Algorithm: String, Sendable { case s256 = "S256", s384 = "S384", s512 = "S512" }
  package let algorithm: Algorithm
  package let octets: [UInt8]
}

/// What was signed beside the header (`sigD`, ETSI TS 119 182-1, 5.2.8).
package struct SignedDataReference: Sendable, Equatable {
  /// The mechanism, a URI.
  package let mId: String
  package let pars: [String]
}

package struct ProtectedHeader: Sendable, Equatable {
  /// `alg` as written; `signatureAlgorithm` when it is one of the profile.
  package let algorithm: String
  package let typ: String?
  /// `cty`.
  package let contentType: String?
  /// `x5t#S256`: SHA-256 of the signing certificate in DER.
  package let x5tS256: [UInt8]?
  package let x5tO: [CertificateDigest]
  /// `x5c`: certificates in DER, the signing one first; empty when absent.
  package let x5c: [[UInt8]]
  /// Seconds since 1970.
  package let iat: Int64?
  package let b64: Bool?
  package let sigD: SignedDataReference?
  package let crit: [String]?

  package var signatureAlgorithm: SignatureAlgorithm? { SignatureAlgorithm(rawValue: algorithm) }

  /// Whether the certificate is the one that the header names: one of `x5t#S256`, `x5t#o` and
  /// `x5c` at least, and all that are there agree.
  package func names(_ certificate: Certificate) -> Bool {
    var named: [Bool] = []
    if let x5tS256 { named.append(x5tS256 == certificate.sha256) }
    for digest in x5tO {
      switch digest.algorithm {
      case .s256: named.append(digest.octets == certificate.sha256)
      case .s384: named.append(digest.octets == certificate.sha384)
      case .s512: named.append(digest.octets == certificate.sha512)
      }
    }
    if let first = x5c.first { named.append(first == certificate.der) }
    return !named.isEmpty && named.allSatisfy { $0 }
  }

  /// Reads the first part of a compact JWS. Members without meaning for the profile (`kid` among
  /// them) have no effect; members that would let the header choose the key are refused.
  package static func read(_ base64url: String) -> Result<ProtectedHeader, HeaderRefusal> {
    do throws(HeaderRefusal) {
      return .success(try ProtectedHeader(try object(base64url)))
    } catch {
      return .failure(error)
    }
  }

  private static func object(_ base64url: String) throws(HeaderRefusal) -> JSONObject {
    guard base64url.utf8.count <= JOSELimits.headerOctets * 4 / 3 else {
      throw HeaderRefusal(.tooLarge)
    }
    guard let octets = Base64.decode(base64url, .url) else { throw HeaderRefusal(.encoding) }
    let limits = JSONLimits(
      octets: JOSELimits.headerOctets, depth: JOSELimits.headerDepth,
      members: JOSELimits.headerMembers, elements: JOSELimits.headerMembers)
    let value: JSONValue
    do {
      value = try JSONReader.read(octets, limits: limits)
    } catch {
      throw HeaderRefusal(error.code == .duplicateName ? .duplicateName : .syntax)
    }
    guard let object = value.members else { throw HeaderRefusal(.syntax) }
    return object
  }

  private init(_ object: JSONObject) throws(HeaderRefusal) {
    for name in ["jku", "jwk", "x5u", "x5t", "zip"] where object[name] != nil {
      throw HeaderRefusal(.forbiddenMember, name)
    }
    let members = HeaderMembers(object)
    guard let algorithm = try members.text("alg") else {
      throw HeaderRefusal(.missingMember, "alg")
    }
    self.algorithm = algorithm
    typ = try members.text("typ")
    contentType = try members.text("cty")
    x5tS256 = try members.digest("x5t#S256")
    x5tO = try members.namedDigest("x5t#o").map { [$0] } ?? []
    x5c = try members.chain("x5c")
    iat = try members.time("iat")
    b64 = try members.flag("b64")
    sigD = try members.reference("sigD")
    crit = try members.names("crit")
    for name in crit ?? [] where name != "b64" && name != "sigD" {
      throw HeaderRefusal(.unknownCritical, "crit")
    }
  }
}

/// Reads members in the types of their standards; absent is nil, anything else is refused.
private struct HeaderMembers {
  private let object: JSONObject
  init(_ object: JSONObject) { self.object = object }

  private func read<Value>(_ name: String, _ convert: (JSONValue) -> Value?)
    throws(HeaderRefusal) -> Value?
  {
    guard let value = object[name] else { return nil }
    guard let converted = convert(value) else { throw HeaderRefusal(.malformedMember, name) }
    return converted
  }

  func text(_ name: String) throws(HeaderRefusal) -> String? { try read(name, \.text) }
  func flag(_ name: String) throws(HeaderRefusal) -> Bool? { try read(name, \.flag) }
  /// Whole seconds that a calendar of four-digit years can show; more would not fit an Instant.
  func time(_ name: String) throws(HeaderRefusal) -> Int64? {
    try read(name) { value in
      value.integer.flatMap { JOSELimits.issuedAtSeconds.contains($0) ? $0 : nil }
    }
  }

  /// Distinct names, at least one.
  func names(_ name: String) throws(HeaderRefusal) -> [String]? {
    try read(name) { value in strings(value) }
  }

  private func strings(_ value: JSONValue) -> [String]? {
    guard let elements = value.elements, (1...JOSELimits.nameEntries).contains(elements.count)
    else { return nil }
    let names = elements.compactMap(\.text)
    return names.count == elements.count && Set(names).count == names.count ? names : nil
  }

  func digest(_ name: String) throws(HeaderRefusal) -> [UInt8]? {
    try read(name) { value in
      value.text.flatMap { Base64.decode($0, .url) }.flatMap { $0.count == 32 ? $0 : nil }
    }
  }

  func namedDigest(_ name: String) throws(HeaderRefusal) -> CertificateDigest? {
    try read(name) { value in
      guard value.members?.count == 2,
        let algorithm = value["digAlg"]?.text.flatMap(CertificateDigest.Algorithm.init),
        let octets = value["digVal"]?.text.flatMap({ Base64.decode($0, .url) })
      else { return nil }
      return CertificateDigest(algorithm: algorithm, octets: octets)
    }
  }

  /// RFC 7515, section 4.1.6: padded base64, not base64url.
  func chain(_ name: String) throws(HeaderRefusal) -> [[UInt8]] {
    try read(name) { value in
      guard let elements = value.elements,
        (1...JOSELimits.chainCertificates).contains(elements.count)
      else { return nil }
      let certificates = elements.compactMap { $0.text.flatMap { Base64.decode($0, .standard) } }
      return certificates.count == elements.count ? certificates : nil
    } ?? []
  }

  func reference(_ name: String) throws(HeaderRefusal) -> SignedDataReference? {
    try read(name) { value in
      // More members (hashM, hashV, ctys) belong to other mechanisms.
      guard value.members?.count == 2, let mId = value["mId"]?.text,
        let pars = value["pars"].flatMap(strings)
      else { return nil }
      return SignedDataReference(mId: mId, pars: pars)
    }
  }
}
