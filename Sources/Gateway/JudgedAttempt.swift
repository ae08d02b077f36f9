/// What an answer is worth: its acknowledgement verified, its outcome class, what to keep of it.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Digest
import Fetch
import JSON
import Log
import Outbox
import Platform
import Referrals
import Register
import Sending
import Signing

struct JudgedAttempt: Sendable {
  let outcome: AttemptOutcome
  let feedback: PartnerFeedback
  let acknowledgement: NewAcknowledgement?
  /// In metrics; nil when nothing was judged.
  let verdict: String?
  /// What both sides say where they differ, for the alarm.
  let details: [LogField]
  fileprivate let status: Int?
  fileprivate let error: String?
  fileprivate let peerAddress: String?
  fileprivate let answer: [UInt8]?
  /// The Date field of the answer.
  fileprivate let date: Instant?

  func clockReading(asked: Instant, heard: Instant) -> ClockReading {
    ClockReading(
      asked: asked, heard: heard, date: date,
      signed: acknowledgement?.verdict == "verified" ? acknowledgement?.signedAt : nil)
  }

  func result(endedAt: Instant) -> AttemptResult {
    AttemptResult(
      endedAt: endedAt, outcome: outcome.name, status: status, error: error,
      peerAddress: peerAddress, tls: nil, answer: answer)
  }
}

extension JudgedAttempt {
  /// Held against nobody while our own clock is in doubt.
  var withClockInDoubt: JudgedAttempt { with(outcome.withClockInDoubt) }

  /// No other version can be sent: a person must look.
  var withoutReissue: JudgedAttempt { with(.version(next: nil)) }

  private func with(_ outcome: AttemptOutcome) -> JudgedAttempt {
    JudgedAttempt(
      outcome: outcome, feedback: feedback, acknowledgement: acknowledgement,
      verdict: verdict, details: details, status: status, error: error, peerAddress: peerAddress,
      answer: answer, date: date)
  }
}

extension Sender {
  func judge(
    _ result: FetchResult, _ delivery: StoredDelivery, _ link: PartnerLink, _ now: Instant
  ) async throws(OutboxError) -> JudgedAttempt {
    switch result {
    case .failure(let failure):
      return JudgedAttempt(
        outcome: AttemptOutcome(failure: failure), feedback: .congested, acknowledgement: nil,
        verdict: nil, details: [], status: nil, error: failure.kind.rawValue,
        peerAddress: failure.peerAddress.isEmpty ? nil : failure.peerAddress, answer: nil,
        date: nil)
    case .answer(let answer):
      return try await judge(answer, delivery, link, now)
    }
  }

  private func judge(
    _ answer: FetchAnswer, _ delivery: StoredDelivery, _ link: PartnerLink, _ now: Instant
  ) async throws(OutboxError) -> JudgedAttempt {
    let message = ReceivedMessage(
      fields: answer.fields.map { (name: $0.0, value: $0.1) }, body: answer.body)
    let signed = link.check.headerNames.contains { !message.values($0).isEmpty }
    // Only a 2xx owes us a signature; an unsigned problem document is not a broken receipt.
    let verdict: AcknowledgementVerdict? =
      signed || (200..<300).contains(answer.status)
      ? try await link.verdict(on: message, about: delivery, outbox, now) : nil
    let waits =
      link.partner.acknowledgements.asynchronous ? max(delivery.answerDeadline, now) : nil
    let outcome = AttemptOutcome(
      answer: answer, verdict: verdict, waitsForReceipt: waits,
      throughOutway: link.partner.route.isOutway,
      versions: VersionChoice(
        sent: delivery.schemaVersion,
        possible: link.partner.versions(among: documentVersions), isReissue: delivery.isReissue))
    return JudgedAttempt(
      outcome: outcome, feedback: PartnerFeedback(status: answer.status),
      acknowledgement: verdict.map { $0.kept(message, receivedAt: now) }, verdict: verdict?.word,
      details: answer.details(of: outcome, delivery, now), status: answer.status,
      error: verdict?.refusalCode ?? answer.problem?.text,
      peerAddress: answer.peerAddress.isEmpty ? nil : answer.peerAddress,
      answer: message.storedForm, date: answer.clock)
  }

}

extension PartnerLink {
  /// What one answer proves about one delivery to this partner.
  func verdict(
    on message: ReceivedMessage, about delivery: StoredDelivery, _ outbox: OutboxStore,
    _ now: Instant
  ) async throws(OutboxError) -> AcknowledgementVerdict {
    let exchange = ExpectedExchange(
      messageID: delivery.document.id, payloadDigest: delivery.document.digest,
      signatureDigest: delivery.document.signatureDigest, issuedAt: delivery.issuedAt)
    return try await verdict(on: message, outbox, now) { id in
      id == exchange.messageID ? exchange : nil
    }
  }

