/// Acknowledgements that partners bring by themselves: who calls, what it proves, what follows.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import HTTPServer
import JSON
import Log
import OpenSSL
import Outbox
import Platform
import Register
import Sending
import Signing
import Wire

struct Callbacks: Sendable {
  let inForce: InForce
  let outbox: OutboxStore
  let log: EventLog
  let counts: Counts
  let backoff: Backoff
  /// Of the sending loop: a later revision may have waited for a receipt.
  let doorbell: Doorbell
  let clock: GatewayClock

  static let path = "/v1/acknowledgements"
  /// How often another acknowledgement may take the id between look and write.
  private static let tries = 3

  /// Checking takes milliseconds that the loop's thread must not lose.
  func handle(_ request: Request) async -> Response {
    await withTaskExecutorPreference(globalConcurrentExecutor) { await answer(request) }
  }

  private func answer(_ request: Request) async -> Response {
    let link: PartnerLink
    let others: [PartnerLink]
    do throws(Problem) {
      (link, others) = try caller(request, clock.now())
    } catch {
      return refuse(error, nil)
    }
    switch (request.method, request.path) {
    case (.post, Callbacks.path): return await take(request, from: link, or: others)
    case (.get, "/v1/health"):
      return Response(
        status: 200, fields: [HTTPField("Content-Type", "application/json")] + standing,
        body: JSONWriter.write(["status": "ok"]))
    case (.get, let path) where AttachmentRequest.isMeant(by: path):
      return await attachment(AttachmentRequest(path), to: [link] + others)
    case (.get, Callbacks.path):
      return refuse(Problem(.methodNotAllowed, "POST is served"), link, methods: "POST")
    case (.post, "/v1/health"):
      return refuse(Problem(.methodNotAllowed, "GET is served"), link, methods: "GET")
    case (.get, _), (.post, _):
      return refuse(Problem(.unknownEndpoint, "POST \(Callbacks.path) is served"), link)
    }
  }

  /// Step 2: one organisation, by the certificate of the connection and by nothing in the message.
  /// A hub may be several partners: itself, and those that are reached through it.
  private func caller(_ request: Request, _ now: Instant) throws(Problem)
    -> (PartnerLink, or: [PartnerLink])
  {
    let certificate = request.peerCertificate
    let named = inForce.links.values.filter { link in
      certificate.map { link.partner.identity.isSubject(of: $0) } ?? false
    }.sorted { $0.partner.code < $1.partner.code }
    guard let certificate, let first = named.first, let label = first.partner.code.logLabel else {
      log.write(.callerUnknown)
      throw Problem(.clientCertificate, "step 2: it names no partner")
    }
    let admitted = named.filter {
      $0.callers.judge(certificate, with: request.peerAuthorities, at: now) == .admitted
    }
    if let one = admitted.first { return (one, Array(admitted.dropFirst())) }
    switch first.callers.judge(certificate, with: request.peerAuthorities, at: now) {
    case .refused(let revoked):
      log.write(.callerRefused(label, revoked: revoked))
      throw Problem(.clientCertificate, revoked ? "step 2: it is revoked" : "step 2: its path")
    case .undecided, .admitted:
      log.write(.callerUndecided(label))
      throw Problem(.temporarilyUnavailable, "step 2: no usable revocation list")
    }
  }

  private func take(_ request: Request, from link: PartnerLink, or others: [PartnerLink]) async
    -> Response
  {
    let message = ReceivedMessage(
      fields: request.fields.map { (name: $0.name, value: $0.value) }, body: request.body)
    guard message.isCloudEvent else {
      return refuse(Problem(.unsupportedMediaType, "application/cloudevents+json is served"), link)
    }
    do throws(OutboxError) {
      for _ in 0..<Callbacks.tries {
        switch try await judge(message, from: link, or: others) {
        case .kept, .repeated: return Response(status: 204, fields: standing)
        case .refused(let problem): return refuse(problem, link)
        case .again: continue
        }
      }
    } catch {
      log.write(.storeFailed(error.code))
    }
    return refuse(Problem(.temporarilyUnavailable, "step 19: nothing was stored"), link)
  }

  private enum Result {
    case kept, repeated
    case refused(Problem)
    /// Another acknowledgement took the id meanwhile.
    case again
  }

