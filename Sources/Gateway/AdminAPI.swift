/// The admin socket's requests: which path does what.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import JSON
import Intake
import Log
import OpenSSL
import Outbox
import Platform
import Referrals
import Register
import Sending

struct AdminAPI: Sendable {
  let submissions: Submissions
  let inspection: Inspection
  let health: Health
  let monitoring: Monitoring
  let outbox: OutboxStore
  let doorbell: Doorbell
  let clock: GatewayClock
  let jobs: JobWorker
  let reloading: Reloading
  let rights: AdminRights
  let log: EventLog

  /// Requests may sign and validate, so they run beside the connection's thread, not on it.
  func handle(_ request: Request) async -> Response {
    guard let call = AdminCall(request) else { return AdminAnswer.error(.badRequest).response }
    let caller = rights.caller(user: request.peerUser, groups: request.peerGroups)
    guard caller.may(call.route) else {
      log.write(.callDenied(call.route, user: caller.user))
      return rights.refusal(of: call.route).response
    }
    return await withTaskExecutorPreference(globalConcurrentExecutor) {
      do throws(OutboxError) {
        return try await answer(call, request.body, caller).response
      } catch {
        return AdminAnswer.error(error.code == .full ? .storeFull : .internal).response
      }
    }
  }

  private func answer(_ call: AdminCall, _ body: [UInt8], _ caller: AdminCaller)
    async throws(OutboxError) -> AdminAnswer
  {
    switch call.route {
    case .whoAmI:
      let name = caller.user.flatMap { Accounts.name(ofUser: $0) }
      return AdminAnswer(200, [rights.line(of: caller, name: name)])
    case .status: return AdminAnswer(200, [try await inspection.status()])
    case .metrics: return try await monitoring.answer()
    case .deliveries:
      guard let filter = DeliveryFilter(call.query) else { return .error(.badRequest) }
      return AdminAnswer(200, try await inspection.list(filter))
    case .delivery: return try await show(call)
    case .recipients: return try await recipients(call)
    case .deliveryOrder: return try await order(call, body, by: caller.actor())
    case .shape: return AdminAnswer(200, try await inspection.shape(now: clock.now()))
    case .alarms:
      return AdminAnswer(200, try await inspection.alarms(now: clock.now()).map(\.line))
    case .handIn: return try await handIn(call, body, by: caller.actor())
    case .submit: return try await submit(body, call.query, by: caller.actor())
    case .preview: return try await preview(body, call.query)
    case .explainRoutes: return try await explainRoutes(body)
    case .reveal: return try await reveal(body, call.query, by: caller.actor())
    case .jobs: return try await listJobs()
    case .makeJob: return try await makeJob(body, by: caller.actor())
    case .job: return try await showJob(call)
    case .jobItems: return try await jobItems(call)
    case .cancelJob: return try await cancelJob(call, body, by: caller.actor())
    case .partners: return AdminAnswer(200, await inspection.partners())
    case .partner: return await describePartner(call)
    case .partnerLimits: return await limitsOfPartner(call)
    case .partnerLists: return await listsOfPartner(call)
    case .partnerCheck: return await checkPartner(call)
    case .partnerOrder: return try await orderPartner(call, body, by: caller.actor())
    case .healthLive: return AdminAnswer(health.live())
    case .healthReady: return AdminAnswer(await health.ready(now: clock.now()))
    case .healthDeep: return AdminAnswer(await health.deep(now: clock.now()))
    case .audit: return try await audit(call.query)
    case .reload: return try await reload(by: caller.actor())
    case .batches: return try await listBatches()
    case .batchPreview: return try await previewBatch(call)
    case .sendBatch: return try await sendBatch(call, body, by: caller.actor())
    }
  }

  private func show(_ call: AdminCall) async throws(OutboxError) -> AdminAnswer {
    guard let id = call.id, let line = try await inspection.show(id) else {
      return .error(.notFound)
    }
    return AdminAnswer(200, [line])
  }

