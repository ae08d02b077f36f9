/// What an operator orders about one delivery at a time.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Outbox
import Platform
import Sending

/// What every changing request says besides its target.
struct OrderTerms {
  let dryRun: Bool
  let reason: String
  let content: JSONValue

  private static let reasonOctets = 1_024

  /// Nil for a body that is no object of ours.
  init?(_ body: [UInt8]) {
    guard let content = try? JSONReader.read(body), content.members != nil else { return nil }
    self.content = content
    dryRun = content["dryRun"]?.flag ?? false
    reason = content["reason"]?.text ?? ""
    guard reason.utf8.count <= OrderTerms.reasonOctets else { return nil }
  }
}

extension OperatorOrder {
  /// The audit must say why somebody repeated or ended something.
  var needsReason: Bool {
    switch self {
    case .resend, .cancel, .settle: true
    case .hold, .release: false
    }
  }
}

extension AdminAPI {
  func order(_ call: AdminCall, _ body: [UInt8], by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    guard let order = OperatorOrder(rawValue: call.names[1]) else { return .error(.badRequest) }
    guard let id = call.id else { return .error(.notFound) }
    guard let terms = OrderTerms(body) else { return .error(.badRequest) }
    guard terms.dryRun || !order.needsReason || !terms.reason.isEmpty else {
      return .error(.reasonMissing)
    }
    let now = clock.now()
    let backoff = inspection.backoff
    if terms.dryRun {
      guard let delivery = try await outbox.ordered(id) else { return .error(.notFound) }
      return AdminAnswer(
        200,
        [line(order, delivery, order.judge(delivery, now: now, backoff: backoff), dryRun: true)])
    }
    let entry = AuditEntry(
      at: now, actor: actor, action: order.rawValue, subject: id.description,
      reason: terms.reason.isEmpty ? nil : terms.reason)
    let carried = try await outbox.order(id, entry) { delivery in
      order.judge(delivery, now: now, backoff: backoff)
    }
    guard let (delivery, effect) = carried else { return .error(.notFound) }
    if case .refused(let word) = effect, let refusal = OrderRefusal(rawValue: word) {
      return .error(refusal)
    }
    if order.sends { try await inspection.sender.probe(delivery.partner) }
    return AdminAnswer(200, [line(order, delivery, effect, dryRun: false)])
  }

  private func line(
    _ order: OperatorOrder, _ delivery: OrderedDelivery, _ effect: OrderEffect, dryRun: Bool
  ) -> JSONObject {
    var line: JSONObject = [
      "v": 1, "kind": .string(order.rawValue), "id": .string(delivery.id.description),
      "dryRun": .bool(dryRun), "partner": .string(delivery.partner),
      "octets": .integer(delivery.octets), "state": .string(delivery.progress.state.rawValue),
    ]
    switch effect {
    case .progress(let next):
      if !dryRun { line["state"] = .string(next.state.rawValue) }
    case .settled: break
    case .refused(let word):
      line["wouldRefuse"] = .string(word)
      if let refusal = OrderRefusal(rawValue: word) {
        line["message"] = .string(refusal.text.message)
        line["hint"] = .string(refusal.text.hint)
      }
    }
    return line
  }
}
