/// The partner that misbehaves on command, around the honest one, which knows nothing of it.
// SPDX-License-Identifier: Apache-2.0
import Digest
import HTTPServer
import JSON
import Log
import OpenSSL
import Platform
import Register
import SQLite
import Signing
import Wire

/// Exists only with a `PermittedExercise`, so only between test identities (docs/exercises.md).
final class Exercise: Sendable {
  private struct Progress: Sendable {
    var cursor: ExerciseCursor
    var downUntil: Instant?
  }
  private let progress: Locked<Progress>
  private let reception: Reception
  private let check: DocumentCheck
  private let signing: SigningIdentity
  private let foreign: Signer?
  private let store: ReceptionStore
  private let now: @Sendable () -> Instant
  private let log: EventLog

  private static let stranger = "urn:nld:oin:00000099009999999999"

  /// `foreign` is what `foreignSigner` gave.
  init(
    _ exercise: PermittedExercise, around reception: Reception, check: DocumentCheck,
    signing: SigningIdentity, foreign: Signer?, store: ReceptionStore,
    now: @escaping @Sendable () -> Instant, log: EventLog
  ) {
    progress = Locked(Progress(cursor: ExerciseCursor(exercise.plan)))
    self.reception = reception
    self.check = check
    self.signing = signing
    self.foreign = foreign
    self.store = store
    self.now = now
    self.log = log
    log.write(.exercising(steps: exercise.plan.steps.count))
  }

  /// A fresh key of the same kind, where the plan wants one. Making it takes a second or more.
  static func foreignSigner(_ exercise: PermittedExercise, _ signing: SigningIdentity)
    throws(OpenSSLError) -> Signer?
  {
    exercise.needsForeignKey
      ? try Signer(.generate(signing.certificates[0].keyKind), signing.algorithm) : nil
  }

  func answer(_ message: ReceivedMessage) async -> Response {
    let time = now()
    let next = progress.withLock { progress -> Misdeed? in
      if let end = progress.downUntil, time < end { return nil }
      let misdeed = progress.cursor.next()
      if case .down(let seconds) = misdeed {
        progress.downUntil = time.adding(seconds: Int64(seconds))
      }
      return misdeed
    }
    guard let misdeed = next else { return .hangUp }
    log.write(.misbehaving(misdeed))
    switch misdeed {
    case .honest: return await reception.receive(message)
    case .slow(let seconds):
      try? await Task.sleep(for: .seconds(seconds))
      return await reception.receive(message)
    case .down: return .hangUp
    case .lostAnswer:
      _ = await reception.receive(message)
      return .hangUp
    case .forget:
      await forget(message)
      return await reception.receive(message)
    case .falseReceipt(let lie): return await answer(message, with: lie)
    case .rejection(let code): return await reject(message, code)
    case .problem(let problem): return problem.response
    }
  }

  /// What is not a document of our sender's is refused honestly.
  private func document(in message: ReceivedMessage) -> ReceivedDocument? {
    switch check.read(message, now: now()) {
    case .document(let document): document
    case .unfit, .problem: nil
    }
  }

  private func forget(_ message: ReceivedMessage) async {
    guard let document = document(in: message) else { return }
    do throws(StoreError) {
      try await store.forget(document)
    } catch {
      log.write(.storeFailed(error))
    }
  }

  private func reject(_ message: ReceivedMessage, _ code: RejectionCode) async -> Response {
    guard let document = document(in: message),
      let answer = signed(.rejection([RejectionReason(code)]), document.acknowledged)
    else { return await reception.receive(message) }
    return Response(answer, status: 200)
  }

  /// The document is taken first: asked again, an honest partner has its true receipt.
  private func answer(_ message: ReceivedMessage, with lie: FalseReceipt) async -> Response {
    let honest = await reception.receive(message)
    guard honest.isReceipt, let document = document(in: message) else { return honest }
    switch lie {
    case .unsigned:
      var answer = honest
      answer.status = 200
      answer.fields.removeAll { $0.name == SignatureStyle().headerName }
      return answer
    case .wrongDigest, .foreignKey, .early, .ofAnotherPartner:
      return falseReceipt(lie, about: document).map { Response($0, status: 202) } ?? honest
    }
  }

