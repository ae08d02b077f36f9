/// What an operator orders about deliveries.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Outbox
import Platform

extension AdminAPI {
  /// Same id, same octets, same signature: only the queue changes.
  func resend(_ id: UniversalID, _ body: [UInt8], by actor: String)
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
        at: SystemClock.now(), actor: actor, action: "resend", subject: id.description,
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
