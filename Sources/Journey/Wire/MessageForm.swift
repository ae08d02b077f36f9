/// The envelope around any data of ours, written once; nothing gets out of this room by it alone.
// SPDX-License-Identifier: Apache-2.0
import Digest
import JSON
import Platform
import Referrals

/// What differs from one document to the next.
struct MessageForm {
  let type: EventType
  let subject: DocumentSubject
  let version: String
  /// A URN.
  let recipient: String
  let conversationID: UniversalID
  let requestedAcknowledgements: [AcknowledgementKind]
  let exercise: Bool
  /// Its times are cut and its id is random, so that it joins no other copy.
  let isUnlinkable: Bool
  let data: JSONObject

  /// Id and times that were written, and what the signature will say.
  struct Stamps {
    let id: UniversalID
    let issuedAt: Instant
    let expires: Instant
    let answerDeadline: Instant
  }

  enum Written {
    case octets([UInt8], Stamps)
    case invalid([WireViolation])
    case tooLarge
  }

  func written(in envelope: Envelope, schemas: WireSchemas) -> Written {
    let time = isUnlinkable ? envelope.recordedAt.startOfDay : envelope.recordedAt
    let id =
      isUnlinkable
      ? UniversalID.v4(random: envelope.idOctets)
      : UniversalID.v7(at: envelope.recordedAt, random: envelope.idOctets)
    let stamps = Stamps(
      id: id, issuedAt: isUnlinkable ? envelope.recordedAt.startOfHour : envelope.recordedAt,
      expires: time.adding(seconds: envelope.lifetimeSeconds),
      answerDeadline: time.adding(seconds: envelope.answerWithinSeconds))
    var event: JSONObject = [
      "specversion": "1.0",
      "id": .string(id.description),
      "source": .string(envelope.source),
      "type": .string(type.rawValue),
      "recipient": .string(recipient),
      "time": .string(time.description),
      "expires": .string(stamps.expires.description),
      "datacontenttype": "application/json",
      "dataschema": .string(SchemaURI.of(subject.rawValue, version)),
      "conversationid": .string(conversationID.description),
    ]
    if let cause = envelope.causationID { event["causationid"] = .string(cause.description) }
    event["nonce"] = .string(Base64.text(envelope.nonceOctets, .url))
    event["requestedacks"] = .string(
      requestedAcknowledgements.map(\.rawValue).joined(separator: " "))
    event["ackdeadline"] = .string(stamps.answerDeadline.description)
    if exercise { event["exercise"] = true }
    if !isUnlinkable { event["traceparent"] = .string(traceparent(id)) }
    event["data"] = .object(data)
    let violations = schemas.violations(
      event: .object(event), data: .object(data), subject, version: version)
    guard violations.isEmpty else { return .invalid(violations) }
    let octets = JSONWriter.write(.object(event))
    guard octets.count <= WireLimits.documentOctets else { return .tooLarge }
    return .octets(octets, stamps)
  }

  /// W3C Trace Context: the trace id is the message id, the span its last 8 octets.
  private func traceparent(_ id: UniversalID) -> String {
    "00-\(Hex.encode(id.octets))-\(Hex.encode(Array(id.octets.suffix(8))))-01"
  }
}
