/// Exact octets of one document for one partner; what is signed is what was written here.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import Disclosure
package import JSON
package import Platform
import Referrals

/// Only `encode` makes one, and only from a disclosed referral.
package struct WireDocument: Sendable {
  package let id: UniversalID
  package let octets: [UInt8]
  package let digest: SHA256Digest
  package let disclosed: DisclosedReferral
  package let schemaVersion: String
  /// What stands in the octets: the disclosed data, in that version.
  package let data: JSONObject
  /// What that version cannot say.
  package let losses: [ConversionLoss]
  /// The document that this one stands for, if it is a reissue.
  package let causationID: UniversalID?
  /// What `iat` will say: never after acceptance, cut to the hour below full detail.
  package let issuedAt: Instant
  package let expires: Instant
  package let answerDeadline: Instant

  fileprivate init(
    id: UniversalID, octets: [UInt8], disclosed: DisclosedReferral, schemaVersion: String,
    converted: DownConversion.Converted, causationID: UniversalID?, issuedAt: Instant,
    expires: Instant, answerDeadline: Instant
  ) {
    self.id = id
    self.octets = octets
    digest = SHA256Digest(of: octets)
    self.disclosed = disclosed
    self.schemaVersion = schemaVersion
    data = converted.data
    losses = converted.losses
    self.causationID = causationID
    self.issuedAt = issuedAt
    self.expires = expires
    self.answerDeadline = answerDeadline
  }

  /// Writes envelope and data in the envelope's version, and checks both against the schemas before
  /// anybody signs.
  package static func encode(
    _ disclosed: DisclosedReferral, in envelope: Envelope, schemas: WireSchemas
  ) -> WireEncoding {
    let version = envelope.schemaVersion
    guard let converted = DownConversion.convert(disclosed.data, to: version) else {
      return .unknownVersion
    }
    guard !converted.losses.contains(where: \.misleads) else {
      return .misleading(converted.losses.filter(\.misleads))
    }
    let unlinkable = disclosed.detailLevel != .full
    let written = MessageForm(
      type: EventType(disclosed.operation), subject: .referral, version: version,
      recipient: disclosed.recipient, conversationID: disclosed.conversationID,
      requestedAcknowledgements: disclosed.requestedAcknowledgements,
      exercise: disclosed.exercise, isUnlinkable: unlinkable, data: converted.data
    ).written(in: envelope, schemas: schemas)
    switch written {
    case .invalid(let violations): return .invalid(violations)
    case .tooLarge: return .tooLarge
    case .octets(let octets, let stamps):
      return .document(
        WireDocument(
          id: stamps.id, octets: octets, disclosed: disclosed, schemaVersion: version,
          converted: converted, causationID: envelope.causationID, issuedAt: stamps.issuedAt,
          expires: stamps.expires, answerDeadline: stamps.answerDeadline))
    }
  }
}

package enum WireEncoding: Sendable {
  case document(WireDocument)
  /// The policy left something that the schema does not allow.
  case invalid([WireViolation])
  case tooLarge
  /// Documents are not written in the envelope's version.
  case unknownVersion
  /// The version cannot say what must be understood.
  case misleading([ConversionLoss])
}
