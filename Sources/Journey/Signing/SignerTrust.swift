/// Whom we believe as a partner's signer, and under which conditions (docs/verification.md).
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL

package struct SignerTrust: Sendable {
  package enum Mode: Sendable {
    /// A path to the partner's anchors and the partner's identity in the certificate.
    case chain
    /// One of these certificates, whatever issued it.
    case pinned([Certificate])
  }
  /// How the certificate says who signs.
  package enum Identity: Sendable, Equatable {
    /// `subject:serialNumber`.
    case oin(String)
    /// `organizationIdentifier`, OID 2.5.4.97.
    case organization(String)
    /// Nothing in the certificate: the pin is the identity.
    case pin
    /// Nobody in particular: who signed is told, not judged. Never in a partner's trust.
    case anyone
  }

  package let algorithms: [SignatureAlgorithm]
  package let mode: Mode
  package let intermediates: [Certificate]
  package let identity: Identity
  package let checksRevocation: Bool
  /// Both hold their certificate store: made once for each partner, not for each message.
  let path: PathValidation
  let pathAndRevocation: PathValidation
  let shown = ShownSigners()
  /// Accepted when the certificate has an extended key usage at all; dotted OIDs.
  package let extendedKeyUsages: [String]
  /// Lower case. One of them must carry the signature, exactly once in all.
  package let headerNames: [String]

  /// A pinned certificate stands alone: no issuer, whose list could name it, is trusted.
  var asksRevocation: Bool {
    switch mode {
    case .chain: checksRevocation
    case .pinned: false
    }
  }

  package init(
    algorithms: [SignatureAlgorithm], mode: Mode, anchors: [Certificate],
    intermediates: [Certificate], identity: Identity, revocationLists: [RevocationList],
    checksRevocation: Bool, extendedKeyUsages: [String], headerNames: [String]
  ) {
    self.algorithms = algorithms
    self.mode = mode
    self.intermediates = intermediates
    self.identity = identity
    self.checksRevocation = checksRevocation
    path = PathValidation(
      anchors: anchors, revocationLists: revocationLists, revocation: .none)
    pathAndRevocation = PathValidation(
      anchors: anchors, revocationLists: revocationLists, revocation: .required)
    self.extendedKeyUsages = extendedKeyUsages
    self.headerNames = Set(headerNames.map { $0.lowercased() }).sorted()
  }

  /// The names under which Dutch profiles of ADR-signing send the signature.
  package static let defaultHeaderNames = ["payload-signature", "nlgov-adr-payload-sig"]
}
