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
    let time = unlinkable ? envelope.recordedAt.startOfDay : envelope.recordedAt
    let id =
      unlinkable
      ? UniversalID.v4(random: envelope.idOctets)
      : UniversalID.v7(at: envelope.recordedAt, random: envelope.idOctets)
    let expires = time.adding(seconds: envelope.lifetimeSeconds)
    let deadline = time.adding(seconds: envelope.answerWithinSeconds)
    var event: JSONObject = [
      "specversion": "1.0",
      "id": .string(id.description),
      "source": .string(envelope.source),
      "type": .string(EventType(disclosed.operation).rawValue),
      "recipient": .string(disclosed.recipient),
      "time": .string(time.description),
      "expires": .string(expires.description),
      "datacontenttype": "application/json",
      "dataschema": .string(SchemaURI.of("referral", version)),
      "conversationid": .string(disclosed.conversationID.description),
    ]
    if let cause = envelope.causationID { event["causationid"] = .string(cause.description) }
    event["nonce"] = .string(Base64.text(envelope.nonceOctets, .url))
    event["requestedacks"] = .string(
      disclosed.requestedAcknowledgements.map(\.rawValue).joined(separator: " "))
    event["ackdeadline"] = .string(deadline.description)
    if disclosed.exercise { event["exercise"] = true }
    if !unlinkable { event["traceparent"] = .string(traceparent(id)) }
    event["data"] = .object(converted.data)
    let violations = schemas.violations(
      event: .object(event), data: .object(converted.data), version: version)
    guard violations.isEmpty else { return .invalid(violations) }
    let octets = JSONWriter.write(.object(event))
    guard octets.count <= WireLimits.documentOctets else { return .tooLarge }
    return .document(
      WireDocument(
        id: id, octets: octets, disclosed: disclosed, schemaVersion: version,
        converted: converted, causationID: envelope.causationID,
        issuedAt: unlinkable ? envelope.recordedAt.startOfHour : envelope.recordedAt,
        expires: expires, answerDeadline: deadline))
  }

  /// W3C Trace Context: the trace id is the message id, the span its last 8 octets.
  private static func traceparent(_ id: UniversalID) -> String {
    "00-\(Hex.encode(id.octets))-\(Hex.encode(Array(id.octets.suffix(8))))-01"
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
