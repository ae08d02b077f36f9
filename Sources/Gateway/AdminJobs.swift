/// Orders over many deliveries: what they would do, and the jobs that do it.
// SPDX-License-Identifier: Apache-2.0
import JSON
import OpenSSL
import Outbox
import Platform
import Sending

/// A job as the CLI asks for it.
private struct WantedJob {
  let order: OperatorOrder
  let selection: JobSelection
  let filterText: String
  let rate: Int
  /// Chosen by the caller, so that a lost answer can be asked for again.
  let id: UniversalID

  /// Nil for what no job can be.
  init?(_ content: JSONValue) {
    guard let order = content["action"]?.text.flatMap(OperatorOrder.init(rawValue:)) else {
      return nil
    }
    self.order = order
    let rate = content["rate"]?.integer ?? Int64(SendingLimits.jobRate)
    guard SendingLimits.jobRates.contains(Int(clamping: rate)) else { return nil }
    self.rate = Int(rate)
    if let text = content["id"]?.text {
      guard let id = UniversalID(text) else { return nil }
      self.id = id
    } else {
      id = UniversalID.v7(at: SystemClock.now(), random: SecureRandom.octets(16))
    }
    if let texts = content["ids"]?.elements {
      let ids = texts.compactMap { $0.text.flatMap(UniversalID.init) }
      guard !ids.isEmpty, ids.count == texts.count, ids.count <= SendingLimits.jobDeliveries,
        content["filter"] == nil
      else { return nil }
      selection = .ids(ids)
      filterText = "\(ids.count) ids"
    } else {
      guard let members = content["filter"]?.members,
        var filter = DeliveryFilter(members: members)
      else { return nil }
      filterText = members.members.map { "\($0.name)=\($0.value.text ?? "")" }
        .joined(separator: " ")
      if filter.states.isEmpty { filter.states = order.states }
      selection = .filter(filter)
    }
  }
}

extension AdminAPI {
  func makeJob(_ body: [UInt8], by actor: String) async throws(OutboxError) -> AdminAnswer {
    guard let terms = OrderTerms(body), let wanted = WantedJob(terms.content) else {
      return .error(.badRequest)
    }
    guard !terms.dryRun else { return try await plan(wanted) }
    guard !terms.reason.isEmpty else { return .error(.reasonMissing) }
    let job = try await outbox.make(
      NewJob(
        id: wanted.id, action: wanted.order.rawValue, selection: wanted.selection,
        filterText: wanted.filterText, actor: actor, reason: terms.reason,
        madeAt: SystemClock.now(), rate: wanted.rate),
      limit: SendingLimits.jobDeliveries)
    guard let job else { return .error(.tooMany) }
    if wanted.order.sends {
      // As a single resend does: whoever is ordered to be asked is asked now.
      for partner in try await outbox.waiting(of: job.row).keys {
        try await inspection.sender.probe(partner)
      }
    }
    jobs.ring()
    return AdminAnswer(200, [job.line])
  }

  /// What a job would do now, and what it would not.
  private func plan(_ wanted: WantedJob) async throws(OutboxError) -> AdminAnswer {
    let now = SystemClock.now()
    var plan = JobPlan(order: wanted.order)
    var after: Int64 = 0
    while true {
      let chunk = try await outbox.ordered(
        wanted.selection, after: after, limit: SendingLimits.jobChunk)
      for delivery in chunk {
        plan.add(
          delivery, wanted.order.judge(delivery, now: now, backoff: inspection.backoff))
      }
      guard plan.count <= SendingLimits.jobDeliveries else { return .error(.tooMany) }
      guard let last = chunk.last else { return AdminAnswer(200, [plan.line]) }
      after = last.row
    }
  }

  func listJobs() async throws(OutboxError) -> AdminAnswer {
    AdminAnswer(200, try await outbox.jobs(limit: AdminAPI.jobsListed).map(\.line))
  }

  func showJob(_ id: UniversalID) async throws(OutboxError) -> AdminAnswer {
    guard let (job, reason) = try await outbox.job(id) else { return .error(.unknownJob) }
    var line = job.line
    line["reason"] = .string(reason)
    return AdminAnswer(200, [line])
  }

