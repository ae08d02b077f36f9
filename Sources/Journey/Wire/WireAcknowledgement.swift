/// Exact octets of an acknowledgement: what a partner answers (docs/wire.md).
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import JSON
package import Platform
package import Referrals

/// What a receiver says by itself, without being asked by its people.
package enum AcknowledgementStatement: Sendable {
  case receipt(receivedAt: Instant)
  case acceptance
  case rejection([RejectionReason])
}

package struct RejectionReason: Sendable, Equatable {
  package let code: RejectionCode
  /// In the document, RFC 6901; nil when the whole is meant.
  package let pointer: String?

  package init(_ code: RejectionCode, pointer: String? = nil) {
    self.code = code
    self.pointer = pointer
  }
}

/// The reasons of schemas/acknowledgement and no other.
package enum RejectionCode: String, Sendable, CaseIterable {
  case signatureInvalid = "signature-invalid"
  case signerNotTrusted = "signer-not-trusted"
  case certificateExpired = "certificate-expired"
  case certificateRevoked = "certificate-revoked"
  case digestMismatch = "digest-mismatch"
  case notAddressee = "not-addressee"
  case messageExpired = "message-expired"
  case superseded
  case unsupportedSchemaVersion = "unsupported-schema-version"
  case schemaInvalid = "schema-invalid"
  case decryptionFailed = "decryption-failed"
  case tooLarge = "too-large"
  case unreadableAttachment = "unreadable-attachment"
  case noLegalBasis = "no-legal-basis"
  case notCompetent = "not-competent"
  case incomplete
  case handlingNotAccepted = "handling-not-accepted"
  case detailTooHigh = "detail-too-high"
  case duplicateOf = "duplicate-of"
}

/// The document that an acknowledgement is about, as its receiver saw it.
package struct AcknowledgedMessage: Sendable {
  package let id: UniversalID
  package let conversationID: UniversalID
  package let sender: String
  package let payloadDigest: SHA256Digest
  /// Of the JWS text `protected..signature`.
  package let signatureDigest: SHA256Digest

  package init(
    id: UniversalID, conversationID: UniversalID, sender: String, payloadDigest: SHA256Digest,
    signatureDigest: SHA256Digest
  ) {
    self.id = id
    self.conversationID = conversationID
    self.sender = sender
    self.payloadDigest = payloadDigest
    self.signatureDigest = signatureDigest
  }
}

package struct WireAcknowledgement: Sendable {
  package let id: UniversalID
  package let octets: [UInt8]
  package let digest: SHA256Digest
  package let issuedAt: Instant

  fileprivate init(id: UniversalID, octets: [UInt8], issuedAt: Instant) {
    self.id = id
    self.octets = octets
    digest = SHA256Digest(of: octets)
    self.issuedAt = issuedAt
  }

  /// `idOctets` and `nonceOctets`: 16 random octets each.
  package static func encode(
    _ statement: AcknowledgementStatement, about message: AcknowledgedMessage, source: String,
    at now: Instant, idOctets: [UInt8], nonceOctets: [UInt8], exercise: Bool
  ) -> WireAcknowledgement {
    let id = UniversalID.v7(at: now, random: idOctets)
    let event = envelope(
      id, around: data(statement, about: message), about: message, source: source, at: now,
      nonceOctets, exercise: exercise)
    return WireAcknowledgement(id: id, octets: JSONWriter.write(.object(event)), issuedAt: now)
  }

  /// Of any kind, with the members that are its own; refused where they do not fit its schema.
  package static func encode(
    _ kind: AcknowledgementKind, _ members: JSONObject, about message: AcknowledgedMessage,
    source: String, at now: Instant, idOctets: [UInt8], nonceOctets: [UInt8], exercise: Bool,
    schemas: WireSchemas
  ) -> Result<WireAcknowledgement, ParseRefusal> {
    let id = UniversalID.v7(at: now, random: idOctets)
    var data = common(kind, about: message)
    for member in members.members where data[member.name] == nil {
      data[member.name] = member.value
    }
    let event = envelope(
      id, around: data, about: message, source: source, at: now, nonceOctets,
      exercise: exercise)
    let octets = JSONWriter.write(.object(event))
    return ParsedAcknowledgement.read(octets, schemas: schemas).map { _ in
      WireAcknowledgement(id: id, octets: octets, issuedAt: now)
    }
  }

  private static func envelope(
    _ id: UniversalID, around data: JSONObject, about message: AcknowledgedMessage,
    source: String, at now: Instant, _ nonceOctets: [UInt8], exercise: Bool
  ) -> JSONObject {
    var event: JSONObject = [
      "specversion": "1.0",
      "id": .string(id.description),
      "source": .string(source),
      "type": .string(EventType.acknowledged.rawValue),
      "subject": .string(message.id.description),
      "recipient": .string(message.sender),
      "time": .string(now.description),
      "datacontenttype": "application/json",
      "dataschema": .string(SchemaURI.of("acknowledgement", "1.0.0")),
      "conversationid": .string(message.conversationID.description),
      "causationid": .string(message.id.description),
      "nonce": .string(Base64.text(nonceOctets, .url)),
    ]
    if exercise { event["exercise"] = true }
    event["data"] = .object(data)
    return event
  }

  private static func common(_ kind: AcknowledgementKind, about message: AcknowledgedMessage)
    -> JSONObject
  {
    [
      "kind": .string(kind.rawValue),
      "messageId": .string(message.id.description),
      "conversationId": .string(message.conversationID.description),
      "payloadDigest": .string(message.payloadDigest.field),
      "signatureDigest": .string(message.signatureDigest.field),
    ]
  }

  private static func data(
    _ statement: AcknowledgementStatement, about message: AcknowledgedMessage
  ) -> JSONObject {
    switch statement {
    case .receipt(let receivedAt):
      var data = common(.receipt, about: message)
      data["receivedAt"] = .string(receivedAt.description)
      return data
    case .acceptance: return common(.acceptance, about: message)
    case .rejection(let reasons):
      var data = common(.rejection, about: message)
      data["reasons"] = .array(
        reasons.map { reason in
          var entry: JSONObject = ["code": .string(reason.code.rawValue)]
          if let pointer = reason.pointer { entry["pointer"] = .string(pointer) }
          return .object(entry)
        })
      return data
    }
  }
}
