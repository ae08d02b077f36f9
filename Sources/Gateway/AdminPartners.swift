/// What an operator asks and orders about a partner.
// SPDX-License-Identifier: Apache-2.0
import JSON
import OpenSSL
import Outbox
import Platform
import Register
import Sending

extension AdminAPI {
  /// Nil for a code that no partner of ours has.
  private func partner(_ call: AdminCall) -> Partner? {
    inspection.configuration.partners.first { $0.code.text == call.names[0] }
  }

  func describePartner(_ call: AdminCall) async -> AdminAnswer {
    guard let partner = partner(call) else { return .error(.unknownPartner) }
    return AdminAnswer(200, [await inspection.describe(partner)])
  }

  func limitsOfPartner(_ call: AdminCall) async -> AdminAnswer {
    guard let partner = partner(call) else { return .error(.unknownPartner) }
    return AdminAnswer(200, [await inspection.limits(of: partner)])
  }

  func checkPartner(_ call: AdminCall) async -> AdminAnswer {
    guard let partner = partner(call) else { return .error(.unknownPartner) }
    return AdminAnswer(await health.partner(partner.code.text, now: clock.now()) ?? [])
  }

  func listsOfPartner(_ call: AdminCall) async -> AdminAnswer {
    guard let partner = partner(call) else { return .error(.unknownPartner) }
    return AdminAnswer(200, [await inspection.lists(of: partner)])
  }

  /// `POST /v1/partners/CODE/...`
  func orderPartner(
    _ call: AdminCall, _ body: [UInt8], by actor: String
  ) async throws(OutboxError) -> AdminAnswer {
    guard let partner = partner(call) else { return .error(.unknownPartner) }
    let order = call.names[1]
    guard let terms = OrderTerms(body) else { return .error(.badRequest) }
    let entry = AuditEntry(
      at: clock.now(), actor: actor, action: "partner-\(order)",
      subject: partner.code.text, reason: terms.reason.isEmpty ? nil : terms.reason)
    switch order {
    case "pause", "resume":
      if !terms.dryRun {
        order == "pause"
          ? try await inspection.sender.pause(partner, entry)
          : try await inspection.sender.resume(partner.code.text, entry)
      }
      var line = await inspection.limits(of: partner)
      line["kind"] = .string("partner-\(order)")
      line["dryRun"] = .bool(terms.dryRun)
      return AdminAnswer(200, [line])
    case "crl":
      if !terms.dryRun {
        try await outbox.audit(entry)
        await inspection.fetching.fetchNow(for: partner)
      }
      return AdminAnswer(200, [await inspection.lists(of: partner)])
    case "test": return try await test(partner, terms, entry)
    default: return .error(.badRequest)  // OPEN: paths are text
    }
  }

  /// The whole way of a referral, with a document about nobody.
  private func test(_ partner: Partner, _ terms: OrderTerms, _ entry: AuditEntry)
    async throws(OutboxError) -> AdminAnswer
  {
    let code = partner.code.text
    let referral = UniversalID.v7(at: entry.at, random: SecureRandom.octets(16))
    let submission = Exercise.submission(
      to: code, referral: referral, schemas: inspection.configuration.schemas)
    guard let submission else { return .error(.exerciseMissing) }
    if terms.dryRun {
      switch try await submissions.preview(submission, for: code, as: .shippedExercise) {
      case .success(let preview): return AdminAnswer(200, [preview.line(reveals: false)])
      case .failure(let refusals):
        return .error(.refused, before: refusals.reasons.map(\.line))
      }
    }
    try await outbox.audit(entry)
    return answer(
      try await submissions.submit(submission, by: entry.actor, as: .shippedExercise))
  }
}

extension Inspection {
  /// What the partner may get at once and what holds it up; the file rules the window.
  func limits(of partner: Partner) async -> JSONObject {
    let code = partner.code.text
    var line: JSONObject = [
      "v": 1, "kind": "limits", "partner": .string(code), "enabled": .bool(partner.isEnabled),
      "windowInitial": .integer(partner.acknowledgements.windowInitial),
      "windowLimit": .integer(partner.acknowledgements.windowLimit),
    ]
    if let load = await sender.load(of: code) {
      line["window"] = .integer(load.window)
      line["sending"] = .integer(load.sending)
      line["ready"] = .integer(load.ready)
    }
    if let suspension = await suspended(partner) { line["suspended"] = suspension }
    return line
  }
}