  /// A page of what became of each delivery.
  func jobItems(_ id: UniversalID, _ query: Query) async throws(OutboxError) -> AdminAnswer {
    guard let after = Int64(query["after"] ?? "0") else { return .error(.badRequest) }
    guard let (job, _) = try await outbox.job(id) else { return .error(.unknownJob) }
    let items = try await outbox.items(of: job.row, after: after, limit: AdminAPI.itemsInPage)
    return AdminAnswer(200, items.map { $0.line(of: job) })
  }

  func cancelJob(_ id: UniversalID, _ body: [UInt8], by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    guard let terms = OrderTerms(body) else { return .error(.badRequest) }
    if terms.dryRun {
      guard let (job, _) = try await outbox.job(id) else { return .error(.unknownJob) }
      return job.state == .running ? AdminAnswer(200, [job.line]) : .error(.jobEnded)
    }
    let entry = AuditEntry(
      at: SystemClock.now(), actor: actor, action: "cancel", subject: "job/\(id)",
      reason: terms.reason.isEmpty ? nil : terms.reason)
    guard let (job, cancelled) = try await outbox.cancelJob(id, entry) else {
      return .error(.unknownJob)
    }
    return cancelled ? AdminAnswer(200, [job.line]) : .error(.jobEnded)
  }

  private static let jobsListed = 200
  private static let itemsInPage = 1_000
}

/// What an order over many deliveries would come to.
private struct JobPlan {
  private struct Part {
    var count = 0
    var octets = 0
  }
  let order: OperatorOrder
  private(set) var count = 0
  private var parts: [String: Part] = [:]
  private var refused: [String: Int] = [:]
  private var oldest: Instant?
  private var newest: Instant?

  init(order: OperatorOrder) { self.order = order }

  mutating func add(_ delivery: OrderedDelivery, _ effect: OrderEffect) {
    count += 1
    if case .refused(let word) = effect {
      refused[word, default: 0] += 1
      return
    }
    parts[delivery.partner, default: Part()].count += 1
    parts[delivery.partner, default: Part()].octets += delivery.octets
    oldest = min(oldest ?? delivery.acceptedAt, delivery.acceptedAt)
    newest = max(newest ?? delivery.acceptedAt, delivery.acceptedAt)
  }

  var line: JSONObject {
    var line: JSONObject = [
      "v": 1, "kind": "plan", "action": .string(order.rawValue), "matched": .integer(count),
      "count": .integer(parts.values.reduce(0) { $0 + $1.count }),
      "octets": .integer(parts.values.reduce(0) { $0 + $1.octets }),
      "partners": .array(
        parts.sorted { $0.key < $1.key }.map { partner, part in
          .object([
            "partner": .string(partner), "count": .integer(part.count),
            "octets": .integer(part.octets),
          ])
        }),
      "refused": .array(
        refused.sorted { $0.key < $1.key }.map { word, count in
          var line: JSONObject = ["reason": .string(word), "count": .integer(count)]
          if let refusal = OrderRefusal(rawValue: word) {
            line["message"] = .string(refusal.text.message)
            line["hint"] = .string(refusal.text.hint)
          }
          return .object(line)
        }),
    ]
    if let oldest { line["oldest"] = .moment(oldest) }
    if let newest { line["newest"] = .moment(newest) }
    return line
  }
}

extension JobSummary {
  fileprivate var line: JSONObject {
    var line: JSONObject = [
      "v": 1, "kind": "job", "id": .string(id.description), "action": .string(action),
      "filter": .string(filterText), "actor": .string(actor), "madeAt": .moment(madeAt),
      "state": .string(state.rawValue), "rate": .integer(rate), "total": .integer(total),
      "done": .integer(done), "refused": .integer(refused),
    ]
    if let endedAt { line["endedAt"] = .moment(endedAt) }
    return line
  }
}

extension JobItem {
  fileprivate func line(of job: JobSummary) -> JSONObject {
    let waits = job.state == .cancelled ? "not-done" : "waits"
    var line: JSONObject = [
      "v": 1, "kind": "item", "id": .string(id.description), "partner": .string(partner),
      "result": .string(result == nil ? waits : result == "done" ? "done" : "refused"),
      "next": .number(JSONNumber(row)),
    ]
    if let result, result != "done" {
      line["reason"] = .string(result)
      if let refusal = OrderRefusal(rawValue: result) {
        line["message"] = .string(refusal.text.message)
        line["hint"] = .string(refusal.text.hint)
      }
    }
    if let at { line["at"] = .moment(at) }
    return line
  }
}