  private func falseReceipt(_ lie: FalseReceipt, about document: ReceivedDocument)
    -> SignedAnswer?
  {
    let time = now()
    let honest = document.acknowledged
    let receipt = AcknowledgementStatement.receipt(receivedAt: time)
    switch lie {
    case .unsigned: return nil
    case .wrongDigest:
      let other = AcknowledgedMessage(
        id: honest.id, conversationID: honest.conversationID, sender: honest.sender,
        payloadDigest: SHA256Digest(of: SecureRandom.octets(32)),
        signatureDigest: honest.signatureDigest)
      return signed(receipt, other)
    case .foreignKey: return signed(receipt, honest).flatMap(signedAnew)
    case .early:
      let early = document.content.time.adding(seconds: -Limits.skewSeconds - 1)
      return signed(receipt, honest, at: early)
    case .ofAnotherPartner: return signed(receipt, honest, source: Exercise.stranger)
    }
  }

  private func signed(
    _ statement: AcknowledgementStatement, _ message: AcknowledgedMessage,
    source: String? = nil, at time: Instant? = nil
  ) -> SignedAnswer? {
    let acknowledgement = WireAcknowledgement.encode(
      statement, about: message, source: source ?? reception.identity.uri, at: time ?? now(),
      idOctets: SecureRandom.octets(16), nonceOctets: SecureRandom.octets(16), exercise: true)
    let answer = try? sign(acknowledgement, with: signing, style: SignatureStyle())
    return answer.map { SignedAnswer($0) }
  }

  /// The same header and octets under another key's signature (docs/wire.md, the signature).
  private func signedAnew(_ answer: SignedAnswer) -> SignedAnswer? {
    let protected = answer.signature.prefix { $0 != "." }
    let digest = SHA256Digest(of: answer.octets).field
    guard let signature = try? foreign?.sign(Array("\(protected).digest: \(digest)".utf8)) else {
      return nil
    }
    return SignedAnswer(
      octets: answer.octets, headerName: answer.headerName,
      signature: "\(protected)..\(Base64.text(signature, .url))")
  }
}

extension Response {
  fileprivate var isReceipt: Bool {
    (200..<300).contains(status)
      && (try? JSONReader.read(body))?["data"]?["kind"]?.text == "receipt"
  }
}

extension PlannedProblem {
  fileprivate var response: Response {
    var fields = [HTTPField("Content-Type", "application/problem+json")]
    if let retryAfterSeconds { fields.append(HTTPField("Retry-After", "\(retryAfterSeconds)")) }
    var body: JSONObject = [
      "type": .string("https://referral-gateway.example/problems/\(word)"),
      "title": "An exercise", "status": .number(JSONNumber(Int64(status))),
      "detail": "This refusal was planned.",
    ]
    if !supported.isEmpty { body["supported"] = .array(supported.map { .string($0) }) }
    return Response(
      status: status, fields: fields + Response.standingFields,
      body: JSONWriter.write(.object(body)))
  }
}

extension ReceptionStore {
  fileprivate func forget(_ document: ReceivedDocument) async throws(StoreError) {
    try await store.write { (transaction) throws(StoreError) in
      _ = try transaction.run(
        "DELETE FROM received WHERE sender = ? AND id = ?", .text(document.sender),
        .text(document.content.id.description))
    }
  }
}

extension LogEvent {
  fileprivate static func exercising(steps: Int) -> LogEvent {
    LogEvent("partner-exercises", .warning, [.count("steps", steps)])
  }
  fileprivate static func misbehaving(_ misdeed: Misdeed) -> LogEvent {
    let field: LogField =
      switch misdeed {
      case .honest: .code("step", "honest")
      case .slow: .code("step", "slow")
      case .down: .code("step", "down")
      case .lostAnswer: .code("step", "lost-answer")
      case .forget: .code("step", "forget")
      case .falseReceipt(let lie): .code("step", lie)
      case .rejection(let code): .code("rejection", code)
      case .problem(let problem): .count("status", problem.status)
      }
    return LogEvent("exercise-step", .notice, [field])
  }
}
