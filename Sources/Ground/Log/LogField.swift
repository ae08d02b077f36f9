/// The values a log line may hold: typed, so that no free text enters and with it no person.
// SPDX-License-Identifier: Apache-2.0
package import Platform

/// A partner's short name, 1 to 40 of a-z, 0-9 and "-".
package struct PartnerLabel: Sendable, Hashable, CustomStringConvertible {
  package let description: String

  package init?(_ text: String) {
    let octets = Array(text.utf8)
    guard (1...Limits.partnerLabelOctets).contains(octets.count),
      octets.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
    else { return nil }
    description = text
  }
}

/// A version of three numbers, "1.0.0".
package struct VersionLabel: Sendable, Hashable, CustomStringConvertible {
  package let description: String

  package init?(_ text: String) {
    let parts = text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
    guard parts.count == 3,
      parts.allSatisfy({ part in
        (1...Limits.versionPartDigits).contains(part.count)
          && part.allSatisfy { (0x30...0x39).contains($0) }
      })
    else { return nil }
    description = text
  }
}

/// One named value. Names and codes are literals of the source; there is no way in for a text
/// that was made while running.
package struct LogField: Sendable {
  enum Value: Sendable, CustomStringConvertible {
    case text(String)
    case number(Int)
    case flag(Bool)

    var description: String {
      switch self {
      case .text(let text): text
      case .number(let number): String(number)
      case .flag(let flag): String(flag)
      }
    }
  }
  let name: String
  let value: Value

  private init(_ name: StaticString, unit: StaticString = "", _ value: Value) {
    self.name = name.description + unit.description
    self.value = value
  }

  package static func id(_ name: StaticString, _ id: UniversalID) -> LogField {
    LogField(name, .text(id.description))
  }
  package static func partner(_ label: PartnerLabel) -> LogField {
    LogField("partner", .text(label.description))
  }
  package static func count(_ name: StaticString, _ count: Int) -> LogField {
    LogField(name, .number(count))
  }
  /// Written as `<name>_ms`: a name says its unit.
  package static func duration(_ name: StaticString, milliseconds: Int) -> LogField {
    LogField(name, unit: "_ms", .number(milliseconds))
  }
  package static func flag(_ name: StaticString, _ flag: Bool) -> LogField {
    LogField(name, .flag(flag))
  }
  package static func moment(_ name: StaticString, _ moment: Instant) -> LogField {
    LogField(name, .text(moment.description))
  }
  /// With blanks between; "" for none.
  package static func versions(_ name: StaticString, _ versions: [VersionLabel]) -> LogField {
    let shown = versions.prefix(Limits.versions).map(\.description)
    return LogField(name, .text(shown.joined(separator: " ")))
  }
  package static func code(_ name: StaticString, _ code: StaticString) -> LogField {
    LogField(name, .text(code.description))
  }
  /// The raw value of a closed enum: every one of them stands in the source.
  package static func code<Code: CaseIterable & RawRepresentable>(
    _ name: StaticString, _ code: Code
  ) -> LogField where Code.RawValue == String {
    LogField(name, .text(code.rawValue))
  }
  /// The 32 octets of a SHA-256 digest, in hexadecimal; octets of another length are not shown.
  package static func digest(_ name: StaticString, _ octets: [UInt8]) -> LogField {
    LogField(name, .text(octets.count == 32 ? Hex.encode(octets) : "not-a-digest"))
  }
}
