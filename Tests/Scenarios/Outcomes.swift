/// The table of outcomes (docs/states.md), row by row through the daemon.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

/// One kind of answer and where the delivery must be after it.
struct OutcomeRow: Sendable, CustomTestStringConvertible {
  let name: String
  let plan: [JSONValue]
  let state: String
  let reason: String?
  var answer = "none"
  var outcome: String
  /// Why the partner gets nothing for a while.
  var suspended: String?
  /// What the last attempt must have been.
  var attempts: Int64 = 1
  var isAsynchronous = false

  var testDescription: String { name }

  private static func problem(_ status: Int64, _ type: String) -> JSONValue {
    ["mode": "problem", "status": .number(JSONNumber(status)), "type": .string(type)]
  }

  /// Where a partner recovers, and what it said before.
  static let recovering: [(name: String, plan: [JSONValue], outcome: String)] = [
    ("503", ["5xx", "honest"], "transient"),
    ("500", [problem(500, "broken"), "honest"], "transient"),
    ("429", [["mode": "429", "retryAfter": 1], "honest"], "transient"),
    ("409 in-progress", [["mode": "409", "retryAfter": 1], "honest"], "busy"),
    ("400 clock-skew", [problem(400, "clock-skew"), "honest"], "clock"),
    ("connection reset", ["down", "honest"], "transient"),
    ("answer lost", ["lost-answer", "honest"], "transient"),
    ("two lies, then the truth", ["bad-signature", "bad-signature", "honest"], "unverified"),
  ]

  static let ending = [
    OutcomeRow(
      name: "422 for the same id", plan: ["422"], state: "DEAD", reason: "conflict",
      outcome: "conflict"),
    OutcomeRow(
      name: "415", plan: ["415"], state: "HELD", reason: "schema-version", outcome: "version"),
    OutcomeRow(
      name: "401", plan: [problem(401, "unauthorized")], state: "HELD", reason: "credentials",
      outcome: "credentials", suspended: "credentials"),
    OutcomeRow(
      name: "403", plan: [problem(403, "forbidden")], state: "HELD", reason: "credentials",
      outcome: "credentials", suspended: "credentials"),
    OutcomeRow(
      name: "410", plan: [problem(410, "gone")], state: "HELD", reason: "gone", outcome: "gone",
      suspended: "gone"),
    OutcomeRow(
      name: "400 unsigned", plan: [problem(400, "malformed")], state: "DEFERRED",
      reason: "refused-unsigned", outcome: "refused-unsigned"),
    OutcomeRow(
      name: "302", plan: [problem(302, "elsewhere")], state: "DEFERRED",
      reason: "refused-unsigned", outcome: "refused-unsigned"),
    OutcomeRow(
      name: "501", plan: [problem(501, "unknown")], state: "DEFERRED",
      reason: "refused-unsigned", outcome: "refused-unsigned"),
    OutcomeRow(
      name: "signed rejection", plan: ["rejection"], state: "DEAD", reason: "rejected",
      answer: "rejected", outcome: "rejected"),
    OutcomeRow(
      name: "signed rejection as superseded",
      plan: [["mode": "rejection", "code": "superseded"]], state: "CANCELLED",
      reason: "superseded", answer: "rejected", outcome: "rejected"),
    OutcomeRow(
      name: "202 of a partner that answers later", plan: [problem(202, "taken")],
      state: "AWAITING", reason: "receipt-due", outcome: "wait", isAsynchronous: true),
  ]
}

extension Scenarios {
  @Suite(needsPython) struct Outcomes {
    @Test(arguments: OutcomeRow.recovering)
    func `tries again and delivers once`(
      _ row: (name: String, plan: [JSONValue], outcome: String)
    ) async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: row.plan)
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DELIVERED", "HELD", "DEAD")
      #expect(delivery["state"]?.text == "DELIVERED", "\(text(delivery))")
      let attempts = delivery["attemptList"]?.elements ?? []
      let expected = Array(repeating: row.outcome, count: row.plan.count - 1) + ["done"]
      #expect(attempts.map { $0["outcome"]?.text } == expected)
      let report = try await police.report()
      #expect(report["effects"]?.integer == 1)
      #expect(report["repeated"]?.integer == 0)
    }

    @Test(arguments: OutcomeRow.ending)
    func `ends where the table says`(_ row: OutcomeRow) async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: row.plan)
      let gateway = try await Gateway.running(world, [police]) { file, text in
        row.isAsynchronous && file.hasPrefix("partners.d") ? text + "asynchronous = true\n" : text
      }
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, row.state, attempts: row.attempts)
      #expect(delivery["reason"]?.text == row.reason)
      #expect(delivery["answer"]?.text == row.answer)
      #expect(delivery["attemptList"]?.elements?.last?["outcome"]?.text == row.outcome)
      let partner = try gateway.status()["partners"]?.elements?.first
      #expect(partner?["suspended"]?["cause"]?.text == row.suspended)
      let report = try await police.report()
      #expect(report["effects"]?.integer == 0)
      if row.reason == "refused-unsigned" {
        // Once more after a minute at the earliest, whatever the scale of retries.
        let begun = try moment(delivery["attemptList"]?.elements?.last?["begunAt"])
        let next = try moment(delivery["nextAt"])
        #expect(next.timeIntervalSince(begun) >= 60)
      }
    }

    private func moment(_ value: JSONValue?) throws -> Date {
      let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
      let text = try #require(value?.text)
      return try (try? format.parse(text)) ?? Date.ISO8601FormatStyle().parse(text)
    }

    @Test func `sends nothing to somebody else at the partner's address`() async throws {
      let world = try World()
      let police = try await world.partner(.police, certificate: "rogue-client")
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "HELD")
      #expect(delivery["reason"]?.text == "security")
      let partner = try gateway.status()["partners"]?.elements?.first
      #expect(partner?["suspended"]?["cause"]?.text == "security")
      #expect(police.journal().isEmpty)
    }

    @Test func `holds what a partner refuses for our certificate`() async throws {
      let world = try World()
      let police = try await world.partner(
        .police, options: ["--client-anchors", world.pki + "/rogue-anchors.pem"])
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "HELD")
      #expect(delivery["reason"]?.text == "credentials")
      #expect(police.journal().isEmpty)
    }

    @Test(.enabled(if: Machine.faketime != nil, "there is no libfaketime: apt install faketime"))
    func `gives up with an alarm when a referral expires`() async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: ["5xx"])
      let gateway = try await Gateway.running(world, [police], retryScale: 1)
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "DEFERRED")
      #expect(try await gateway.stop() == 0)
      try await gateway.start(environment: try Machine.clock(ahead: 86 * 86_400))
      let delivery = try await gateway.settled(id, "EXPIRED")
      #expect(delivery["reason"]?.text == "expired")
      #expect(delivery["answer"]?.text == "none")
      let alarm = try await eventually("somebody is told") {
        gateway.log.split(separator: "\n").first { $0.contains("delivery-alarm") }
      }
      #expect(alarm.contains("expired") && alarm.contains(id))
      #expect(try await gateway.stop() == 0)
    }
  }
}
