/// A certificate revocation list (RFC 5280, section 5), parsed once.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL
package import Platform

package final class RevocationList: @unchecked Sendable {
  // SAFETY: an X509_CRL is not changed after construction and its count is atomic.
  let pointer: OpaquePointer
  package let der: [UInt8]
  /// RFC 2253, one line.
  package let issuer: String
  package let thisUpdate: Instant
  /// Nil when the list does not say when the next one comes.
  package let nextUpdate: Instant?
  /// The CRL number (RFC 5280, section 5.2.3), big-endian without leading zeros; nil without one.
  package let number: [UInt8]?
  /// Which certificates of the issuer it is about (RFC 5280, sections 5.2.4 and 5.2.5), as the
  /// octets of both extensions; empty for a list about all.
  package let scope: [[UInt8]]

  /// Reads one list; nothing may follow it.
  package convenience init(der: [UInt8]) throws(OpenSSLError) {
    let list = try DER.read(der, limit: OpenSSLLimits.revocationListOctets) {
      d2i_X509_CRL(nil, &$0, $1)
    } free: {
      X509_CRL_free($0)
    }
    try self.init(adopting: list)
  }

  /// Reads the first list of the text.
  package convenience init(pem: [UInt8]) throws(OpenSSLError) {
    let list = try PEM.one(pem, limit: OpenSSLLimits.revocationListOctets) {
      PEM_read_bio_X509_CRL($0, nil, refusePassphrase, nil)
    }
    try self.init(adopting: list)
  }

  /// Reads every list of the text, in its order; at least one.
  package static func all(pem: [UInt8]) throws(OpenSSLError) -> [RevocationList] {
    let found = try PEM.all(pem, limit: OpenSSLLimits.revocationListOctets) {
      PEM_read_bio_X509_CRL($0, nil, refusePassphrase, nil)
    } free: {
      X509_CRL_free($0)
    }
    var lists: [RevocationList] = []
    for (index, list) in found.enumerated() {
      do {
        lists.append(try RevocationList(adopting: list))
      } catch {
        for left in found.dropFirst(index + 1) { X509_CRL_free(left) }
        throw error
      }
    }
    return lists
  }

  /// Takes over the caller's reference, also when it throws.
  private init(adopting list: OpaquePointer) throws(OpenSSLError) {
    pointer = list
    der = DER.write { i2d_X509_CRL(list, $0) }
    issuer = DistinguishedName(X509_CRL_get_issuer(list)).line
    let begin = Instant(X509_CRL_get0_lastUpdate(list))
    thisUpdate = begin ?? Instant(seconds: 0)
    nextUpdate = Instant(X509_CRL_get0_nextUpdate(list))
    number = RevocationList.number(of: list)
    scope = [NID_issuing_distribution_point, NID_delta_crl].compactMap { name in
      let index = X509_CRL_get_ext_by_NID(list, name, -1)
      guard index >= 0, let found = X509_CRL_get_ext(list, index) else { return nil }
      return DER.write { i2d_X509_EXTENSION(found, $0) }
    }
    guard begin != nil, !der.isEmpty else {
      throw OpenSSLError(.parse, "a date that no list may have")
    }
  }
  deinit { X509_CRL_free(pointer) }

  private static func number(of list: OpaquePointer) -> [UInt8]? {
    guard let raw = X509_CRL_get_ext_d2i(list, NID_crl_number, nil, nil) else { return nil }
    let integer = raw.assumingMemoryBound(to: ASN1_INTEGER.self)
    defer { ASN1_INTEGER_free(integer) }
    guard integer.pointee.type == V_ASN1_INTEGER else { return nil }
    let octets = UnsafeBufferPointer(
      start: integer.pointee.data, count: Int(integer.pointee.length))
    return Array(octets.drop { $0 == 0 })
  }

  /// Neither its number nor its time goes back; lists without numbers are told apart by time.
  package func isNoOlder(than other: RevocationList) -> Bool {
    guard thisUpdate >= other.thisUpdate else { return false }
    guard let mine = number, let theirs = other.number else { return true }
    return mine.count == theirs.count
      ? !mine.lexicographicallyPrecedes(theirs) : mine.count > theirs.count
  }

  /// Whether the certificate's key made the list's signature.
  package func isSigned(by issuer: Certificate) -> Bool {
    defer { ERR_clear_error() }
    guard let key = issuer.publicKey else { return false }
    return X509_CRL_verify(pointer, key.pointer) == 1
  }
}
