/// The CloudEvents envelope around a document (docs/wire.md).
// SPDX-License-Identifier: Apache-2.0
package import Platform
package import Referrals

/// What the gateway adds to a disclosed referral: who sends, when, and chance octets.
package struct Envelope: Sendable {
  /// `urn:nld:oin:<OIN>:systeem:<name>`.
  package let source: String
  package let recordedAt: Instant
  /// From `time` to `expires`.
  package let lifetimeSeconds: Int64
  /// From `time` to `ackdeadline`.
  package let answerWithinSeconds: Int64
  /// The schema version that both sides know, "1.0.0".
  package let schemaVersion: String
  /// 16 octets for the id, 16 for the nonce.
  package let idOctets: [UInt8]
  package let nonceOctets: [UInt8]
  /// The message that this one replaces (a reissue), if any.
  package let causationID: UniversalID?

  package init(
    source: String, recordedAt: Instant, lifetimeSeconds: Int64, answerWithinSeconds: Int64,
    schemaVersion: String, idOctets: [UInt8], nonceOctets: [UInt8],
    causationID: UniversalID? = nil
  ) {
    self.source = source
    self.recordedAt = recordedAt
    self.lifetimeSeconds = lifetimeSeconds
    self.answerWithinSeconds = answerWithinSeconds
    self.schemaVersion = schemaVersion
    self.idOctets = idOctets
    self.nonceOctets = nonceOctets
    self.causationID = causationID
  }
}

/// The values of CloudEvents `type` that this protocol uses.
package enum EventType: String, Sendable, CaseIterable {
  case offered = "nl.mensenhandelsignalen.verwijzing.aangeboden.v1"
  case changed = "nl.mensenhandelsignalen.verwijzing.gewijzigd.v1"
  case withdrawn = "nl.mensenhandelsignalen.verwijzing.ingetrokken.v1"
  case acknowledged = "nl.mensenhandelsignalen.verwijzing.bevestigd.v1"
  case statistics = "nl.mensenhandelsignalen.statistiek.aangeboden.v1"

  package init(_ operation: Referrals.Operation) {
    self =
      switch operation {
      case .create: .offered
      case .update, .correct: .changed
      case .withdraw: .withdrawn
      }
  }
}

/// Schema identifiers: one constant base, never fetched (docs/wire.md).
package enum SchemaURI {
  package static func of(_ name: String, _ version: String) -> String {
    "https://referral-gateway.example/schemas/\(name)/\(version)/schema.json"
  }

  /// The version in the URI of a schema of this name; nil for any other URI.
  package static func version(of name: String, in uri: String) -> String? {
    let (head, tail) = ("https://referral-gateway.example/schemas/\(name)/", "/schema.json")
    guard uri.hasPrefix(head), uri.hasSuffix(tail),
      uri.utf8.count > head.utf8.count + tail.utf8.count
    else { return nil }
    return String(uri.dropFirst(head.count).dropLast(tail.count))
  }
}

/// What a document is about; also the name of the schema of its data.
package enum DocumentSubject: String, Sendable, CaseIterable {
  case referral, statistics

  /// By a schema's URI; nil for what no document has.
  package init?(schema uri: String) {
    let named = DocumentSubject.allCases.first { subject in
      SchemaURI.version(of: subject.rawValue, in: uri) != nil
    }
    guard let named else { return nil }
    self = named
  }
}
