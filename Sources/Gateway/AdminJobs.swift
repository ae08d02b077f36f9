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
  init?(_ content: JSONValue, at now: Instant) {
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
      id = UniversalID.v7(at: now, random: SecureRandom.octets(16))
    }
    if let texts = content["ids"]?.elements {
      let ids = Set(texts.compactMap { $0.text.flatMap(UniversalID.init) }).sorted()
      guard !ids.isEmpty, ids.count == Set(texts).count, ids.count <= SendingLimits.jobDeliveries,
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
    guard let terms = OrderTerms(body), let wanted = WantedJob(terms.content, at: clock.now())
    else {
      return .error(.badRequest)
    }
    guard !terms.dryRun else { return try await plan(wanted) }
    guard !terms.reason.isEmpty else { return .error(.reasonMissing) }
    let job = try await outbox.make(
      NewJob(
        id: wanted.id, action: wanted.order.rawValue, selection: wanted.selection,
        filterText: wanted.filterText, actor: actor, reason: terms.reason,
        madeAt: clock.now(), rate: wanted.rate),
      limit: SendingLimits.jobDeliveries)
    guard let job else { return .error(.tooMany) }
    if wanted.order.sends {
      // As a single resend does: whoever is ordered to be asked is asked now.
      for partner in try await outbox.waiting(of: job.row).keys {
        try await inspection.sender.probe(partner)
      }
    }
    jobs.ring()
    return AdminAnswer(200, try await unknown(in: wanted.selection) + [job.line])
  }

  /// What a job would do now, and what it would not.
  private func plan(_ wanted: WantedJob) async throws(OutboxError) -> AdminAnswer {
    let now = clock.now()
    var plan = JobPlan(order: wanted.order)
    func add(_ deliveries: [OrderedDelivery]) {
      for delivery in deliveries {
        plan.add(delivery, wanted.order.judge(delivery, now: now, backoff: inspection.backoff))
      }
    }
    switch wanted.selection {
    case .ids(let ids):
      for part in ids.parts(of: SendingLimits.jobChunk) { add(try await outbox.ordered(part)) }
      plan.addUnknown(ids.count - plan.count)
    case .filter(let filter):
      var after: Int64 = 0
      while true {
        let chunk = try await outbox.ordered(filter, after: after, limit: SendingLimits.jobChunk)
        add(chunk)
        guard plan.count <= SendingLimits.jobDeliveries else { return .error(.tooMany) }
        guard let last = chunk.last else { break }
        after = last.row
      }
    }
    return AdminAnswer(200, [plan.line])
  }

  /// One line for each id that is no delivery's.
  private func unknown(in selection: JobSelection) async throws(OutboxError) -> [JSONObject] {
    guard case .ids(let ids) = selection else { return [] }
    var unknown: [UniversalID] = []
    for part in ids.parts(of: SendingLimits.jobChunk) {
      let known = Set(try await outbox.ordered(part).map(\.id))
      unknown += part.filter { !known.contains($0) }
    }
    return unknown.map { id in
      [
        "v": 1, "kind": "item", "id": .string(id.description), "result": "refused",
        "reason": .string(AdminProblem.notFound.rawValue),
        "message": .string(AdminProblem.notFound.text.message),
        "hint": .string(AdminProblem.notFound.text.hint),
      ]
    }
  }

  func listJobs() async throws(OutboxError) -> AdminAnswer {
    AdminAnswer(200, try await outbox.jobs(limit: AdminAPI.jobsListed).map(\.line))
  }

  func showJob(_ call: AdminCall) async throws(OutboxError) -> AdminAnswer {
    guard let id = call.id, let (job, reason) = try await outbox.job(id) else {
      return .error(.unknownJob)
    }
    var line = job.line
    line["reason"] = .string(reason)
    return AdminAnswer(200, [line])
  }

  /// A page of what became of each delivery.
  func jobItems(_ call: AdminCall) async throws(OutboxError) -> AdminAnswer {
    guard let after = Int64(call.query["after"] ?? "0") else { return .error(.badRequest) }
    guard let id = call.id, let (job, _) = try await outbox.job(id) else {
      return .error(.unknownJob)
    }
    let items = try await outbox.items(of: job.row, after: after, limit: AdminAPI.itemsInPage)
    return AdminAnswer(200, items.map { $0.line(of: job) })
  }

  func cancelJob(_ call: AdminCall, _ body: [UInt8], by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    guard let id = call.id else { return .error(.unknownJob) }
    guard let terms = OrderTerms(body) else { return .error(.badRequest) }
    if terms.dryRun {
      guard let (job, _) = try await outbox.job(id) else { return .error(.unknownJob) }
      return job.state == .running ? AdminAnswer(200, [job.line]) : .error(.jobEnded)
    }
    let entry = AuditEntry(
      at: clock.now(), actor: actor, action: "cancel", subject: "job/\(id)",
      reason: terms.reason.isEmpty ? nil : terms.reason)
    guard let (job, cancelled) = try await outbox.cancelJob(id, entry) else {
      return .error(.unknownJob)
    }
    return cancelled ? AdminAnswer(200, [job.line]) : .error(.jobEnded)
  }

  private static let jobsListed = 200
  private static let itemsInPage = 1_000
}

extension [UniversalID] {
  fileprivate func parts(of size: Int) -> [ArraySlice<UniversalID>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
