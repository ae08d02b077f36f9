/// A store in a folder of its own, and short ways to what the tests do with it.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import Digest
import Foundation
import Outbox
import Platform
import Referrals
import Signing
import Testing

let now = Sample.time
private let later = now.adding(seconds: 86_400)

final class Folder: Sendable {
  let path = NSTemporaryDirectory() + "outbox-" + UUID().uuidString
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func open(profile: String = "development", key: UInt8 = 7) async throws -> OutboxStore {
    try await OutboxStore(
      folder: path, profile: profile, key: Sample.storeKey(key), reserveOctets: 65_536
    ) { error in
      Issue.record("the store broke: \(error)")
    }
  }

  /// All octets of all files of the store.
  func octets() throws -> [UInt8] {
    try FileManager.default.contentsOfDirectory(atPath: path).flatMap { name in
      Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }
  }
}

let referral = Sample.id(100)

func terms(
  _ partner: String, causation: UniversalID? = nil, losses: [String] = [],
  _ operation: Referrals.Operation = .create, changeDue: Instant? = nil
) -> DeliveryTerms {
  let digest = SHA256Digest(of: [1])
  return DeliveryTerms(
    partner: partner, conversationID: referral, detailLevel: .full, operation: operation,
    schemaVersion: "1.0.0", policyDigest: digest, partnerDigest: digest, schemaDigest: digest,
    ruleIDs: ["R19", "R25"], legalBasis: ["NL-SV-162@2015"], expires: later,
    answerDeadline: now.adding(seconds: 300), notBefore: now, causation: causation,
    losses: losses, changeDue: changeDue)
}

extension OutboxStore {
  /// Accepts a revision for `partners`; ids are 10 times the revision and up.
  @discardableResult
  func accept(
    _ revision: Int, _ operation: Referrals.Operation = .create, to partners: [String] = ["emm"],
    content: String = "content", changeDue: Instant? = nil, seen: EarlierRevisions? = nil
  ) async throws -> Bool {
    let known = try await earlier(referral, revision: revision)
    let deliveries = try partners.enumerated().map { index, partner in
      NewDelivery(
        document: try Sample.document(Sample.id(UInt8(revision * 10 + index)), content),
        terms: terms(partner, operation, changeDue: changeDue))
    }
    return try await accept(
      NewSubmission(
        header: try Sample.header(referral, revision: revision, operation),
        digest: SHA256Digest(of: Array("\(content)\(revision)".utf8)),
        octets: Array(content.utf8), submittedBy: "uid:1", acceptedAt: now, exercise: true,
        deliveries: deliveries, seen: seen ?? known))
  }

  func summary(_ id: UInt8) async throws -> DeliverySummary {
    try #require(try await delivery(Sample.id(id)))
  }

  /// Sets a state as the machine would.
  func put(_ id: UInt8, _ state: DeliveryState, reason: DeliveryReason? = nil) async throws {
    let row = try await summary(id).row
    _ = try await change(row) { progress, _, _ in
      var next = progress
      next.state = state
      next.reason = reason
      return next
    }
  }

  /// T1 as the sender does it.
  func claim(_ id: UInt8) async throws -> StoredDelivery? {
    try await begin(
      summary(id).row, at: now, trigger: .automatic, actor: "scheduler"
    ) { progress in
      guard progress.state.isReady else { return nil }
      var next = progress
      next.state = .sending
      next.attempts += 1
      next.epoch += 1
      return next
    }
  }

  /// T2: `to` when the claim is the running one; a receipt wins even late.
  func end(
    _ claim: StoredDelivery, to state: DeliveryState,
    acknowledgement: NewAcknowledgement? = nil
  ) async throws -> DeliveryProgress? {
    let recording = try await record(claim, to: state, acknowledgement: acknowledgement)
    if case .recorded(let progress) = recording { return progress }
    return nil
  }

  func record(
    _ claim: StoredDelivery, to state: DeliveryState, reason: DeliveryReason? = nil,
    acknowledgement: NewAcknowledgement?, replacement: NewDelivery? = nil
  ) async throws -> Recording {
    try await finish(
      claim,
      result: AttemptResult(
        endedAt: now.adding(seconds: 1), outcome: "done", status: 200, error: nil,
        peerAddress: "127.0.0.1", tls: nil, answer: Array("CANARY-ANSWER".utf8)),
      acknowledgement: acknowledgement, replacement: replacement
    ) { progress in
      var next = progress
      next.state = progress.superseded && state != .delivered ? .cancelled : state
      next.reason = progress.superseded ? .superseded : reason ?? progress.reason
      return next
    } late: { progress in
      guard acknowledgement?.isReceipt == true else { return nil }
      var next = progress
      next.state = .delivered
      return next
    }
  }
}

func acknowledgement(
  _ number: UInt8, kind: String = "receipt", verdict: String = "verified",
  answer: DeliveryAnswer? = nil, change: ChangeResult? = nil, signedAt: Int64 = 0,
  body: [UInt8]? = nil
) -> NewAcknowledgement {
  NewAcknowledgement(
    id: Sample.id(number), kind: kind, digest: SHA256Digest(of: body ?? [number]),
    verdict: verdict,
    step: verdict == "verified" ? nil : 9, receivedAt: now,
    signedAt: now.adding(seconds: signedAt), report: "[]",
    octets: Array("CANARY-ACKNOWLEDGEMENT".utf8), answer: answer,
    changeResult: change, isReceipt: kind == "receipt" && verdict == "verified")
}
