/// Who gets referrals: where, over which line, signed how and trusted why.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import OpenSSL
package import Platform
package import Referrals

/// What a partner is, as far as the rules of disclosure ask (docs/disclosure.md).
package enum PartnerTrait: String, Sendable, CaseIterable {
  case lawEnforcement = "law-enforcement"
  case care, judicial, statistics, foreign, hub
  /// Told by law, with or without consent (rule R11).
  case legalDuty = "legal-duty"
}

/// MAJOR.MINOR.PATCH.
package struct SchemaVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let major: Int, minor: Int, patch: Int
  package var description: String { "\(major).\(minor).\(patch)" }

  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      Int(part).flatMap { (0...9_999).contains($0) && String($0) == part ? $0 : nil }
    }
    guard parts.count == 3, numbers.count == 3 else { return nil }
    (major, minor, patch) = (numbers[0], numbers[1], numbers[2])
  }

  package static func < (a: SchemaVersion, b: SchemaVersion) -> Bool {
    (a.major, a.minor, a.patch) < (b.major, b.minor, b.patch)
  }
}

/// A certificate chain, leaf first, and the key of the leaf.
package struct KeyPair: Sendable {
  package let certificates: [Certificate]
  package let key: PrivateKey
}

/// A value of one partner file. Made only by reading one.
package struct Partner: Sendable {
  package struct TLS: Sendable {
    /// Roots that the partner's server certificate must end at.
    package let anchors: [Certificate]
    /// SHA-256 of the public keys allowed, 32 octets each; empty: any under the anchors.
    package let pins: [[UInt8]]
    /// In place of the gateway's own.
    package let client: KeyPair?
    /// Addresses that may be dialled; empty: any.
    package let addresses: [AddressRange]
  }

  package struct Signing: Sendable {
    package enum Binding: String, Sendable, CaseIterable { case detached }
    /// What of the chain travels in the header.
    package enum CertificateHeader: String, Sendable, CaseIterable { case leaf, chain, none }
    package let binding: Binding
    package let algorithm: SignatureAlgorithm
    /// The gateway's key for this partner.
    package let key: SigningKey
    package let headerName: String
    package let x5c: CertificateHeader
    /// Algorithms of acknowledgements; never empty.
    package let accept: [SignatureAlgorithm]
  }

  package struct Trust: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
      /// The signer's certificate ends at an anchor.
      case chain
      /// The signer's certificate is one of those listed.
      case pinned
    }
    package let mode: Mode
    package let anchors: [Certificate]
    package let intermediates: [Certificate]
    package let pinned: [Certificate]
    /// Dotted OIDs of which the signer's certificate must carry one; empty: none asked.
    package let extendedKeyUsages: [String]
  }

  package struct Revocation: Sendable {
    package enum Mode: String, Sendable, CaseIterable { case crl, none }
    package let mode: Mode
    /// Where lists stand that others fetch; nil without such a place.
    package let files: RevocationFiles?
    /// Where the gateway fetches lists itself.
    package let sources: [ServiceURL]
    /// Roots of the https servers among them.
    package let sourceAnchors: [Certificate]
    /// Those that were there when the file was read.
    package let lists: [RevocationList]
    /// How long after a list's next update connections are still made.
    package let graceHours: Int
    /// The last day on which nothing is asked; only with mode none.
    package let noneUntil: CivilDate?
  }

  package enum Route: Sendable, Equatable {
    case direct
    case fscOutway(outway: ServiceURL, grantHash: String)
    case proxy(ServiceURL)
  }

  package struct Acknowledgements: Sendable {
    package let requested: [AcknowledgementKind]
    /// A 202 without a receipt is an answer.
    package let asynchronous: Bool
    /// Within which it is to say that it carried out a correction or withdrawal; nil: it need not.
    package let changeExecutedWithinHours: Int?
    /// Parallel deliveries at the start and at most.
    package let windowInitial: Int, windowLimit: Int
  }

  package let code: PartnerCode
  /// Display name.
  package let name: String
  package let identity: PartnerIdentity
  package let traits: Set<PartnerTrait>
  package let endpoint: ServiceURL
  package let dutyPhone: String?
  /// ISO 639 codes, the preferred first.
  package let languages: [String]
  package let isEnabled: Bool
  package let tls: TLS
  package let signing: Signing
  package let trust: Trust
  package let revocation: Revocation
  package let route: Route
  package let schema: ClosedRange<SchemaVersion>
  /// Versions of the statistics batch; nil for a partner that takes none.
  package let statistics: ClosedRange<SchemaVersion>?
  package let acknowledgements: Acknowledgements
  /// Of the file's octets.
  package let digest: SHA256Digest
}