  private func recipients(_ call: AdminCall) async throws(OutboxError) -> AdminAnswer {
    guard let id = call.id else { return .error(.notFound) }
    let lines = try await outbox.recipients(of: id, at: clock.now()).map(\.line)
    return lines.isEmpty ? .error(.notFound) : AdminAnswer(200, lines)
  }

  private func handIn(_ call: AdminCall, _ octets: [UInt8], by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    guard let bundle = call.id, AttachmentID.isOne(call.names[1]), let part = Int(call.names[2])
    else { return .error(.badRequest) }
    let handed = try await outbox.handIn(
      octets, part: part, of: call.names[1], in: bundle, by: actor,
      fresh: UniversalID.v4(random: SecureRandom.octets(16)), at: clock.now())
    switch handed {
    case .kept: return AdminAnswer(200, [["v": 1, "kind": "part"]])
    case .outOfOrder: return .error(.partMissing)
    case .tooMuch: return .error(.tooMuch)
    }
  }

  private func submit(_ octets: [UInt8], _ query: Query, by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    let bundle = query["bundle"].map { UniversalID($0) }
    guard bundle != .some(nil) else { return .error(.badRequest) }
    return answer(try await submissions.submit(octets, with: bundle ?? nil, by: actor))
  }

  func answer(_ submitted: SubmissionAnswer) -> AdminAnswer {
    switch submitted {
    case .accepted(let accepted):
      doorbell.ring(work: true)
      return AdminAnswer(200, [accepted.line])
    case .refused(let reasons):
      let conflicts: Set<Rule> = [.revisionReused, .revisionGap, .revisionSuperseded]
      let problem: AdminProblem =
        reasons.allSatisfy { conflicts.contains($0.rule) } ? .revisionConflict : .refused
      return .error(problem, before: reasons.map(\.line))
    case .unavailable(let why):
      return .error(AdminProblem(why))
    }
  }

  private func preview(_ octets: [UInt8], _ query: Query, reveals: Bool = false)
    async throws(OutboxError) -> AdminAnswer
  {
    guard let partner = query["partner"] else { return .error(.badRequest) }
    switch try await submissions.preview(octets, for: partner) {
    case .success(let preview): return AdminAnswer(200, [preview.line(reveals: reveals)])
    case .failure(let refusals):
      return .error(.refused, before: refusals.reasons.map(\.line))
    }
  }

  private func reload(by actor: String) async throws(OutboxError) -> AdminAnswer {
    try await outbox.audit(
      AuditEntry(
        at: clock.now(), actor: actor, action: "reload", subject: "configuration", reason: nil))
    return await reloading.reload().answer
  }

  /// The data itself: who wanted to see it, and why, is written down first.
  private func reveal(_ octets: [UInt8], _ query: Query, by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    guard let partner = query["partner"] else { return .error(.badRequest) }
    guard PartnerCode(partner) != nil else { return .error(.unknownPartner) }
    guard let reason = query["reason"], !reason.isEmpty else { return .error(.reasonMissing) }
    try await outbox.audit(
      AuditEntry(
        at: clock.now(), actor: actor, action: "reveal-preview", subject: partner,
        reason: reason))
    return try await preview(octets, query, reveals: true)
  }

  private func audit(_ query: Query) async throws(OutboxError) -> AdminAnswer {
    let since = query["since"].map(Instant.init(rfc3339:))
    let limit = Int(query["limit"] ?? "1000") ?? 0
    guard since == nil || since != .some(nil), (1...100_000).contains(limit) else {
      return .error(.badRequest)
    }
    let entries = try await outbox.audits(since: since ?? nil, limit: limit)
    return AdminAnswer(200, entries.map(\.line))
  }
}

extension AdminProblem {
  fileprivate init(_ why: Unavailability) {
    self =
      switch why {
      case .storeFull: .storeFull
      case .clockSuspect: .clockSuspect
      case .busy: .busy
      case .stopping: .stopping
      }
  }
}
