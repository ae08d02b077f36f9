/// What one partner may see: the values of a disclosure policy.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import Platform
package import Referrals

/// A JSON Pointer (RFC 6901) in which the token `*` stands for any index of an array.
package struct PointerPattern: Sendable, Hashable, CustomStringConvertible {
  /// Unescaped.
  package let tokens: [String]
  package let description: String

  /// At least one token: a pattern for the whole would hide that everything is meant.
  package init?(_ text: String) {
    guard text.hasPrefix("/"), text.utf8.count > 1 else { return nil }
    var tokens: [String] = []
    for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let token = Self.unescaped(part), !token.isEmpty else { return nil }
      tokens.append(token)
    }
    self.tokens = tokens
    description = text
  }

  private static func unescaped(_ part: Substring) -> String? {
    var out = String.UnicodeScalarView()
    var scalars = part.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      guard scalar == "~" else {
        out.append(scalar)
        continue
      }
      switch scalars.popFirst() {
      case "0": out.append("~")
      case "1": out.append("/")
      case .some, nil: return nil
      }
    }
    return String(out)
  }

  /// Whether these tokens, unescaped, are what the pattern names.
  package func matches(_ tokens: [String]) -> Bool {
    tokens.count == self.tokens.count && covers(tokens)
  }

  /// Whether these tokens are what the pattern names or stand inside it.
  package func covers(_ tokens: [String]) -> Bool {
    tokens.count >= self.tokens.count
      && zip(self.tokens, tokens).allSatisfy { pattern, token in
        pattern == "*" ? isIndex(token) : pattern.utf8.elementsEqual(token.utf8)
      }
  }
}

private func isIndex(_ token: String) -> Bool {
  !token.isEmpty && token.utf8.allSatisfy { (0x30...0x39).contains($0) }
    && (token.utf8.count == 1 || !token.hasPrefix("0"))
}

package enum FieldAction: String, Sendable, CaseIterable {
  case disclose, remove
  /// A date cut to its month or year.
  case month, year
  /// A place cut to its country or region.
  case country, region
  /// A birth date replaced by a band of ages, or by one of five years.
  case ageBand = "age-band"
  case fiveYearBand = "five-year-band"
}

/// How a recipient may use what it gets (Europol handling codes).
package enum HandlingCode: String, Sendable, CaseIterable {
  case unrestricted = "H0"
  case notInCourt = "H1"
  case notPassedOn = "H2"
  case asWritten = "H3"
}

/// A value of one policy file. Made only by reading one.
package struct Policy: Sendable {
  package enum Detail: String, Sendable, CaseIterable {
    case full, pseudonymised, deidentified
  }
  /// The highest marking that may go; the gateway claims no protection for more.
  package enum Classification: String, Sendable, CaseIterable {
    case unmarked
    case restricted = "departementaal-vertrouwelijk"
  }
  /// What happens where consent is asked and not given.
  package enum WithoutConsent: String, Sendable, CaseIterable { case deidentified, refuse }
  package struct FieldRule: Sendable {
    package let pointer: PointerPattern
    package let action: FieldAction
    /// The rule of docs/rules.md or of the agreement, e.g. "R14".
    package let rule: String
    package let reason: String
    package let place: ConfigurationPlace
  }

  /// What its partner gets of the statistics of a quarter; the purpose is always `statistics`.
  package struct Statistics: Sendable {
    /// In the order of `StatisticsTable`; never empty.
    package let tables: [StatisticsTable]
    package let legalBasis: [String]
  }

  package let partner: PartnerCode
  package let version: String
  package let author: String, approver: String, reason: String
  package let validFrom: CivilDate
  /// Wire words of the kinds allowed, each one of those known to the loader.
  package let kinds: Set<String>
  package let purposes: [String]
  package let detail: Detail
  /// The scope of consent that full detail needs; nil: no consent can be enough.
  package let consentScope: String?
  package let withoutConsent: WithoutConsent
  package let legalBasis: [String]
  package let maximumClassification: Classification
  package let hidesSuspects: Bool
  /// Of children and presumed children only; everybody else is taken out.
  package let onlyMinors: Bool
  /// A referral without a handling code (H0 to H3) does not go.
  package let needsHandlingCode: Bool
  /// Identifier schemes allowed.
  package let identifierSchemes: Set<String>
  /// Europol handling codes that the partner has agreed to honour.
  package let handlingCodes: Set<HandlingCode>
  /// The hub that passes on what this partner gets; nil where it gets its documents itself.
  package let via: PartnerCode?
  /// In the order of the file; one table for each level of detail.
  package let fields: [FieldRule], pseudonymised: [FieldRule], deidentified: [FieldRule]
  /// Nil: no statistics.
  package let statistics: Statistics?
  /// What its author expects of it, with referrals to try it on.
  package let examples: [PolicyExample]
  /// Relative to the folder that it was read from.
  package let file: String
  /// Where its keys stand.
  let places: [String: ConfigurationPlace]
  /// Of the file's octets.
  package let digest: SHA256Digest

  /// Where a key stands; the start of the file for one that is not there.
  package func place(of key: String) -> ConfigurationPlace {
    places[key] ?? ConfigurationPlace(file: file, line: 1, column: 1)
  }
}
