/// The published schemas as compiled checks.
// SPDX-License-Identifier: Apache-2.0
package import JSON
package import JSONSchema

package struct WireSchemas: Sendable {
  private let envelope: Schema
  private let acknowledgement: Schema
  /// By version, "1.0.0".
  private let referrals: [String: Schema]
  /// Of its own: one more `type` in a closed list would be a new major of the other.
  private let statisticsEnvelope: Schema
  private let statistics: [String: Schema]

  package init(
    envelope: Schema, acknowledgement: Schema, referrals: [String: Schema],
    statisticsEnvelope: Schema, statistics: [String: Schema]
  ) {
    self.envelope = envelope
    self.acknowledgement = acknowledgement
    self.referrals = referrals
    self.statisticsEnvelope = statisticsEnvelope
    self.statistics = statistics
  }

  /// Published versions, oldest first.
  package var referralVersions: [String] {
    referrals.keys.sorted(by: SemanticVersion.precedes)
  }
  package var statisticsVersions: [String] {
    statistics.keys.sorted(by: SemanticVersion.precedes)
  }

  package func versions(of subject: DocumentSubject) -> [String] {
    switch subject {
    case .referral: referralVersions
    case .statistics: statisticsVersions
    }
  }

  /// The same as somebody has them who knows no later version of `referral`.
  package func upTo(_ newest: String) -> WireSchemas {
    WireSchemas(
      envelope: envelope, acknowledgement: acknowledgement,
      referrals: referrals.filter { !SemanticVersion.precedes(newest, $0.key) },
      statisticsEnvelope: statisticsEnvelope, statistics: statistics)
  }

  /// Those of them in which documents can be written, oldest first.
  package var documentVersions: [String] {
    referralVersions.filter(DownConversion.versions.contains)
  }

  /// Of a document and its data, by the schemas of what it is.
  func violations(
    event: JSONValue, data: JSONValue, _ subject: DocumentSubject, version: String
  ) -> [WireViolation] {
    let known =
      switch subject {
      case .referral: referrals[version]
      case .statistics: statistics[version]
      }
    guard let schema = known else {
      return [
        WireViolation(
          pointer: JSONPointer(tokens: ["dataschema"]), keyword: "enum",
          message: "is none of the published versions")
      ]
    }
    return violations(envelope: event) + check(data, schema, below: ["data"])
  }

  /// By the envelope that belongs to the schema that its data name.
  func violations(envelope event: JSONValue) -> [WireViolation] {
    let subject = event["dataschema"]?.text.flatMap(DocumentSubject.init(schema:))
    return check(event, subject == .statistics ? statisticsEnvelope : envelope, below: [])
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
