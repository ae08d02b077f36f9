/// What referralctl makes of the daemon's answers.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct DaemonAnswerTests {
  static let delivery = "/v1/deliveries/\(CannedDaemon.id)"

  private func run(
    _ words: [String], _ answers: [String: CannedDaemon.Answer],
    check: @Sendable (Run) throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let socket = folder.path + "/socket"
    try await CannedDaemon.serve(answers, on: socket) {
      try check(try await Program.run(words, input: "{}", socket: socket))
    }
  }

  @Test(arguments: [
    (404, "not-found", Int32(66)), (409, "state-conflict", 73), (422, "refused", 65),
    (403, "denied", 77), (500, "internal", 70), (503, "busy", 75),
  ]) func `ends with the daemon's status`(_ http: Int, _ code: String, _ exit: Int32) async throws {
    let answer = CannedDaemon.Answer(http, CannedDaemon.refused(code, Int64(exit)))
    let words = ["resend", CannedDaemon.id, "--dry-run"]
    try await run(words, ["POST \(Self.delivery)/resend": answer]) { run in
      #expect(run.status == exit)
      #expect(run.errorLines.first?["code"]?.text == code)
      #expect(run.errorLines.first?["id"]?.text == CannedDaemon.id)
    }
  }

  @Test(arguments: [
    ("DELIVERED", Int32(0)), ("HELD", 1), ("DEAD", 1), ("EXPIRED", 1), ("AWAITING", 75),
    ("DEFERRED", 75),
  ]) func `waits until a delivery comes to rest`(_ state: String, _ exit: Int32) async throws {
    let answers = [
      "POST /v1/submissions": CannedDaemon.Answer(200, CannedDaemon.accepted),
      "GET \(Self.delivery)": CannedDaemon.Answer(200, CannedDaemon.delivery(state)),
    ]
    try await run(["submit", "-", "--wait", "1s"], answers) { run in
      #expect(run.status == exit)
      #expect(run.outputLines.map { $0["kind"]?.text } == ["submission", "waited"])
      #expect(run.outputLines.last?["state"]?.text == state)
    }
  }

  @Test func `encodes what goes into a target`() async throws {
    let target =
      "POST /v1/preview?partner=emm&reveal=true&reason=a%26reveal%3Dfalse%20%C3%A9"
    let answers = [target: CannedDaemon.Answer(200, CannedDaemon.delivery("HELD"))]
    let words = ["preview", "-", "--partner", "emm", "--reveal", "--reason", "a&reveal=false é"]
    try await run(words, answers) { run in
      #expect(run.status == 0)
      #expect(run.outputLines == [CannedDaemon.delivery("HELD")])
    }
  }

  @Test func `ends with 70 for an answer that is not the gateway's`() async throws {
    try await run(["status"], ["GET /v1/status": CannedDaemon.Answer(200, ["hello": "world"])]) {
      #expect($0.status == 70)
      #expect($0.output.isEmpty)
    }
  }

  @Test func `tries every file and reports the highest status`() async throws {
    let answers = ["POST /v1/submissions": CannedDaemon.Answer(200, CannedDaemon.accepted)]
    try await run(["submit", "/nonexistent/file", "-"], answers) { run in
      #expect(run.status == 65)
      let results = run.outputLines.compactMap { $0["result"]?.text }
      #expect(results == ["not-accepted", "accepted"])
      #expect(run.outputLines.last?["accepted"] == 1)
    }
  }
}
