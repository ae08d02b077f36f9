/// The admin socket's requests: which path does what, and what each outcome is called.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import JSON
import OpenSSL
package import Outbox
import Platform
import Referrals

/// One answer: a status and JSON Lines.
struct AdminAnswer {
  let status: Int
  let lines: [JSONObject]

  init(_ status: Int, _ lines: [JSONObject]) {
    self.status = status
    self.lines = lines
  }

  /// A refusal or failure; `exit` is the status that the CLI ends with (sysexits.h).
  static func error(_ problem: AdminProblem, before lines: [JSONObject] = []) -> AdminAnswer {
    AdminAnswer(
      problem.status,
      lines + [
        [
          "v": 1, "kind": "error", "code": .string(problem.rawValue),
          "message": .string(problem.text.message), "hint": .string(problem.text.hint),
          "exit": .number(JSONNumber(problem.exit)),
        ]
      ])
  }

  var response: Response {
    var body: [UInt8] = []
    for line in lines { body += JSONWriter.write(.object(line)) + [0x0A] }
    return Response(
      status: status, fields: [HTTPField("Content-Type", "application/jsonl")], body: body)
  }
}

/// Everything that can be wrong with a request of the CLI.
enum AdminProblem: String, CaseIterable {
  case badRequest = "bad-request"
  case notFound = "not-found"
  case unknownPartner = "unknown-partner"
  case refused
  case revisionConflict = "revision-conflict"
  case stateConflict = "state-conflict"
  case reasonMissing = "reason-missing"
  case storeFull = "store-full"
  case clockSuspect = "clock-suspect"
  case busy
  case stopping
  case `internal`

  var exit: Int64 {
    switch self {
    case .badRequest, .reasonMissing: 64
    case .notFound, .unknownPartner: 66
    case .refused: 65
    case .revisionConflict, .stateConflict: 73
    case .storeFull, .clockSuspect, .busy, .stopping: 75
    case .internal: 70
    }
  }

  var status: Int {
    switch self {
    case .badRequest, .reasonMissing: 400
    case .notFound, .unknownPartner: 404
    case .refused: 422
    case .revisionConflict, .stateConflict: 409
    case .storeFull, .clockSuspect, .busy, .stopping: 503
    case .internal: 500
    }
  }

  var text: (message: String, hint: String) {
    switch self {
    case .badRequest: ("the request is not understood", "use the referralctl of this version")
    case .notFound: ("there is no such delivery", "see: referralctl list")
    case .unknownPartner: ("there is no such partner", "see: referralctl partner list")
    case .refused: ("the submission is refused", "each reason says what to do")
    case .revisionConflict:
      ("the revision does not follow those before it", "each reason says what to do")
    case .stateConflict:
      ("the delivery's state does not allow this", "see: referralctl show ID")
    case .reasonMissing: ("a reason is missing", "add --reason with a few words for the audit")
    case .storeFull:
      ("the disk is full, nothing was accepted", "free space; recording goes on by itself")
    case .clockSuspect:
      (
        "the gateway's clock jumped, nothing was accepted",
        "put the clock right; if the new time is right, restart the gateway"
      )
    case .busy: ("somebody else changes the same referral", "try again")
    case .stopping: ("the gateway is stopping", "try again when it runs")
    case .internal: ("the gateway failed", "see: journalctl -u referral-gateway")
    }
  }
}

struct AdminAPI: Sendable {
  let submissions: Submissions
  let inspection: Inspection
  let monitoring: Monitoring
  let outbox: OutboxStore
  let doorbell: Doorbell
  let clock: GatewayClock

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
        at: clock.now(), actor: actor, action: "reveal-preview", subject: partner,
        reason: reason)
    }
    switch try await submissions.preview(octets, for: partner) {
    case .success(let preview): return AdminAnswer(200, [preview.line(reveals: reveals)])
    case .failure(let refusals):
      return .error(.refused, before: refusals.reasons.map(\.line))
    }
  }

  /// Same id, same octets, same signature: only the queue changes.
  private func resend(_ id: UniversalID, _ body: [UInt8], by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    guard let order = try? JSONReader.read(body) else { return .error(.badRequest) }
    guard let delivery = try await outbox.delivery(id) else { return .error(.notFound) }
    let dryRun = order["dryRun"]?.flag ?? false
    let reason = order["reason"]?.text ?? ""
    guard dryRun || !reason.isEmpty else { return .error(.reasonMissing) }
    guard delivery.state.canResend, try await !outbox.isOvertaken(delivery.row) else {
      return .error(.stateConflict)
    }
    var state = delivery.state
    if !dryRun {
      try await outbox.audit(
        at: clock.now(), actor: actor, action: "resend", subject: id.description,
        reason: reason)
      state = try await inspection.queueAgain(delivery) ?? state
      try await inspection.sender.probe(delivery.partner)
    }
    return AdminAnswer(
      200,
      [
        [
          "v": 1, "kind": "resend", "id": .string(id.description), "dryRun": .bool(dryRun),
          "partner": .string(delivery.partner), "state": .string(state.rawValue),
        ]
      ])
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

/// The query of a request target: `a=b&c=d`, percent-encoded (RFC 3986, section 2.1).
package struct Query {
  private let values: [String: String]

  package init(_ text: String) {
    var values: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let value = Query.decoded(parts[1]) else { continue }
      values[String(parts[0])] = value
    }
    self.values = values
  }

  package subscript(name: String) -> String? { values[name] }

  private static func decoded(_ text: Substring) -> String? {
    var octets: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let octet = rest.popFirst() {
      guard octet == UInt8(ascii: "%") else {
        octets.append(octet)
        continue
      }
      guard rest.count >= 2,
        let value = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self).lowercased())
      else { return nil }
      octets += value
      rest = rest.dropFirst(2)
    }
    return String(validating: octets, as: UTF8.self)
  }
}

extension DeliveryFilter {
  /// Nil for a word that no delivery can have.
  package init?(_ query: Query) {
    self.init()
    partner = query["partner"]
    kind = query["kind"]
    if let text = query["state"] {
      guard let known = DeliveryState(rawValue: text) else { return nil }
      state = known
    }
    if let text = query["since"] {
      guard let moment = Instant(rfc3339: text) else { return nil }
      since = moment
    }
    if let text = query["limit"] {
      guard let count = Int(text), (1...100_000).contains(count) else { return nil }
      limit = count
    }
  }
}
