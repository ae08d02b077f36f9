/// What operators order and ask, against a daemon with answers laid ready.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct OperatorTests {
  private static let id = CannedDaemon.id
  private static let other = "019ab1c2-7f00-7abc-8def-0123456789ff"

  private func run(
    _ words: [String], input: String = "", _ answers: [String: CannedDaemon.Answer],
    check: @Sendable (Run) throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let socket = folder.path + "/socket"
    try await CannedDaemon.serve(answers, on: socket) {
      try check(try await Program.run(words, input: input, socket: socket))
    }
  }

  private static func order(_ action: String, _ id: String) -> JSONValue {
    [
      "v": 1, "kind": .string(action), "id": .string(id), "dryRun": false, "partner": "emm",
      "octets": 10, "state": "HELD",
    ]
  }

  private static func job(_ state: String, done: Int64, refused: Int64 = 0) -> JSONValue {
    [
      "v": 1, "kind": "job", "id": .string(id), "action": "hold", "filter": "partner=emm",
      "actor": "uid:0", "madeAt": "2026-11-23T12:00:00Z", "state": .string(state), "rate": 10,
      "total": 2, "done": .number(JSONNumber(done)), "refused": .number(JSONNumber(refused)),
    ]
  }

  private static func item(_ result: String, next: Int64) -> JSONValue {
    [
      "v": 1, "kind": "item", "id": .string(id), "partner": "emm", "result": .string(result),
      "next": .number(JSONNumber(next)),
    ]
  }

  /// Each status of the table, by a command line that ends with it.
  @Test func `every exit status has a way that leads to it`() async throws {
    func refused(_ http: Int, _ code: String, _ exit: Int64) -> CannedDaemon.Answer {
      CannedDaemon.Answer(http, CannedDaemon.refused(code, exit))
    }
    let hold = "POST /v1/deliveries/\(Self.id)/hold"
    let words = ["hold", Self.id]
    let rows: [(Int32, [String], [String: CannedDaemon.Answer])] = [
      (0, words, [hold: .init(200, Self.order("hold", Self.id))]),
      (1, ["alarms"], ["GET /v1/alarms": .init(200, ["v": 1, "kind": "alarm", "code": "held"])]),
      (64, ["hold"], [:]), (65, ["hold", "-", "--reason", "x"], [:]),
      (66, words, [hold: refused(404, "not-found", 66)]),
      (69, words, [hold: refused(502, "partner", 69)]),
      (70, words, [hold: refused(500, "internal", 70)]),
      (73, words, [hold: refused(409, "state-conflict", 73)]),
      (75, words, [hold: refused(503, "busy", 75)]),
      (77, words, [hold: refused(403, "denied", 77)]),
      (78, ["config", "check", "/nonexistent"], [:]),
    ]
    for (status, words, answers) in rows {
      try await run(words, answers) { run in #expect(run.status == status, "\(words)") }
    }
    let help = try await Program.run(["--help"])
    let table = help.output.components(separatedBy: "Exit status:\n").last ?? ""
    let listed = table.split(separator: "\n").compactMap { line in
      line.hasPrefix("  ") ? line.split(separator: " ").first.flatMap { Int32($0) } : nil
    }
    #expect(listed == rows.map(\.0), "the table and the ways differ")
  }

  @Test func `orders each id, says what became of it, and ends with the highest status`()
    async throws
  {
    let answers: [String: CannedDaemon.Answer] = [
      "POST /v1/deliveries/\(Self.id)/hold": .init(200, Self.order("hold", Self.id)),
      "POST /v1/deliveries/\(Self.other)/hold": .init(
        409, CannedDaemon.refused("state-conflict", 73)),
    ]
    try await run(["hold", Self.other, Self.id], answers) { run in
      #expect(run.status == 73)
      #expect(run.outputLines.map { $0["kind"]?.text } == ["hold", "summary"])
      #expect(run.outputLines.last?["done"]?.integer == 1)
      #expect(run.outputLines.last?["refused"]?.integer == 1)
      #expect(run.errorLines.first?["id"]?.text == Self.other)
    }
  }

  @Test func `follows a job to its end and shows each delivery of it`() async throws {
    let answers: [String: CannedDaemon.Answer] = [
      "POST /v1/jobs": .init(200, Self.job("RUNNING", done: 0)),
      "GET /v1/jobs/\(Self.id)": .init(200, Self.job("DONE", done: 1, refused: 1)),
      "GET /v1/jobs/\(Self.id)/items?after=0": .init(
        200, Self.item("done", next: 1), Self.item("refused", next: 2)),
      "GET /v1/jobs/\(Self.id)/items?after=2": .init(200),
    ]
    let words = ["hold", "--partner", "emm", "--reason", "x"]
    try await run(words, answers) { run in
      #expect(run.status == 73, "one was refused")
      #expect(run.outputLines.map { $0["kind"]?.text } == ["job", "item", "item", "job"])
    }
    try await run(words + ["--detach"], answers) { run in
      #expect(run.status == 0)
      #expect(run.outputLines.map { $0["state"]?.text } == ["RUNNING"])
    }
  }

  @Test func `a job that still runs when time is over goes on without us`() async throws {
    let answers: [String: CannedDaemon.Answer] = [
      "GET /v1/jobs/\(Self.id)": .init(200, Self.job("RUNNING", done: 1))
    ]
    try await run(["job", "watch", Self.id, "--wait", "1"], answers) { run in
      #expect(run.status == 75)
      #expect(run.errorLines.first?["code"] == "job-running")
    }
  }

  @Test func `an id that is not known is named, and counts`() async throws {
    let unknown: JSONValue = [
      "v": 1, "kind": "item", "id": .string(Self.other), "result": "refused",
      "reason": "not-found",
    ]
    let answers: [String: CannedDaemon.Answer] = [
      "POST /v1/jobs": .init(200, unknown, Self.job("DONE", done: 2)),
      "GET /v1/jobs/\(Self.id)": .init(200, Self.job("DONE", done: 2)),
      "GET /v1/jobs/\(Self.id)/items?after=0": .init(200),
    ]
    let input = "\(Self.id)\n\(Self.other)\n"
    try await run(["hold", "-", "--reason", "x"], input: input, answers) { run in
      #expect(run.status == 66)
      #expect(run.outputLines.first?["id"]?.text == Self.other)
    }
  }

  @Test(arguments: ["", " \n", "Jansen\n", "019AB1C2-7F00-7ABC-8DEF-0123456789AB"])
  func `refuses what is no id on standard input, without repeating it`(_ input: String)
    async throws
  {
    try await run(["hold", "-", "--reason", "x"], input: input, [:]) { run in
      #expect(run.status == 65)
      #expect(!run.errors.contains("Jansen"))
    }
  }

  @Test func `says what an order would do, and ends as it would`() async throws {
    let plan: JSONValue = [
      "v": 1, "kind": "plan", "action": "hold", "matched": 3, "count": 2, "octets": 20,
      "partners": [["partner": "emm", "count": 2, "octets": 20]],
      "refused": [["reason": "sending", "count": 1, "message": "m", "hint": "h"]],
    ]
    let words = ["hold", "--partner", "emm", "--dry-run"]
    try await run(words, ["POST /v1/jobs": .init(200, plan)]) { run in
      #expect(run.status == 73)
      #expect(run.outputLines == [plan])
    }
  }

  @Test func `a bad check is an answer, with status 1`() async throws {
    let good: JSONValue = ["v": 1, "kind": "check", "name": "store", "verdict": "good"]
    let bad: JSONValue = ["v": 1, "kind": "check", "name": "key", "verdict": "bad"]
    let unknown: JSONValue = ["v": 1, "kind": "check", "name": "clock", "verdict": "unknown"]
    try await run(["health", "ready"], ["GET /v1/health/ready": .init(503, good, bad)]) { run in
      #expect(run.status == 1)
      #expect(run.outputLines == [good, bad])
      #expect(run.errors.isEmpty)
    }
    try await run(["health", "deep"], ["GET /v1/health/deep": .init(200, good, unknown)]) {
      #expect($0.status == 0)
    }
  }

  @Test func `alarms of another partner are none of ours`() async throws {
    let alarm: JSONValue = ["v": 1, "kind": "alarm", "code": "held", "partner": "emm"]
    let answers = ["GET /v1/alarms": CannedDaemon.Answer(200, alarm)]
    try await run(["alarms", "--partner", "comensha"], answers) { #expect($0.status == 0) }
    try await run(["alarms", "--partner", "emm"], answers) { #expect($0.status == 1) }
  }

  @Test func `waits for receipts beyond AWAITING, and for readiness through silence`()
    async throws
  {
    let delivery = "GET /v1/deliveries/\(Self.id)"
    let words = ["await", "acked", Self.id, "--wait", "1"]
    try await run(words, [delivery: .init(200, CannedDaemon.delivery("AWAITING"))]) { run in
      #expect(run.status == 75)
    }
    try await run(words, [delivery: .init(200, CannedDaemon.delivery("DELIVERED"))]) { run in
      #expect(run.status == 0)
    }
    let silent = try await Program.run(["await", "ready", "--wait", "1"])
    #expect(silent.status == 75)
    #expect(silent.errorLines.first?["code"] == "not-ready")
  }

  @Test func `is drained when only what waits for a person is left`() async throws {
    func status(_ state: String) -> [String: CannedDaemon.Answer] {
      let line: JSONValue = [
        "v": 1, "kind": "status",
        "depths": [["partner": "emm", "state": .string(state), "count": 1]],
      ]
      return ["GET /v1/status": .init(200, line)]
    }
    try await run(["await", "drained", "--wait", "1"], status("HELD")) { #expect($0.status == 0) }
    try await run(["await", "drained", "--wait", "1"], status("QUEUED")) {
      #expect($0.status == 75)
    }
  }
}
