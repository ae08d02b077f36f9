/// A finished signature through store, courier and line to a server that records the octets.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Fetch
import Foundation
import Intake
import Outbox
import Platform
import Referrals
import Register
import Seal
import Sending
import Signing
import TestSupport
import Wire

struct Push {
  let inputs: VectorInputs
  let body: [UInt8]
  /// The JWS text: randomized, so the one that was made once goes out again.
  let signature: String

  /// The request as recorded, with the Host of the partner's file.
  func recorded() async throws -> RecordedRequest {
    let server = try RecordingServer(as: inputs.partner)
    let composition = try Composition(inputs, port: server.port)
    let folder = NSTemporaryDirectory() + "push-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let delivery = try await stored(composition, in: folder)
    let fetcher = Fetcher()
    let road = PartnerRoad(
      partner: composition.partner, client: composition.configuration.tlsClient, generation: 1)
    let result = await Courier(fetcher).push(
      delivery, by: road, transactionID: UniversalID.v4(random: inputs.envelope.idOctets))
    await fetcher.close()
    guard case .answer(let answer) = result, answer.status == 503 else {
      throw BrokenTestSupport(description: "the push came to \(result)")
    }
    var request = try server.request()
    let asFiled = try Composition(inputs).partner.endpoint
    try request.replaceHost(composition.partner.endpoint.authority, by: asFiled.authority)
    return request
  }

  /// Sealed, accepted and begun as the gateway does it.
  private func stored(_ composition: Composition, in folder: String) async throws
    -> StoredDelivery
  {
    let key = try StoreKey(octets: [UInt8](repeating: 0x5A, count: 32))
    let outbox = try await OutboxStore(
      folder: folder, profile: "development", key: key, onBroken: { _ in })
    let header = composition.submission.referral.header
    let now = inputs.envelope.recordedAt
    let kept = try await outbox.accept(
      NewSubmission(
        header: header, digest: composition.submission.digest,
        octets: composition.submission.octets, submittedBy: "golden", acceptedAt: now,
        exercise: composition.submission.referral.exercise,
        deliveries: [
          NewDelivery(
            document: try reopened(composition, key), terms: terms(composition))
        ], seen: try await outbox.earlier(header.referralID, revision: header.revision)))
    let due = try await outbox.due(for: inputs.partner, at: now, limit: 1)
    guard kept, let row = due.first?.row else {
      throw BrokenTestSupport(description: "the store did not take the delivery")
    }
    let begun = try await outbox.begin(row, at: now, trigger: .automatic, actor: "golden") {
      var next = $0
      next.state = .sending
      next.attempts += 1
      next.epoch += 1
      return next
    }
    await outbox.close()
    guard let begun else { throw BrokenTestSupport(description: "the delivery is not ready") }
    return begun
  }

  /// From a record sealed here: the form is header name, line feed, JWS text, line feed, octets.
  private func reopened(_ composition: Composition, _ key: StoreKey) throws -> SignedDocument {
    let document = composition.document
    let place = SealPlace(
      record: "document", id: document.id.description, partner: inputs.partner,
      schemaVersion: document.schemaVersion)
    let record =
      Array("\(composition.partner.signing.headerName)\n\(signature)\n".utf8) + body
    let unsealed = try unseal(try seal(record, at: place, with: key), at: place, with: key)
    guard let signed = SignedDocument(reopening: unsealed, issuedAt: document.issuedAt) else {
      throw BrokenTestSupport(description: "the record does not open")
    }
    return signed
  }

  private func terms(_ composition: Composition) -> DeliveryTerms {
    let (document, disclosed) = (composition.document, composition.document.disclosed)
    return DeliveryTerms(
      partner: inputs.partner, conversationID: disclosed.conversationID,
      detailLevel: disclosed.detailLevel, operation: disclosed.operation,
      schemaVersion: document.schemaVersion, policyDigest: disclosed.policyDigest,
      partnerDigest: composition.partner.digest, schemaDigest: SHA256Digest(of: []),
      ruleIDs: disclosed.ruleIDs, legalBasis: disclosed.legalBasis, expires: document.expires,
      answerDeadline: document.answerDeadline, notBefore: document.issuedAt)
  }
}
