/// Who is who: partner codes, OINs, identities and profiles.
// SPDX-License-Identifier: Apache-2.0
package import Log
package import OpenSSL

/// A partner's short name: 1 to 40 of a-z, 0-9 and "-", beginning with a letter. It is the name of
/// the partner's file and stands in logs, metrics and command lines.
package struct PartnerCode: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The same for log events.
  package let label: PartnerLabel
  package var text: String { label.description }
  package var description: String { text }

  package init?(_ text: String) {
    guard let label = PartnerLabel(text), let first = text.utf8.first,
      (0x61...0x7A).contains(first)
    else { return nil }
    self.label = label
  }

  package static func < (a: PartnerCode, b: PartnerCode) -> Bool { a.text < b.text }
}

/// An organisation number of 20 positions: 8 digits of prefix, then digits and capital letters
/// (Logius, OIN-stelsel).
package struct OIN: Sendable, Hashable, CustomStringConvertible {
  package let text: String
  package var description: String { text }

  package init?(_ text: String) {
    let octets = Array(text.utf8)
    func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }
    guard octets.count == 20, octets.prefix(8).allSatisfy(isDigit),
      octets.allSatisfy({ isDigit($0) || (0x41...0x5A).contains($0) })
    else { return nil }
    self.text = text
  }

  /// Prefix 00000099: free for anyone, so it proves nothing.
  package var isTest: Bool { text.hasPrefix("00000099") }
}

/// Whom a document is for or an acknowledgement is from; two are equal when they name the same
/// organisation, whatever system of it is named.
package struct PartnerIdentity: Sendable, Hashable, CustomStringConvertible {
  private enum Organisation: Hashable {
    case oin(OIN)
    /// An organizationIdentifier of ETSI EN 319 412-1, section 5.1.4.
    case foreign(String)
  }
  private let organisation: Organisation
  /// As it stands in the file or the message.
  package let uri: String
  package var description: String { uri }

  static let oinPrefix = "urn:nld:oin:"
  static let foreignPrefix = "https://referral-gateway.example/id/eidas/"

  /// Reads `urn:nld:oin:<OIN>`, `urn:nld:oin:<OIN>:systeem:<name>` or
  /// `https://referral-gateway.example/id/eidas/<organizationIdentifier>`.
  package init?(_ uri: String) {
    if uri.hasPrefix(Self.oinPrefix) {
      let parts = uri.dropFirst(Self.oinPrefix.count)
        .split(separator: ":", omittingEmptySubsequences: false)
      guard let oin = parts.first.flatMap({ OIN(String($0)) }),
        parts.count == 1
          || parts.count == 3 && parts[1] == "systeem" && isSystemName(String(parts[2]))
      else { return nil }
      organisation = .oin(oin)
    } else if uri.hasPrefix(Self.foreignPrefix) {
      let identifier = String(uri.dropFirst(Self.foreignPrefix.count))
      guard isOrganizationIdentifier(identifier) else { return nil }
      organisation = .foreign(identifier)
    } else {
      return nil
    }
    self.uri = uri
  }

  package var oin: OIN? {
    if case .oin(let oin) = organisation { oin } else { nil }
  }

  /// `organizationIdentifier` of a foreign organisation (EN 319 412-1); nil with an OIN.
  package var organizationIdentifier: String? {
    if case .foreign(let text) = organisation { text } else { nil }
  }

  /// The identity without a system: what a message is addressed to.
  package var organisationURI: String {
    switch organisation {
    case .oin(let oin): Self.oinPrefix + oin.text
    case .foreign(let text): Self.foreignPrefix + text
    }
  }

  /// Whether the certificate's subject is this organisation: the OIN as serialNumber (PKIoverheid)
  /// or the organizationIdentifier (EN 319 412-1).
  package func isSubject(of certificate: Certificate) -> Bool {
    switch organisation {
    case .oin(let oin): certificate.subjectSerialNumber.map { same($0, oin.text) } ?? false
    case .foreign(let text): certificate.organizationIdentifier.map { same($0, text) } ?? false
    }
  }

  package static func == (a: PartnerIdentity, b: PartnerIdentity) -> Bool {
    a.organisation == b.organisation
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(organisation) }
}

/// String's own equality is canonical equivalence, which is too wide for identities.
private func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

/// 1 to 40 of a-z, 0-9 and "-".
func isSystemName(_ text: String) -> Bool {
  (1...40).contains(text.utf8.count)
    && text.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
    }
}

private func isOrganizationIdentifier(_ text: String) -> Bool {
  (4...64).contains(text.utf8.count)
    && text.utf8.allSatisfy {
      (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
        || $0 == 0x2D || $0 == 0x2E
    }
}

/// How real the surroundings are (docs/configuration.md).
package enum Profile: String, Sendable, CaseIterable {
  /// Sample keys, test OINs, loopback.
  case development
  /// Real certificates and partners, exercises only.
  case acceptance
  case production
}

/// The gateway itself.
package struct GatewayIdentity: Sendable, Equatable {
  package let oin: OIN
  package let system: String
  /// Display name of the organisation.
  package let organisation: String

  /// `urn:nld:oin:<OIN>:systeem:<name>`, the `source` of what the gateway sends.
  package var source: String { "\(PartnerIdentity.oinPrefix)\(oin):systeem:\(system)" }
}