  /// - Parameter expected: our exchange with this partner under an id (step 15); throws
  ///   `OutboxError` only.
  func verdict(
    on message: ReceivedMessage, _ outbox: OutboxStore, _ now: Instant,
    expected: (UniversalID) async throws -> ExpectedExchange?
  ) async throws(OutboxError) -> AcknowledgementVerdict {
    do {
      return try await check.judge(message, now: now, expected: expected) { id in
        try await outbox.acknowledgementDigest(id, from: partner.code.text)
      }
    } catch let error as OutboxError {
      throw error
    } catch {
      preconditionFailure("the look-ups throw OutboxError only")
    }
  }
}

extension FetchAnswer {
  /// Two clocks, or two sides' schema versions.
  fileprivate func details(of outcome: AttemptOutcome, _ delivery: StoredDelivery, _ now: Instant)
    -> [LogField]
  {
    switch outcome {
    case .clock:
      return [.moment("our_clock", now)]
        + [clock].compactMap { $0 }.map { .moment("partner_clock", $0) }
    case .version:
      return [
        .versions("sent", [VersionLabel(delivery.schemaVersion)].compactMap { $0 }),
        .versions("supported", supportedVersions.compactMap { VersionLabel($0.description) }),
      ]
    case .receipt, .rejection, .rejectedAsSuperseded, .undecided, .unverified, .accepted, .busy,
      .conflict, .credentials, .gone, .refusedUnsigned, .transient, .serverUndecided, .outway,
      .security:
      return []
    }
  }
}

extension Partner.Route {
  fileprivate var isOutway: Bool {
    switch self {
    case .fscOutway: true
    case .direct, .proxy: false
    }
  }
}

extension PartnerFeedback {
  fileprivate init(status: Int) {
    self = [429, 502, 503, 504].contains(status) ? .congested : .healthy
  }
}

extension AcknowledgementVerdict {
  fileprivate var refusalCode: String? {
    switch self {
    case .verified: nil
    case .undecided(_, let failure, _), .rejected(let failure, _): failure.code.rawValue
    }
  }

  /// "verified" or the code of what is wrong; the same in the store, in logs and in metrics.
  var word: String { refusalCode ?? "verified" }

  /// The row that is kept, refused octets too.
  func kept(_ message: ReceivedMessage, receivedAt: Instant) -> NewAcknowledgement {
    let acknowledgement: VerifiedAcknowledgement?
    let failure: VerificationFailure?
    let takesEffect: Bool
    switch self {
    case .verified(let found, _): (acknowledgement, failure, takesEffect) = (found, nil, true)
    case .undecided(let found, let doubt, _):
      (acknowledgement, failure, takesEffect) = (found, doubt, false)
    case .rejected(let refusal, _): (acknowledgement, failure, takesEffect) = (nil, refusal, false)
    }
    return NewAcknowledgement(
      id: acknowledgement?.id, kind: acknowledgement?.shownKind,
      digest: SHA256Digest(of: message.body),
      verdict: takesEffect ? "verified" : failure?.code.rawValue ?? "undecided",
      step: failure?.step.rawValue, receivedAt: receivedAt, signedAt: acknowledgement?.signedAt,
      report: String(decoding: JSONWriter.write(report.json), as: UTF8.self),
      octets: message.storedForm,
      answer: takesEffect ? acknowledgement?.deliveryAnswer : nil,
      changeResult: takesEffect ? acknowledgement?.changeResult : nil,
      isReceipt: takesEffect && acknowledgement?.kind == .receipt)
  }
}

extension VerifiedAcknowledgement {
  fileprivate var changeResult: ChangeResult? {
    kind == .changeExecuted ? data["result"]?.text.flatMap(ChangeResult.init) : nil
  }

  /// What the partner did with it; a clock that is wrong has done nothing.
  fileprivate var deliveryAnswer: DeliveryAnswer? {
    findsExpired ? nil : kind.flatMap(DeliveryAnswer.init)
  }

  /// A kind of a later version is shown by its name, as long as it looks like one.
  fileprivate var shownKind: String {
    kind?.rawValue ?? PartnerLabel(kindText)?.description ?? "unknown"
  }
}

extension AttemptOutcome {
  var logField: LogField {
    switch self {
    case .receipt: .code("outcome", "done")
    case .rejection, .rejectedAsSuperseded: .code("outcome", "rejected")
    case .undecided: .code("outcome", "undecided")
    case .unverified: .code("outcome", "unverified")
    case .accepted: .code("outcome", "wait")
    case .busy: .code("outcome", "busy")
    case .conflict: .code("outcome", "conflict")
    case .clock: .code("outcome", "clock")
    case .version: .code("outcome", "version")
    case .credentials: .code("outcome", "credentials")
    case .gone: .code("outcome", "gone")
    case .refusedUnsigned: .code("outcome", "refused-unsigned")
    case .transient: .code("outcome", "transient")
    case .serverUndecided: .code("outcome", "server-undecided")
    case .outway: .code("outcome", "outway")
    case .security: .code("outcome", "security")
    }
  }
}
