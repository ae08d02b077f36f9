/// What strict reading finds in received octets; no signing door takes these types.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import JSON
package import Platform
package import Referrals

/// Why received octets are not a message. The raw value stands in reports.
package enum ParseRefusal: Error, Sendable, Equatable {
  /// Not strict JSON; the reader's code, line and column.
  case notJSON(JSONError)
  /// Where the first violation is, and which keyword.
  case schema(JSONPointer, keyword: String)
  case unsupportedSchemaVersion
}

/// An acknowledgement as read; nothing in it is believed before its signature was.
package struct ParsedAcknowledgement: Sendable {
  package let id: UniversalID
  package let source: String
  package let recipient: String
  package let type: String
  package let time: Instant?
  package let messageID: UniversalID
  /// `subject` and `causationid` of the envelope name that message too.
  package let namesOneMessage: Bool
  /// Nil for a kind that we do not know: kept, shown, without effect.
  package let kind: AcknowledgementKind?
  package let kindText: String
  package let payloadDigest: SHA256Digest
  package let signatureDigest: SHA256Digest
  package let sequence: Int?
  /// Codes of a rejection.
  package let reasonCodes: [String]
  package let data: JSONObject

  /// Strict JSON, envelope schema, then the schema of the kind (docs/verification.md, step 13).
  package static func read(_ octets: [UInt8], schemas: WireSchemas)
    -> Result<ParsedAcknowledgement, ParseRefusal>
  {
    let event: JSONValue
    switch readEvent(octets, limit: WireLimits.acknowledgementOctets, schemas) {
    case .success(let value): event = value
    case .failure(let refusal): return .failure(refusal)
    }
    let data = event["data"]?.members ?? JSONObject([])
    guard let kindText = data["kind"]?.text else {
      return .failure(.schema(JSONPointer(tokens: ["data"]), keyword: "required"))
    }
    let kind = AcknowledgementKind(rawValue: kindText)
    if kind != nil, let first = schemas.violations(acknowledgement: .object(data)).first {
      return .failure(.schema(first.pointer, keyword: first.keyword))
    }
    guard let id = event["id"]?.text.flatMap(UniversalID.init),
      let messageID = data["messageId"]?.text.flatMap(UniversalID.init),
      let payload = data["payloadDigest"]?.text.flatMap(SHA256Digest.init(field:)),
      let signature = data["signatureDigest"]?.text.flatMap(SHA256Digest.init(field:))
    else { return .failure(.schema(JSONPointer(tokens: ["data"]), keyword: "required")) }
    return .success(
      ParsedAcknowledgement(
        id: id, source: event["source"]?.text ?? "", recipient: event["recipient"]?.text ?? "",
        type: event["type"]?.text ?? "",
        time: event["time"]?.text.flatMap(Instant.init(rfc3339:)), messageID: messageID,
        namesOneMessage: [event["subject"], event["causationid"]].allSatisfy {
          $0?.text == messageID.description
        }, kind: kind, kindText: kindText, payloadDigest: payload, signatureDigest: signature,
        sequence: data["sequence"]?.integer.map(Int.init),
        reasonCodes: (data["reasons"]?.elements ?? []).compactMap { $0["code"]?.text },
        data: data))
  }
}

/// A document as a partner reads it.
package struct ParsedDocument: Sendable {
  package let subject: DocumentSubject
  package let id: UniversalID
  package let source: String
  package let recipient: String
  package let type: String
  package let time: Instant
  package let expires: Instant
  package let schemaVersion: String
  package let conversationID: UniversalID
  package let causationID: UniversalID?
  package let exercise: Bool
  /// Of a statistics batch its own id, which is its conversation's too.
  package let referralID: UniversalID
  /// A statistics batch is the first and the only one.
  package let revision: Int
  package let operation: Referrals.Operation
  package let data: JSONObject

  package static func read(_ octets: [UInt8], schemas: WireSchemas)
    -> Result<ParsedDocument, ParseRefusal>
  {
    let event: JSONValue
    switch readEvent(octets, limit: WireLimits.documentOctets, schemas) {
    case .success(let value): event = value
    case .failure(let refusal): return .failure(refusal)
    }
    let uri = event["dataschema"]?.text ?? ""
    guard let subject = DocumentSubject(schema: uri),
      let version = SchemaURI.version(of: subject.rawValue, in: uri),
      schemas.versions(of: subject).contains(version)
    else { return .failure(.unsupportedSchemaVersion) }
    let data = event["data"] ?? .null
    if let first = schemas.violations(event: event, data: data, subject, version: version).first {
      return .failure(.schema(first.pointer, keyword: first.keyword))
    }
    guard let id = event["id"]?.text.flatMap(UniversalID.init),
      let time = event["time"]?.text.flatMap(Instant.init(rfc3339:)),
      let expires = event["expires"]?.text.flatMap(Instant.init(rfc3339:)),
      let conversation = event["conversationid"]?.text.flatMap(UniversalID.init),
      let members = data.members,
      let header = DocumentHeader(subject, members, conversation: conversation)
    else { return .failure(.schema(JSONPointer(tokens: []), keyword: "required")) }
    return .success(
      ParsedDocument(
        subject: subject, id: id, source: event["source"]?.text ?? "",
        recipient: event["recipient"]?.text ?? "",
        type: event["type"]?.text ?? "", time: time, expires: expires, schemaVersion: version,
        conversationID: conversation,
        causationID: event["causationid"]?.text.flatMap(UniversalID.init),
        exercise: event["exercise"]?.flag ?? false, referralID: header.id,
        revision: header.revision, operation: header.operation, data: members))
  }

  /// Whether `type` says what the data say.
  package var hasRightType: Bool {
    switch subject {
    case .referral: type == EventType(operation).rawValue
    case .statistics: type == EventType.statistics.rawValue
    }
  }
}

/// Which of the sender's things a document is about.
private struct DocumentHeader {
  let id: UniversalID
  let revision: Int
  let operation: Referrals.Operation

  init?(_ subject: DocumentSubject, _ data: JSONObject, conversation: UniversalID) {
    switch subject {
    case .statistics: (id, revision, operation) = (conversation, 1, .create)
    case .referral:
      guard let header = data["header"],
        let id = header["referralId"]?.text.flatMap(UniversalID.init),
        let revision = header["revision"]?.integer,
        let operation = header["operation"]?.text.flatMap(Referrals.Operation.init)
      else { return nil }
      (self.id, self.revision, self.operation) = (id, Int(revision), operation)
    }
  }
}

private func readEvent(_ octets: [UInt8], limit: Int, _ schemas: WireSchemas)
  -> Result<JSONValue, ParseRefusal>
{
  var limits = JSONLimits()
  limits.octets = limit
  limits.depth = WireLimits.depth
  let event: JSONValue
  do {
    event = try JSONReader.read(octets, limits: limits)
  } catch {
    return .failure(.notJSON(error))
  }
  if let first = schemas.violations(envelope: event).first {
    return .failure(.schema(first.pointer, keyword: first.keyword))
  }
  return .success(event)
}
