/// The published schemas as compiled checks.
// SPDX-License-Identifier: Apache-2.0
package import JSON
package import JSONSchema

package struct WireSchemas: Sendable {
  private let envelope: Schema
  private let acknowledgement: Schema
  /// By version, "1.0.0".
  private let referrals: [String: Schema]

  package init(envelope: Schema, acknowledgement: Schema, referrals: [String: Schema]) {
    self.envelope = envelope
    self.acknowledgement = acknowledgement
    self.referrals = referrals
  }

  /// Published versions, oldest first.
  package var referralVersions: [String] {
    referrals.keys.sorted(by: SemanticVersion.precedes)
  }

  /// The same as somebody has them who knows no later version of `referral`.
  package func upTo(_ newest: String) -> WireSchemas {
    WireSchemas(
      envelope: envelope, acknowledgement: acknowledgement,
      referrals: referrals.filter { !SemanticVersion.precedes(newest, $0.key) })
  }

  /// Those of them in which documents can be written, oldest first.
  package var documentVersions: [String] {
    referralVersions.filter(DownConversion.versions.contains)
  }

  func violations(event: JSONValue, data: JSONValue, version: String) -> [WireViolation] {
    guard let referral = referrals[version] else {
      return [
        WireViolation(
          pointer: JSONPointer(tokens: ["dataschema"]), keyword: "enum",
          message: "is none of the published versions")
      ]
    }
    return violations(envelope: event) + check(data, referral, below: ["data"])
  }

  func violations(envelope event: JSONValue) -> [WireViolation] {
    check(event, envelope, below: [])
  }

  func violations(acknowledgement data: JSONValue) -> [WireViolation] {
    check(data, acknowledgement, below: ["data"])
  }

  private func check(_ value: JSONValue, _ schema: Schema, below path: [String])
    -> [WireViolation]
  {
    schema.violations(of: value, format: .assertion).map {
      WireViolation(
        pointer: JSONPointer(tokens: path + $0.pointer.tokens), keyword: $0.keyword,
        message: $0.message)
    }
  }
}

/// Where a message breaks its schema, seen from its root, and by which keyword. Never a value.
package struct WireViolation: Sendable, Equatable {
  package let pointer: JSONPointer
  package let keyword: String
  /// In the schema's words.
  package let message: String
}