  private func judge(
    _ message: ReceivedMessage, from link: PartnerLink, or others: [PartnerLink]
  ) async throws(OutboxError) -> Result {
    let now = clock.now()
    let partner = link.partner.code.text
    var delivery: AcknowledgedDelivery?
    var owner: PartnerLink?
    let verdict = try await link.verdict(on: message, outbox, now) { id in
      delivery = try await outbox.delivery(id, to: partner)
      guard delivery == nil else { return delivery.map { ExpectedExchange($0) } }
      for other in others where owner == nil {
        if try await outbox.delivery(id, to: other.partner.code.text) != nil { owner = other }
      }
      return nil
    }
    // By its own keys and against its own acknowledgements.
    if let owner { return try await judge(message, from: owner, or: []) }
    let kept = verdict.kept(message, receivedAt: now)
    switch verdict {
    case .verified(let acknowledgement, _):
      guard let delivery else { return .again }
      return try await record(acknowledgement, kept, delivery, link, now)
    case .undecided(_, let doubt, _):
      _ = try await outbox.keepRefused(kept, row: delivery?.row, partner: partner)
      count(link, verdict) { log.write(.undecidedCallback($0)) }
      return .refused(Problem(doubt))
    case .rejected(let failure, _):
      // Held against nobody while our own clock is in doubt.
      guard !clock.isInDoubt else {
        return .refused(Problem(.temporarilyUnavailable, "this side's clock is in doubt"))
      }
      let recording = try await outbox.keepRefused(kept, row: delivery?.row, partner: partner)
      count(link, verdict) { label in
        log.write(.refusedCallback(label, failure, kept: recording != .notKept))
      }
      return .refused(Problem(failure))
    }
  }

  /// Step 19: octets, report, state and answer in one commit, and only then an answer.
  private func record(
    _ acknowledgement: VerifiedAcknowledgement, _ kept: NewAcknowledgement,
    _ delivery: AcknowledgedDelivery, _ link: PartnerLink, _ now: Instant
  ) async throws(OutboxError) -> Result {
    let actions = Locked<[DeliveryAction]>([])
    let backoff = self.backoff
    let partner = link.partner.code.text
    let event = DeliveryEvent(acknowledgement)
    let recording = try await outbox.bring(
      kept, to: delivery.row, partner: partner, at: now
    ) { progress, priority, expires in
      var machine = DeliveryMachine(
        progress, priority: priority, expires: expires, backoff: backoff)
      let wanted = machine.on(event, now: now)
      actions.withLock { $0 = wanted }
      return machine.record
    }
    switch recording {
    case .idTaken, .unknownDelivery: return .again
    case .repeated:
      counts.callback(partner, "repeated")
      if let label = link.partner.code.logLabel { log.write(.broughtAgain(label)) }
      return .repeated
    case .kept(let progress):
      #if DEBUG
        if PlantedFault.current == .dieBeforeAnswer { Signals.raise(Signals.unconditional) }
      #endif
      counts.callback(partner, "kept")
      counts.acknowledgement(partner, "verified")
      if let label = link.partner.code.logLabel {
        log.write(.brought(delivery.id, label, acknowledgement.kind, progress.state))
        for case .alarm(let alarm) in actions.withLock({ $0 }) {
          counts.alarm(partner, alarm)
          log.write(.alarm(delivery.id, label, alarm, []))
        }
      }
      doorbell.ring(work: true)
      return .kept
    }
  }

  private func count(
    _ link: PartnerLink, _ verdict: AcknowledgementVerdict, _ tell: (PartnerLabel) -> Void
  ) {
    counts.acknowledgement(link.partner.code.text, verdict.word)
    if let label = link.partner.code.logLabel { tell(label) }
  }

  /// `methods` is the Allow field of a 405.
  func refuse(_ problem: Problem, _ link: PartnerLink?, methods: String? = nil)
    -> Response
  {
    counts.callback(link?.partner.code.text, problem.type.rawValue)
    let own = problem.fields.map { HTTPField($0.name, $0.value) }
    let allow = methods.map { [HTTPField("Allow", $0)] } ?? []
    return Response(
      status: problem.type.status, fields: own + allow + standing, body: problem.body)
  }

  var standing: [HTTPField] { StandingFields.all.map { HTTPField($0.name, $0.value) } }
}

extension ExpectedExchange {
  fileprivate init(_ delivery: AcknowledgedDelivery) {
    self.init(
      messageID: delivery.id, payloadDigest: delivery.payloadDigest,
      signatureDigest: delivery.signatureDigest, issuedAt: delivery.issuedAt)
  }
}
