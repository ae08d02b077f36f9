/// The admin socket's requests: which path does what.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import OpenSSL
import Outbox
import Platform
import Referrals

struct AdminAPI: Sendable {
  let submissions: Submissions
  let inspection: Inspection
  let outbox: OutboxStore
  let doorbell: Doorbell

  /// Requests may sign and validate, so they run beside the connection's thread, not on it.
  func handle(_ request: Request) async -> Response {
    await withTaskExecutorPreference(globalConcurrentExecutor) {
      do throws(OutboxError) {
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
    case (.get, ["v1", "partners"]):
      return AdminAnswer(200, await inspection.partners())
    case (.post, ["v1", "submissions"]):
      return try await submit(request.body, by: actor)
    case (.post, ["v1", "preview"]):
      return try await preview(request.body, query, by: actor)
    default:  // OPEN: paths are text
      return try await answerOne(request, path, by: actor)
    }
  }

  /// Paths that name one thing.
  private func answerOne(_ request: Request, _ path: [String], by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    guard path.count >= 3, path[0] == "v1" else { return .error(.badRequest) }
    switch (request.method, path[1], path.count) {
    case (.get, "partners", 3):
      guard let line = await inspection.partner(path[2]) else { return .error(.unknownPartner) }
      return AdminAnswer(200, [line])
    case (.get, "deliveries", 3):
      guard let id = UniversalID(path[2]), let line = try await inspection.show(id) else {
        return .error(.notFound)
      }
      return AdminAnswer(200, [line])
    case (.post, "deliveries", 4) where path[3] == "resend":
      guard let id = UniversalID(path[2]) else { return .error(.notFound) }
      return try await resend(id, request.body, by: actor)
    default: return .error(.badRequest)  // OPEN: paths are text
    }
  }

  private func submit(_ octets: [UInt8], by actor: String) async throws(OutboxError)
    -> AdminAnswer
  {
    switch try await submissions.submit(octets, by: actor) {
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
        at: SystemClock.now(), actor: actor, action: "reveal-preview", subject: partner,
        reason: reason)
    }
    switch try await submissions.preview(octets, for: partner) {
    case .success(let preview): return AdminAnswer(200, [preview.line(reveals: reveals)])
    case .failure(let refusals):
      return .error(.refused, before: refusals.reasons.map(\.line))
    }
  }
}

extension AdminProblem {
  fileprivate init(_ why: Unavailability) {
    self =
      switch why {
      case .storeFull: .storeFull
      case .busy: .busy
      case .stopping: .stopping
      }
  }
}
