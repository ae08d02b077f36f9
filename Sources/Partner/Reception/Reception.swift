/// One document in, one answer out: check it, keep it with its receipt, only then say so.
// SPDX-License-Identifier: Apache-2.0
import Digest
package import HTTPServer
package import Log
import OpenSSL
package import Platform
package import Register
import SQLite
package import Signing
import Wire

package final class Reception: Sendable {
  let identity: PartnerIdentity
  private let check: DocumentCheck
  private let signing: SigningIdentity
  private let store: ReceptionStore
  private let now: @Sendable () -> Instant
  private let log: EventLog
  /// Ids that are being worked on.
  private let inProgress = Locked<Set<UniversalID>>([])

  /// - Parameters:
  ///   - identity: the `source` of our answers.
  ///   - signing: signs them.
  package init(
    identity: PartnerIdentity, check: DocumentCheck, signing: SigningIdentity,
    store: ReceptionStore, now: @escaping @Sendable () -> Instant, log: EventLog
  ) {
    self.identity = identity
    self.check = check
    self.signing = signing
    self.store = store
    self.now = now
    self.log = log
  }

  /// A document that is new, sound and kept gets 202 and our receipt; the same again gets 200 and
  /// the same octets.
  package func receive(_ message: ReceivedMessage) async -> Response {
    let now = now()
    switch check.read(message, now: now) {
    case .document(let document): return await receive(document, now)
    case .unfit(let message, let reason, let exercise):
      return reject(message, [reason], exercise: exercise, now)
    case .problem(let problem): return refuse(problem)
    }
  }

  private func receive(_ document: ReceivedDocument, _ now: Instant) async -> Response {
    let id = document.content.id
    guard inProgress.withLock({ $0.insert(id).inserted }) else {
      return refuse(Problem(.inProgress, "ask again"))
    }
    defer { inProgress.withLock { _ = $0.remove(id) } }
    do throws(StoreError) {
      if let earlier = try await store.answerRepeat(of: document) { return answer(earlier, id) }
      let objections = check.objections(to: document, now: now)
      guard objections.isEmpty else { return reject(document, objections, now) }
      return try await keep(document, now)
    } catch {
      log.write(.storeFailed(error))
      return refuse(Problem(.temporarilyUnavailable, "nothing was taken"))
    }
  }

  private func keep(_ document: ReceivedDocument, _ now: Instant) async throws(StoreError)
    -> Response
  {
    guard
      let receipt = signed(
        .receipt(receivedAt: now), document.acknowledged, exercise: document.content.exercise, now)
    else { return refuse(Self.cannotSign) }
    switch try await store.keep(document, with: receipt, at: now) {
    case .kept:
      log.write(.kept(document))
      return Response(receipt, status: 202)
    case .repeated(let earlier): return answer(earlier, document.content.id)
    case .superseded: return reject(document, [Self.atRevision(.superseded)], now)
    case .duplicate: return reject(document, [Self.atRevision(.duplicateOf)], now)
    }
  }

  private func answer(_ earlier: RepeatOutcome, _ id: UniversalID) -> Response {
    switch earlier {
    case .receipt(let receipt):
      log.write(.repeated(id))
      return Response(receipt, status: 200)
    case .reused:
      log.write(.idReused(id))
      return refuse(Problem(.idempotencyKeyReused, "\(id) stands for other octets"))
    }
  }

  private func reject(
    _ document: ReceivedDocument, _ reasons: [RejectionReason], _ now: Instant
  ) -> Response {
    reject(document.acknowledged, reasons, exercise: document.content.exercise, now)
  }

  /// Signed, and forgotten: the same id may be offered again (docs/wire.md).
  private func reject(
    _ message: AcknowledgedMessage, _ reasons: [RejectionReason], exercise: Bool, _ now: Instant
  ) -> Response {
    for reason in reasons { log.write(.rejected(message.id, reason.code)) }
    guard let rejection = signed(.rejection(reasons), message, exercise: exercise, now) else {
      return refuse(Self.cannotSign)
    }
    return Response(rejection, status: 200)
  }

  private static let cannotSign = Problem(.temporarilyUnavailable, "no answer can be signed")

  private static func atRevision(_ code: RejectionCode) -> RejectionReason {
    RejectionReason(code, pointer: "/data/header/revision")
  }

  /// `methods` is the Allow field of a 405.
  func refuse(_ problem: Problem, methods: String? = nil) -> Response {
    log.write(.problem(problem.type))
    return Response(problem, methods: methods)
  }

  private func signed(
    _ statement: AcknowledgementStatement, _ message: AcknowledgedMessage, exercise: Bool,
    _ now: Instant
  ) -> SignedAnswer? {
    let acknowledgement = WireAcknowledgement.encode(
      statement, about: message, source: identity.uri, at: now,
      idOctets: SecureRandom.octets(16), nonceOctets: SecureRandom.octets(16), exercise: exercise)
    let answer = try? sign(acknowledgement, with: signing, style: SignatureStyle())
    return answer.map { SignedAnswer($0) }
  }
}

extension Response {
  init(_ answer: SignedAnswer, status: Int) {
    let own = [
      HTTPField("Content-Type", "application/cloudevents+json"),
      HTTPField("Digest", SHA256Digest(of: answer.octets).field),
      HTTPField(answer.headerName, answer.signature),
    ]
    self.init(status: status, fields: own + Response.standingFields, body: answer.octets)
  }

  /// `methods` is the Allow field of a 405.
  init(_ problem: Problem, methods: String? = nil) {
    let own = problem.fields.map { HTTPField($0.name, $0.value) }
    let allow = methods.map { [HTTPField("Allow", $0)] } ?? []
    self.init(
      status: problem.type.status, fields: own + allow + Response.standingFields,
      body: problem.body)
  }

  static let standingFields = StandingFields.all.map { HTTPField($0.name, $0.value) }
}
