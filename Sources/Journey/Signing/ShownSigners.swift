/// Certificates that messages showed, parsed once, with what is needed to use their keys.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform

/// Nothing here is a verdict: who is believed is decided for each message. It only spares reading
/// the same octets and making the same key ready again for every message of a partner.
final class ShownSigners: Sendable {
  private struct Entry {
    let certificate: Certificate
    var verifiers: [SignatureAlgorithm: Verifier] = [:]
  }

  private let entries = Locked<[[UInt8]: Entry]>([:])

  /// Nil for octets that are no certificate.
  func certificate(_ der: [UInt8]) -> Certificate? {
    if let known = entries.withLock({ $0[der]?.certificate }) { return known }
    guard let read = try? Certificate(der: der) else { return nil }
    keep(Entry(certificate: read))
    return read
  }

  /// Nil when the certificate's key does not fit the algorithm.
  func verifier(_ certificate: Certificate, _ algorithm: SignatureAlgorithm) -> Verifier? {
    let found = entries.withLock { $0[certificate.der] }
    if let known = found?.verifiers[algorithm] { return known }
    guard let made = try? Verifier(certificate, algorithm) else { return nil }
    var entry = found ?? Entry(certificate: certificate)
    entry.verifiers[algorithm] = made
    keep(entry)
    return made
  }

  private func keep(_ entry: Entry) {
    entries.withLock { entries in
      if entries.count >= SignatureLimits.shownSigners { entries.removeAll() }
      entries[entry.certificate.der] = entry
    }
  }
}
