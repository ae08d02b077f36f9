/// The admin socket's requests: which path does what.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import JSON
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

  /// Requests may sign and validate, so they run beside the connection's thread, not on it.
  func handle(_ request: Request) async -> Response {
    await withTaskExecutorPreference(globalConcurrentExecutor) {
      do throws(OutboxError) {
        // The one answer that is not JSON Lines.
        if request.method == .get, request.path == "/v1/metrics" {
          return try await monitoring.response()
        }
        return try await answer(request).response
      } catch {
        return AdminAnswer.error(error.code == .full ? .storeFull : .internal).response
      }
    }
  }

  private func answer(_ request: Request) async throws(OutboxError) -> AdminAnswer {
    let path = request.path.split(separator: "/").map(String.init)
    let query = Query(request.query ?? "")
    let actor = request.peerUser.map { "uid:\($0)" } ?? "unknown"
    switch (request.method, path) {
    case (.get, ["v1", "status"]):
      return AdminAnswer(200, [try await inspection.status()])
    case (.get, ["v1", "deliveries"]):
      guard let filter = DeliveryFilter(query) else { return .error(.badRequest) }
      return AdminAnswer(200, try await inspection.list(filter))
    case (.get, ["v1", "shape"]):
      return AdminAnswer(200, try await inspection.shape(now: clock.now()))
    case (.get, ["v1", "alarms"]):
      return AdminAnswer(200, try await inspection.alarms(now: clock.now()).map(\.line))
    case (.get, ["v1", "partners"]):
      return AdminAnswer(200, await inspection.partners())
    case (.get, ["v1", "jobs"]): return try await listJobs()
    case (.get, ["v1", "audit"]): return try await audit(query)
    case (.get, ["v1", "health", "live"]): return AdminAnswer(health.live())
    case (.get, ["v1", "health", "ready"]):
      return AdminAnswer(await health.ready(now: clock.now()))
    case (.get, ["v1", "health", "deep"]):
      return AdminAnswer(await health.deep(now: clock.now()))
    case (.post, ["v1", "submissions"]):
      return answer(try await submissions.submit(request.body, by: actor))
    case (.post, ["v1", "preview"]):
      return try await preview(request.body, query, by: actor)
    case (.post, ["v1", "reload"]): return try await reload(by: actor)
    case (.post, ["v1", "jobs"]): return try await makeJob(request.body, by: actor)
    default:  // OPEN: paths are text
      return try await answerOne(request, path, query, by: actor)
    }
  }

  /// Paths that name one thing.
  private func answerOne(
    _ request: Request, _ path: [String], _ query: Query, by actor: String
  ) async throws(OutboxError) -> AdminAnswer {
    guard path.count >= 3, path[0] == "v1" else { return .error(.badRequest) }
    switch path[1] {
    case "partners": return try await answerPartner(request, path, by: actor)
    case "deliveries":
      guard let id = UniversalID(path[2]) else { return .error(.notFound) }
      if request.method == .get, path.count == 3 {
        guard let line = try await inspection.show(id) else { return .error(.notFound) }
        return AdminAnswer(200, [line])
      }
      guard request.method == .post, path.count == 4,
        let order = OperatorOrder(rawValue: path[3])
      else { return .error(.badRequest) }
      return try await self.order(order, id, request.body, by: actor)
    case "jobs":
      guard let id = UniversalID(path[2]) else { return .error(.unknownJob) }
      switch (request.method, path.dropFirst(3)) {
      case (.get, []): return try await showJob(id)
      case (.get, ["items"]): return try await jobItems(id, query)
      case (.post, ["cancel"]): return try await cancelJob(id, request.body, by: actor)
      default: return .error(.badRequest)  // OPEN: paths are text
      }
    default: return .error(.badRequest)  // OPEN: paths are text
    }
  }

  private func answerPartner(_ request: Request, _ path: [String], by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    let partner = inspection.configuration.partners.first { $0.code.text == path[2] }
    guard let partner else { return .error(.unknownPartner) }
    switch (request.method, path.count) {
    case (.get, 3): return AdminAnswer(200, [await inspection.describe(partner)])
    case (.get, 4): return await askPartner(partner, path[3])
    case (.post, 4): return try await orderPartner(partner, path[3], request.body, by: actor)
    default: return .error(.badRequest)  // OPEN: paths are text
    }
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

  private func preview(_ octets: [UInt8], _ query: Query, by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    guard let partner = query["partner"] else { return .error(.badRequest) }
    let reveals = query["reveal"] == "true"
    if reveals {
      guard let reason = query["reason"], !reason.isEmpty else { return .error(.reasonMissing) }
      try await outbox.audit(
        AuditEntry(
          at: clock.now(), actor: actor, action: "reveal-preview", subject: partner,
          reason: reason))
    }
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
