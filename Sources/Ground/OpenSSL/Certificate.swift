/// An X.509 certificate, parsed once, with the facts that the rooms above decide by.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL
package import Platform

/// RFC 5280, section 4.2.1.3. The raw value is the bit as libcrypto reports it.
package enum KeyUsage: UInt32, Sendable, CaseIterable {
  case digitalSignature = 0x80, nonRepudiation = 0x40, keyEncipherment = 0x20
  case dataEncipherment = 0x10, keyAgreement = 0x08, keyCertSign = 0x04, crlSign = 0x02
}

package final class Certificate: @unchecked Sendable, Equatable {
  // SAFETY: an X509 is not changed after construction (libcrypto fills its own caches under its
  // own lock) and its count is atomic.
  let pointer: OpaquePointer
  /// Nil when libcrypto does not know the key's algorithm.
  let publicKey: PublicKey?

  package let der: [UInt8]
  /// Digests of `der`.
  package let sha256: [UInt8], sha384: [UInt8], sha512: [UInt8]
  /// SHA-256 of the SubjectPublicKeyInfo.
  package let publicKeySHA256: [UInt8]
  /// RFC 2253, one line, everything outside printable ASCII escaped.
  package let subject: String, issuer: String
  /// Attribute 2.5.4.5, where Dutch certificates carry the OIN; nil when absent or given twice.
  package let subjectSerialNumber: String?
  /// Attribute 2.5.4.97 (EN 319 412-1); nil when absent or given twice.
  package let organizationIdentifier: String?
  package let commonName: String?
  package let notBefore: Instant, notAfter: Instant
  package let isVersion3: Bool
  /// basicConstraints with CA=true.
  package let isAuthority: Bool
  /// Subject and issuer are equal and the signature verifies under the certificate's own key.
  package let isSelfSigned: Bool
  /// Nil when the extension is absent.
  package let keyUsage: Set<KeyUsage>?
  /// Dotted object identifiers; nil when the extension is absent.
  package let extendedKeyUsages: [String]?
  /// A development certificate, made by us for everybody to see.
  package let isSample: Bool

  /// The organizationalUnitName that marks a certificate whose private key is public.
  package static let sampleKeyMark = "REFERRAL-GATEWAY SAMPLE KEY"

  /// The sizes and curves that the algorithms of the profile ask for.
  package var keyKind: KeyKind { publicKey?.kind ?? .other }

  /// Reads one certificate; nothing may follow it, and the encoding must be DER.
  package convenience init(der: [UInt8]) throws(OpenSSLError) {
    let x = try DER.read(der, limit: OpenSSLLimits.certificateOctets) {
      d2i_X509(nil, &$0, $1)
    } free: {
      X509_free($0)
    }
    try self.init(adopting: x)
    guard self.der == der else { throw OpenSSLError(.parse, "not in DER") }
  }

  /// Reads the first certificate of the text.
  package convenience init(pem: [UInt8]) throws(OpenSSLError) {
    let x = try PEM.one(pem, limit: OpenSSLLimits.pemOctets) {
      PEM_read_bio_X509($0, nil, refusePassphrase, nil)
    }
    try self.init(adopting: x)
  }

  /// Reads every certificate of the text, in its order; at least one.
  package static func all(pem: [UInt8]) throws(OpenSSLError) -> [Certificate] {
    let found = try PEM.all(pem, limit: OpenSSLLimits.pemOctets) {
      PEM_read_bio_X509($0, nil, refusePassphrase, nil)
    } free: {
      X509_free($0)
    }
    var certificates: [Certificate] = []
    for (index, x) in found.enumerated() {
      do {
        certificates.append(try Certificate(adopting: x))
      } catch {
        for left in found.dropFirst(index + 1) { X509_free(left) }
        throw error
      }
    }
    return certificates
  }

  /// Takes over the caller's reference, also when it throws.
  init(adopting x: OpaquePointer) throws(OpenSSLError) {
    pointer = x
    publicKey = X509_get_pubkey(x).map(PublicKey.init(adopting:))
    der = DER.write { i2d_X509(x, $0) }
    sha256 = MessageDigest.sha256(der)
    sha384 = MessageDigest.sha384(der)
    sha512 = MessageDigest.sha512(der)
    let spki = X509_get_X509_PUBKEY(x)
    publicKeySHA256 = MessageDigest.sha256(DER.write { i2d_X509_PUBKEY(spki, $0) })
    let subjectName = DistinguishedName(X509_get_subject_name(x))
    subject = subjectName.line
    issuer = DistinguishedName(X509_get_issuer_name(x)).line
    subjectSerialNumber = subjectName.only(NID_serialNumber)
    organizationIdentifier = subjectName.only(NID_organizationIdentifier)
    commonName = subjectName.only(NID_commonName)
    isSample = subjectName.all(NID_organizationalUnitName).contains(Certificate.sampleKeyMark)
    let begin = Instant(X509_get0_notBefore(x))
    let end = Instant(X509_get0_notAfter(x))
    notBefore = begin ?? Instant(seconds: 0)
    notAfter = end ?? Instant(seconds: 0)
    isVersion3 = X509_get_version(x) == Int(X509_VERSION_3)
    let flags = X509_get_extension_flags(x)
    isAuthority = flags & UInt32(EXFLAG_CA) != 0 && flags & UInt32(EXFLAG_BCONS) != 0
    isSelfSigned = X509_self_signed(x, 1) == 1
    let bits = X509_get_key_usage(x)
    keyUsage = bits == .max ? nil : Set(KeyUsage.allCases.filter { bits & $0.rawValue != 0 })
    extendedKeyUsages = Certificate.purposes(x)
    ERR_clear_error()
    guard begin != nil, end != nil, !der.isEmpty, flags & UInt32(EXFLAG_INVALID) == 0 else {
      throw OpenSSLError(.parse, "extensions or dates that no certificate may have")
    }
  }
  deinit { X509_free(pointer) }

  private static func purposes(_ x: OpaquePointer) -> [String]? {
    guard let raw = X509_get_ext_d2i(x, NID_ext_key_usage, nil, nil) else { return nil }
    let usages = OpaquePointer(raw)
    defer { EXTENDED_KEY_USAGE_free(usages) }
    return (0..<copenssl_usages_count(usages)).map { index in
      var text = [CChar](repeating: 0, count: 128)
      let length = OBJ_obj2txt(&text, Int32(text.count), copenssl_usages_at(usages, index), 1)
      let kept = text.prefix(max(0, min(Int(length), text.count - 1)))
      return String(decoding: kept.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }

  package static func == (a: Certificate, b: Certificate) -> Bool { a.der == b.der }

  /// Whether the key's type, size and curve fit the algorithm.
  package func allows(_ algorithm: SignatureAlgorithm) -> Bool { algorithm.fits(keyKind) }
}
