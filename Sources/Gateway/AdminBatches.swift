/// What can be asked and ordered about statistics batches.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import JSON
import Outbox
import Platform
import Referrals
import Register
import Statistics
import Wire

extension AdminAPI {
  func listBatches() async throws(OutboxError) -> AdminAnswer {
    AdminAnswer(200, try await outbox.batches().map(\.line))
  }

  func previewBatch(_ call: AdminCall) async throws(OutboxError) -> AdminAnswer {
    guard let quarter = Quarter(call.names[0]), let partner = call.query["partner"],
      PartnerCode(partner) != nil
    else { return .error(.badRequest) }
    switch try await submissions.previewBatch(quarter, for: partner) {
    case .success(let preview): return AdminAnswer(200, [preview.line])
    case .failure(let refusal): return .error(refusal)
    }
  }

  func sendBatch(_ call: AdminCall, _ body: [UInt8], by actor: String)
    async throws(OutboxError) -> AdminAnswer
  {
    guard let quarter = Quarter(call.names[0]), let terms = OrderTerms(body),
      let partner = terms.content["partner"]?.text, PartnerCode(partner) != nil
    else { return .error(.badRequest) }
    guard !terms.reason.isEmpty else { return .error(.reasonMissing) }
    let entry = AuditEntry(
      at: clock.now(), actor: actor, action: "statistics-send",
      subject: "\(quarter) \(partner)", reason: terms.reason)
    switch try await submissions.sendBatch(quarter, to: partner, by: entry) {
    case .success(let id):
      doorbell.ring(work: true)
      return AdminAnswer(
        200,
        [
          [
            "v": 1, "kind": "statistics-sent", "id": .string(id.description),
            "quarter": .string(quarter.description), "partner": .string(partner),
          ]
        ])
    case .failure(let refusal): return .error(refusal)
    }
  }
}

extension BatchSummary {
  fileprivate var line: JSONObject {
    [
      "v": 1, "kind": "statistics-batch", "quarter": .string(quarter),
      "partner": .string(partner), "orderedAt": .moment(orderedAt),
      "id": .string(id.description), "state": .string(state.rawValue),
      "exercise": .bool(exercise),
    ]
  }
}

extension BatchPreview {
  /// The data as they would go: nothing of them is below the threshold.
  fileprivate var line: JSONObject {
    [
      "v": 1, "kind": "statistics-preview",
      "partner": .string(statistics.disclosed.partner.code.text),
      "quarter": .string(statistics.disclosed.quarter.description),
      "exercise": .bool(statistics.disclosed.exercise),
      "schemaVersion": .string(statistics.schemaVersion),
      "documentOctets": .integer(statistics.octets.count),
      "lines": .array(
        report.lines.map { entry in
          .object([
            "table": .string(entry.table.rawValue), "effect": .string(entry.effect.rawValue),
            "rule": .string(entry.rule), "reason": .string(entry.reason),
            "told": .integer(entry.told), "cells": .integer(entry.cells),
          ])
        }), "data": .object(statistics.disclosed.data),
    ]
  }
}

extension AdminAnswer {
  fileprivate static func error(_ refusal: BatchRefusal) -> AdminAnswer {
    let problem = refusal.problem
    guard let text = refusal.text else { return .error(problem) }
    var line = problem.line(text)
    line["reason"] = .string(refusal.code.rawValue)
    if let id = refusal.existing { line["id"] = .string(id.description) }
    return AdminAnswer(problem.status, [line])
  }
}

extension BatchRefusal {
  fileprivate var problem: AdminProblem {
    switch code {
    case .unknownPartner: .unknownPartner
    case .clockSuspect: .clockSuspect
    case .invalid: .internal
    case .exists, .numbersChanged: .stateConflict
    case .quarterOpen, .partnerDisabled, .notTaken, .notAgreed, .exercise, .noCommonVersion,
      .signingCertificate:
      .refused
    }
  }

  /// Nil where the problem says it all.
  fileprivate var text: (message: String, hint: String)? {
    switch code {
    case .unknownPartner, .clockSuspect, .invalid: nil
    case .exists:
      (
        "this partner has its batch of this quarter",
        "there is one for each partner and quarter, and no other edition; see: referralctl "
          + "statistics list"
      )
    case .numbersChanged:
      (
        "another partner's batch of this quarter was made from other numbers",
        "content of the quarter was erased since; two editions could be compared, so there is no "
          + "second one"
      )
    case .quarterOpen: ("the quarter is not over", "wait until it is; periods are whole")
    case .partnerDisabled: ("the partner is disabled", "see 'enabled' in its file")
    case .noCommonVersion:
      (
        "the partner takes no version of the batch that is known here",
        "see [statistics] min and max in its file"
      )
    case .signingCertificate:
      (
        "our signing certificate ends before the batch would expire",
        "renew the signing certificate"
      )
    case .notTaken:
      (
        "the partner takes no statistics",
        "agree with it, then write [statistics] with min and max into its file"
      )
    case .notAgreed:
      (
        "the partner's policy gives no statistics",
        "have it decided, then write [statistics] with tables and legal_basis into its policy"
      )
    case .exercise:
      ("a partner with a test OIN gets exercises only", "use a gateway with a test OIN")
    }
  }
}
