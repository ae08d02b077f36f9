/// The table of outcomes (docs/states.md), row by row through the daemon.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

/// One kind of answer, and what must be after it.
struct OutcomeRow: Sendable, CustomTestStringConvertible {
  let name: String
  let plan: [JSONValue]
  let state: String
  let reason: String?
  /// Of each attempt, in order.
  let outcomes: [String]
  /// The word that `show` has for the last answer.
  var error: String?
  var answer = "none"
  /// What somebody is told.
  var alarm: String?
  /// Why the partner gets nothing for a while.
  var suspended: String?
  var isAsynchronous = false

  var testDescription: String { name }

  static func problem(_ status: Int64, _ type: String) -> JSONValue {
    ["mode": "problem", "status": .number(JSONNumber(status)), "type": .string(type)]
  }

  private static func credentials(_ status: Int64) -> OutcomeRow {
    OutcomeRow(
      name: "\(status)", plan: [problem(status, "client-certificate")], state: "HELD",
      reason: "credentials", outcomes: ["credentials"], error: "client-certificate",
      alarm: "credentials", suspended: "credentials")
  }

  private static func refusal(_ status: Int64, _ type: String, _ error: String? = nil)
    -> OutcomeRow
  {
    OutcomeRow(
      name: "\(status) \(type)", plan: [problem(status, type)], state: "HELD",
      reason: "refused-unsigned", outcomes: ["refused-unsigned", "refused-unsigned"],
      error: error ?? type, alarm: "refused-unsigned")
  }

  static let ending: [OutcomeRow] =
    [
      OutcomeRow(
        name: "422 for the same id", plan: ["422"], state: "DEAD", reason: "conflict",
        outcomes: ["conflict"], error: "idempotency-key-reused", alarm: "conflict"),
      OutcomeRow(
        name: "415 for a version", plan: [["mode": "415", "supported": ["2.0.0"]]],
        state: "HELD", reason: "schema-version", outcomes: ["version"],
        error: "unsupported-schema-version", alarm: "schema-version"),
      OutcomeRow(
        name: "410", plan: [problem(410, "unknown-endpoint")], state: "HELD", reason: "gone",
        outcomes: ["gone"], error: "unknown-endpoint", alarm: "gone", suspended: "gone"),
      OutcomeRow(
        name: "signed rejection", plan: ["rejection"], state: "DEAD", reason: "rejected",
        outcomes: ["rejected"], answer: "rejected", alarm: "rejected"),
      OutcomeRow(
        name: "signed rejection with 422", plan: [["mode": "rejection", "status": 422]],
        state: "DEAD", reason: "rejected", outcomes: ["rejected"], answer: "rejected",
        alarm: "rejected"),
      OutcomeRow(
        name: "signed rejection as superseded",
        plan: [["mode": "rejection", "code": "superseded"]], state: "CANCELLED",
        reason: "superseded", outcomes: ["rejected"], answer: "rejected"),
      OutcomeRow(
        name: "signed receipt with 500", plan: [["mode": "honest", "status": 500]],
        state: "DELIVERED", reason: nil, outcomes: ["done"]),
      OutcomeRow(
        name: "202 of a partner that answers later", plan: [problem(202, "taken")],
        state: "AWAITING", reason: "receipt-due", outcomes: ["wait"], error: "signature-missing",
        isAsynchronous: true),
      OutcomeRow(
        name: "202 of a partner that should answer now", plan: [problem(202, "taken")],
        state: "HELD", reason: "unverified",
        outcomes: ["unverified", "unverified", "unverified"], error: "signature-missing",
        alarm: "unverified-receipt"),
      OutcomeRow(
        name: "a lie of a partner that answers later", plan: ["bad-signature"], state: "HELD",
        reason: "unverified", outcomes: ["unverified", "unverified", "unverified"],
        error: "signature-invalid", alarm: "unverified-receipt", isAsynchronous: true),
    ] + [401, 403, 407].map(credentials)
    + [
      refusal(302, "elsewhere", "other-problem"), refusal(400, "malformed"),
      refusal(404, "unknown-endpoint"), refusal(409, "duplicate", "other-problem"),
      refusal(413, "too-large"), refusal(415, "unsupported-media-type"),
      refusal(422, "schema-invalid"), refusal(501, "unknown", "other-problem"),
      refusal(505, "unknown", "other-problem"),
    ]

