/// Is this a document from our sender to us? Pure: docs/verification.md, mirrored.
// SPDX-License-Identifier: Apache-2.0
package import Digest
import JSON
import OpenSSL
import Platform
package import Register
package import Signing
package import Wire

/// A document whose signature is the sender's. Only `DocumentCheck.read` makes one.
package struct ReceivedDocument: Sendable {
  package let content: ParsedDocument
  package let octets: [UInt8]
  package let digest: SHA256Digest
  package let signatureDigest: SHA256Digest
  /// The field that carried the signature, lower case, and its value.
  package let headerName: String
  package let signature: String
  /// The signer's, DER.
  package let certificate: [UInt8]
  /// Of the octets of `data`: two documents with the same key say the same.
  package let effectKey: SHA256Digest
  /// The sender without its system; acknowledgements are addressed to it.
  package let sender: String

  fileprivate init(
    _ content: ParsedDocument, _ message: ReceivedMessage, _ verified: VerifiedSignature,
    headerNames: [String], sender: String
  ) {
    self.content = content
    octets = message.body
    digest = verified.bodyDigest
    signatureDigest = verified.signatureDigest
    let field = message.fields.first { headerNames.contains($0.name) }
    headerName = field?.name ?? ""
    signature = field?.value ?? ""
    certificate = verified.certificate.der
    let read = try? JSONReader.read(message.body, locating: ["data"])
    let range = read?.places["data"]
    effectKey = SHA256Digest(of: range.map { Array(message.body[$0]) } ?? message.body)
    self.sender = sender
  }

  var acknowledged: AcknowledgedMessage {
    AcknowledgedMessage(
      id: content.id, conversationID: content.conversationID, sender: sender,
      payloadDigest: digest, signatureDigest: signatureDigest)
  }
}

/// What the octets turned out to be.
enum DocumentReading: Sendable {
  case document(ReceivedDocument)
  /// Signed by the sender, but not a document that we can read: refused with our signature.
  case unfit(AcknowledgedMessage, RejectionReason, exercise: Bool)
  case problem(Problem)
}

package struct DocumentCheck: Sendable {
  private let identity: PartnerIdentity
  private let sender: PartnerIdentity
  private let trust: SignerTrust
  private let schemas: WireSchemas
  private let exerciseOnly: Bool

  /// - Parameters:
  ///   - identity: who we are.
  ///   - sender: the one organisation whose documents we take, and `trust` in its signer.
  ///   - exerciseOnly: refuse whatever is not marked as an exercise.
  package init(
    identity: PartnerIdentity, sender: PartnerIdentity, trust: SignerTrust, schemas: WireSchemas,
    exerciseOnly: Bool
  ) {
    self.identity = identity
    self.sender = sender
    self.trust = trust
    self.schemas = schemas
    self.exerciseOnly = exerciseOnly
  }

  /// Steps 1 to 13: whose octets these are, and what they say.
  func read(_ message: ReceivedMessage, now: Instant) -> DocumentReading {
    do throws(Problem) {
      guard message.isCloudEvent else {
        throw Problem(.unsupportedMediaType, "application/cloudevents+json is served")
      }
      let key = try idempotencyKey(of: message)
      let verified = try signature(of: message, now: now)
      switch ParsedDocument.read(message.body, schemas: schemas) {
      case .failure(let refusal): return try unfit(message, verified, refusal, key)
      case .success(let content):
        try match(key, content.id)
        guard PartnerIdentity(content.source) == sender else {
          throw Problem(.notAuthorized, "step 12: source is not the signer")
        }
        let signedAt = verified.signedAt ?? content.time
        guard signedAt <= now.adding(seconds: Limits.skewSeconds) else {
          throw Problem(.clockSkew, "signed at \(signedAt), now is \(now)")
        }
        return .document(
          ReceivedDocument(
            content, message, verified, headerNames: trust.headerNames,
            sender: sender.organisationURI))
      }
    } catch {
      return .problem(error)
    }
  }

  /// What speaks against taking a document that is new to us; all of it at once.
  func objections(to document: ReceivedDocument, now: Instant) -> [RejectionReason] {
    let content = document.content
    var reasons: [RejectionReason] = []
    if PartnerIdentity(content.recipient) != identity {
      reasons.append(RejectionReason(.notAddressee, pointer: "/recipient"))
    }
    if !content.hasRightType {
      reasons.append(RejectionReason(.schemaInvalid, pointer: "/type"))
    }
    if now > content.expires.adding(seconds: Limits.skewSeconds) {
      reasons.append(RejectionReason(.messageExpired, pointer: "/expires"))
    }
    // R22: what has a test identity on either side is an exercise and says so.
    let isTest = [identity, sender].contains { $0.oin?.isTest == true }
    if isTest, !content.exercise {
      reasons.append(RejectionReason(.schemaInvalid, pointer: "/exercise"))
    } else if exerciseOnly, !content.exercise {
      reasons.append(RejectionReason(.handlingNotAccepted, pointer: "/exercise"))
    }
    return reasons
  }

  /// A string of RFC 9651 that holds the document's id.
  private func idempotencyKey(of message: ReceivedMessage) throws(Problem) -> UniversalID {
    let values = message.values("idempotency-key")
    guard values.count == 1, let value = values.first, value.hasPrefix("\""),
      value.hasSuffix("\""), value.utf8.count > 2,
      let id = UniversalID(String(value.dropFirst().dropLast()))
    else { throw Problem(.malformed, "one Idempotency-Key with the document's id in quotes") }
    return id
  }

  private func match(_ key: UniversalID, _ id: UniversalID) throws(Problem) {
    guard key == id else { throw Problem(.malformed, "Idempotency-Key is not the signed id") }
  }

  private func signature(of message: ReceivedMessage, now: Instant) throws(Problem)
    -> VerifiedSignature
  {
    let verdict = verify(
      message, trust: trust, bodyLimitOctets: WireLimits.documentOctets, now: now)
    switch verdict {
    case .valid(let verified, _): return verified
    case .invalid(let failure, _), .undecided(let failure, _, _): throw Problem(failure)
    }
  }

  /// A rejection can be signed only where the octets say which message it is about.
  private func unfit(
    _ message: ReceivedMessage, _ verified: VerifiedSignature, _ refusal: ParseRefusal,
    _ key: UniversalID
  ) throws(Problem) -> DocumentReading {
    let reason: RejectionReason
    switch refusal {
    case .notJSON(let error):
      throw Problem(
        .malformed, "\(error.code.rawValue) at line \(error.line), column \(error.column)")
    case .schema(let pointer, _):
      let place = pointer.tokens.isEmpty ? nil : pointer.description
      reason = RejectionReason(.schemaInvalid, pointer: place)
    case .unsupportedSchemaVersion:
      // Nothing was read, so there is nothing to reject: the sender may have it in another version.
      throw Problem(
        .unsupportedSchemaVersion, "see supported", supported: schemas.referralVersions)
    }
    guard let event = try? JSONReader.read(message.body),
      let id = event["id"]?.text.flatMap(UniversalID.init),
      let conversation = event["conversationid"]?.text.flatMap(UniversalID.init)
    else { throw Problem(.malformed, "the body names no id and conversationid") }
    try match(key, id)
    return .unfit(
      AcknowledgedMessage(
        id: id, conversationID: conversation, sender: sender.organisationURI,
        payloadDigest: verified.bodyDigest, signatureDigest: verified.signatureDigest),
      reason, exercise: event["exercise"]?.flag ?? false)
  }
}
