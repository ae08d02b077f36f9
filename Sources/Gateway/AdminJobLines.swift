/// How jobs and plans for jobs look as JSON Lines.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Outbox
import Platform
import Sending

/// What an order over many deliveries would come to.
struct JobPlan {
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

  mutating func addUnknown(_ more: Int) {
    guard more > 0 else { return }
    count += more
    refused[AdminProblem.notFound.rawValue] = more
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
  var line: JSONObject {
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
  func line(of job: JobSummary) -> JSONObject {
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