  /// Where a partner recovers, and what it said before.
  static let recovering: [(name: String, plan: [JSONValue], outcome: String, error: String)] = [
    ("503", ["5xx", "honest"], "transient", "temporarily-unavailable"),
    ("500", [problem(500, "broken"), "honest"], "transient", "other-problem"),
    ("408", [problem(408, "broken"), "honest"], "transient", "other-problem"),
    ("425", [problem(425, "broken"), "honest"], "transient", "other-problem"),
    (
      "429", [["mode": "429", "retryAfter": 1], "honest"], "transient",
      "temporarily-unavailable"
    ),
    ("409 in-progress", [["mode": "409", "retryAfter": 1], "honest"], "busy", "in-progress"),
    ("400 clock-skew", [problem(400, "clock-skew"), "honest"], "clock", "clock-skew"),
    ("connection reset", ["down", "honest"], "transient", "reset"),
    ("answer lost", ["lost-answer", "honest"], "transient", "reset"),
    (
      "two lies, then the truth", ["bad-signature", "bad-signature", "honest"], "unverified",
      "signature-invalid"
    ),
    (
      "one unsigned refusal", [problem(404, "unknown-endpoint"), "honest"], "refused-unsigned",
      "unknown-endpoint"
    ),
  ]
}

extension Scenarios {
  @Suite(needsPython) struct Outcomes {
    @Test(arguments: OutcomeRow.recovering)
    func `tries again and delivers once`(
      _ row: (name: String, plan: [JSONValue], outcome: String, error: String)
    ) async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: row.plan)
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DELIVERED", "HELD", "DEAD")
      #expect(delivery["state"]?.text == "DELIVERED", "\(text(delivery))")
      let attempts = delivery["attemptList"]?.elements ?? []
      let before = row.plan.count - 1
      #expect(
        attempts.map { $0["outcome"]?.text }
          == Array(repeating: row.outcome, count: before) + ["done"])
      #expect(
        attempts.map { $0["error"]?.text } == Array(repeating: row.error, count: before) + [nil])
      let report = try await police.report()
      #expect(report["effects"]?.integer == 1)
      #expect(report["repeated"]?.integer == 0)
      #expect(try gateway.suspension(of: .police) == nil)
      #expect(try await gateway.stop() == 0)
      gateway.hasSaid(alarm: row.outcome == "clock" ? "clock-suspect" : nil, about: id)
    }

    @Test(arguments: OutcomeRow.ending)
    func `ends where the table says`(_ row: OutcomeRow) async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: row.plan)
      let gateway = try await Gateway.running(world, [police]) { file, text in
        row.isAsynchronous && file.hasPrefix("partners.d") ? text + "asynchronous = true\n" : text
      }
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, row.state, within: 60)
      #expect(delivery["reason"]?.text == row.reason)
      #expect(delivery["answer"]?.text == row.answer)
      let attempts = delivery["attemptList"]?.elements ?? []
      #expect(attempts.map { $0["outcome"]?.text } == row.outcomes)
      #expect(attempts.last?["error"]?.text == row.error)
      #expect((delivery["deliveredAt"] != nil) == (row.state == "DELIVERED"))
      #expect(police.journal().count == row.outcomes.count)
      try await gateway.suspension(of: .police, becomes: row.suspended)
      #expect(try await gateway.stop() == 0)
      gateway.hasSaid(alarm: row.alarm, about: id)
      let suspensions = gateway.events("partner-suspended").map { $0["cause"]?.text }
      #expect(suspensions == (row.suspended == nil ? [] : [row.suspended]))
      let kept = try await gateway.kept()
      #expect(kept.map(\.outcome) == row.outcomes)
      #expect(kept.allSatisfy { $0.hasAnswer }, "what the partner said is not kept")
    }

    @Test func `asks once more after a minute, whatever it was refused for`() async throws {
      let world = try World()
      let police = try await world.partner(
        .police, plan: [OutcomeRow.problem(404, "unknown-endpoint")])
      let gateway = try await Gateway.running(world, [police], retryScale: 1)
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DEFERRED")
      let ended = try moment(delivery["attemptList"]?.elements?.last?["endedAt"])
      #expect(try moment(delivery["nextAt"]).timeIntervalSince(ended) >= 60)
    }

    /// Other deliveries wait too; other partners do not. More than an hour is an hour.
    @Test(arguments: [(30, 30.0), (90_000, 3_600.0)])
    func `gives a partner the time that it asks for`(_ seconds: Int, wait: Double) async throws {
      let world = try World()
      let after = JSONValue.number(JSONNumber(Int64(seconds)))
      let police = try await world.partner(
        .police, plan: [["mode": "5xx", "retryAfter": after], "honest"])
      let care = try await world.partner(.care)
      let gateway = try await Gateway.running(world, [police, care])
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DEFERRED")
      let ended = try moment(delivery["attemptList"]?.elements?.last?["endedAt"])
      let waits = try moment(delivery["nextAt"]).timeIntervalSince(ended)
      #expect(abs(waits - wait) < 0.002)
      _ = try await eventually("the partner's wish is heard") {
        gateway.events("partner-asks-for-time").first
      }
      let second = try gateway.deliver(Submission.fresh())
      let healthy = try gateway.deliver(Submission.fresh("22-mononym", to: [.care]))
      _ = try await gateway.settled(healthy, "DELIVERED")
      #expect(try gateway.show(second)["state"]?.text == "QUEUED")
      #expect(police.journal().count == 1)
    }

    @Test func `names both clocks when one of them is wrong`() async throws {
      let world = try World()
      let police = try await world.partner(
        .police,
        plan: [["mode": "problem", "status": 400, "type": "clock-skew", "clockAhead": -7200]])
      let gateway = try await Gateway.running(world, [police], retryScale: 1)
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DEFERRED")
      #expect(delivery["reason"]?.text == "clock-suspect")
      let alarm = try await eventually("somebody is told") {
        gateway.events("delivery-alarm").first
      }
      #expect(alarm["alarm"]?.text == "clock-suspect")
      let apart = try moment(alarm["our_clock"]).timeIntervalSince(moment(alarm["partner_clock"]))
      #expect(abs(apart - 7200) < 60)
    }

    @Test func `names both sides' versions when the partner does not know ours`() async throws {
      let world = try World()
      let supported: JSONValue = ["1.1.0", "2.0.0", "Khadgiwal", "3"]
      let police = try await world.partner(
        .police, plan: [["mode": "415", "supported": supported]])
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "HELD")
      let alarm = try await eventually("somebody is told") {
        gateway.events("delivery-alarm").first
      }
      #expect(alarm["sent"]?.text == "1.1.0")
      #expect(alarm["supported"]?.text == "1.1.0 2.0.0")
      #expect(!gateway.log.contains("Khadgiwal"))
    }

    /// Of a server that is not the partner's, nobody learns more than that we called.
    @Test(arguments: [
      ("rogue-client", "", "tls-verify"),
      (
        "politie-avim-server",
        "pins = [\"sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"]", "tls-pin"
      ),
      ("politie-avim-server", "addresses = [\"192.0.2.0/24\"]", "address-refused"),
    ])
    func `sends nothing to somebody else at the partner's address`(
      _ certificate: String, _ line: String, _ error: String
    ) async throws {
      let world = try World()
      let police = try await world.partner(.police, certificate: certificate)
      let gateway = try await Gateway.running(world, [police]) { file, text in
        file.hasPrefix("partners.d") ? text.replacing("[tls]", with: "[tls]\n\(line)") : text
      }
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "HELD")
      #expect(delivery["reason"]?.text == "security")
      let attempts = delivery["attemptList"]?.elements ?? []
      #expect(attempts.map { $0["outcome"]?.text } == ["security"])
      #expect(attempts.first?["error"]?.text == error)
      try await gateway.suspension(of: .police, becomes: "security")
      #expect(police.journal().isEmpty)
      #expect(try await gateway.stop() == 0)
      gateway.hasSaid(alarm: "security", about: id)
      #expect(gateway.events("partner-suspended").map { $0["cause"]?.text } == ["security"])
    }

  }

  @Suite(
    needsPython,
    .enabled(if: Machine.faketime != nil, "there is no libfaketime: apt install faketime"))
  struct Lateness {
    @Test func `asks again when a receipt that was to come later does not come`() async throws {
      let world = try World()
      let police = try await world.partner(
        .police, plan: [OutcomeRow.problem(202, "taken"), "honest"])
      let gateway = try await Gateway.running(world, [police], retryScale: 1) { file, text in
        file.hasPrefix("partners.d") ? text + "asynchronous = true\n" : text
      }
      let id = try gateway.deliver(Submission.fresh())
      let waiting = try await gateway.settled(id, "AWAITING")
      let accepted = try moment(waiting["acceptedAt"])
      #expect(try moment(waiting["nextAt"]).timeIntervalSince(accepted) >= 60)
      #expect(try await gateway.stop() == 0)
      try await gateway.start(environment: try Machine.clock(ahead: 6 * 3600))
      let delivery = try await gateway.settled(id, "DELIVERED", attempts: 2)
      let outcomes = delivery["attemptList"]?.elements?.map { $0["outcome"]?.text }
      #expect(outcomes == ["wait", "done"])
      _ = try await eventually("somebody is told that no receipt came in time") {
        gateway.events("delivery-without-receipt").first { $0["delivery"]?.text == id }
      }
      let report = try await police.report()
      #expect(report["effects"]?.integer == 1)
      #expect(try await gateway.stop() == 0)
    }

    @Test func `gives up with an alarm when a referral expires`() async throws {
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
      #expect(try await gateway.stop() == 0)
      gateway.hasSaid(alarm: "expired", about: id)
    }
  }
}
