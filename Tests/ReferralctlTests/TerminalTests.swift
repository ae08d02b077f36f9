/// Terminals, pipes and shells: what reaches them, and what never does.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct TerminalTests {
  private static let escape = "\u{1B}]0;owned\u{7}\u{1B}[2J\u{9B}31m\u{202E}gpj"

  private func serve(
    _ answers: [String: CannedDaemon.Answer], _ body: @Sendable (String) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let socket = folder.path + "/socket"
    try await CannedDaemon.serve(answers, on: socket) { try await body(socket) }
  }

  /// Every verb that shows what partners or operators wrote.
  @Test(arguments: [
    ("alarms", "/v1/alarms"), ("audit list", "/v1/audit"),
    ("partner check emm", "/v1/partners/emm/check"), ("job list", "/v1/jobs"),
    ("show \(CannedDaemon.id)", "/v1/deliveries/\(CannedDaemon.id)"),
    ("job show \(CannedDaemon.id)", "/v1/jobs/\(CannedDaemon.id)"), ("shape", "/v1/shape"),
    ("partner limits emm", "/v1/partners/emm/limits"), ("status", "/v1/status"),
  ]) func `nothing that others wrote steers the terminal`(_ verb: String, _ path: String)
    async throws
  {
    let evil = JSONValue.string(Self.escape)
    let line: JSONValue = [
      "v": 1, "kind": "alarm", "code": evil, "reason": evil, "partner": evil, "id": evil,
      "message": evil, "hint": evil, "actor": evil, "subject": evil, "action": evil, "at": evil,
      "name": evil, "verdict": evil, "filter": evil, "state": evil, "organisation": evil,
      "suspended": ["cause": evil, "until": evil], "minutes": [5], "counts": [1, 2],
      "attemptList": [["number": 1, "error": evil, "peer": evil, "outcome": evil]],
      "acknowledgements": [["verdict": evil, "report": [["outcome": evil, "detail": evil]]]],
      "partners": [["code": evil, "name": evil]], "depths": [["partner": evil, "state": evil]],
    ]
    try await serve(["GET \(path)": .init(200, line)]) { socket in
      for form in ["", " --json"] {
        let run = try await Program.terminal("$CTL \(verb)\(form)", socket: socket)
        let seen = run.output.unicodeScalars.filter { !"\r\n".unicodeScalars.contains($0) }
        #expect(run.output.contains("owned"), "\(verb)\(form): \(run.output)")
        #expect(
          seen.allSatisfy { ![.control, .format].contains($0.properties.generalCategory) },
          "\(verb)\(form)")
      }
    }
  }

  @Test func `shows who has which revision, and how far each is, as a table`() async throws {
    func line(_ partner: String, _ revision: Int64, _ latest: Bool, _ change: JSONObject)
      -> JSONValue
    {
      var line: JSONObject = [
        "v": 1, "kind": "recipient", "partner": .string(partner),
        "revision": .number(JSONNumber(revision)), "latest": .bool(latest),
        "operation": "correct", "detailLevel": "full", "deliveryId": .string(CannedDaemon.id),
        "state": "DELIVERED", "answer": "none", "acceptedAt": "2026-11-20T10:00:00Z",
        "deliveredAt": "2026-11-20T10:00:01Z",
      ]
      for member in change.members { line[member.name] = member.value }
      return .object(line)
    }
    let due = JSONValue.string("2026-11-21T10:00:00Z")
    let lines = [
      line("emm", 1, false, ["change": "not-awaited"]),
      line("emm", 2, true, ["change": "overdue", "changeDue": due]),
      line("kmar", 2, true, ["change": "waiting", "changeDue": due]),
      line("om", 2, true, ["change": "refused-on-duty", "changeResult": "refused-legal-duty"]),
    ]
    let path = "GET /v1/deliveries/\(CannedDaemon.id)/recipients"
    try await serve([path: .init(status: 200, lines: lines)]) { socket in
      let run = try await Program.terminal(
        "$CTL show --recipients \(CannedDaemon.id)", socket: socket)
      let rows = run.output.split(whereSeparator: \.isNewline)
        .map { $0.split(separator: " ").joined(separator: " ") }
      #expect(rows.count == 5, "\(run.output)")
      #expect(
        rows.first == "PARTNER REVISION OPERATION DETAIL STATE ACCEPTED DELIVERED ANSWER CHANGE "
          + "DELIVERY")
      let ends = ["not-awaited", "overdue since \(due.text ?? "")"]
        + ["waiting until \(due.text ?? "")", "refused-on-duty: refused-legal-duty"]
      for (row, end) in zip(rows.dropFirst(), ends) {
        #expect(row.hasSuffix("none \(end) \(CannedDaemon.id)"), "\(row)")
      }
      #expect(rows[1].hasPrefix("emm 1 (earlier) correct full DELIVERED"), "\(rows[1])")
    }
  }

  @Test func `watches on a terminal of 80 by 24, and in a pipe by lines`() async throws {
    let partners = JSONValue.array(
      (0..<60).map { number in
        [
          "code": .string("partner-with-a-long-name-\(number)"), "name": "x", "enabled": true,
          "lastReceipt": "2026-11-23T11:00:00Z",
        ]
      })
    let status: JSONValue = [
      "v": 1, "kind": "status", "version": "0.1.0", "profile": "development",
      "clock": "2026-11-23T12:00:00Z", "started": "2026-11-23T10:00:00Z", "accepting": true,
      "partners": partners,
      "depths": [["partner": "partner-with-a-long-name-59", "state": "HELD", "count": 7]],
    ]
    let answers: [String: CannedDaemon.Answer] = [
      "GET /v1/status": .init(200, status),
      "GET /v1/alarms": .init(200, ["v": 1, "kind": "alarm", "code": "held"]),
    ]
    try await serve(answers) { socket in
      let run = try await Program.terminal(
        "$CTL status --watch --count 2 --interval 1", socket: socket)
      #expect(run.status == 0)
      let drawings = run.output.components(separatedBy: "\u{1B}[H").dropFirst()
      #expect(drawings.count == 2, "\(run.output)")
      for drawing in drawings {
        let lines = drawing.replacing(/\u{1B}\[[0-9]*[A-Za-z]/, with: "")
          .components(separatedBy: "\r\n").dropLast()
        #expect(lines.count <= 23)
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
        #expect(lines.contains { $0.contains("alarms 1") })
        #expect(lines.contains { $0.contains("partners more") })
        let busiest = lines.first { $0.hasPrefix("partner-with") }
        #expect(busiest?.contains(" 7 ") == true, "the busiest comes first")
      }
      let piped = try await Program.run(
        ["status", "--watch", "--count", "2", "--interval", "1"], socket: socket)
      #expect(piped.status == 0)
      #expect(piped.outputLines == [status, status])
      #expect(!piped.output.contains("\u{1B}"))
    }
  }

  @Test func `a reader that has had enough is no failure, lost output is`() async throws {
    let many = (0..<5_000).map { _ in CannedDaemon.delivery("HELD") }
    let answers = [
      "GET /v1/deliveries": CannedDaemon.Answer(status: 200, lines: many)
    ]
    try await serve(answers) { socket in
      let read = try await Program.shell(
        "$CTL list | head -n 1; echo ${PIPESTATUS[0]}", socket: socket)
      #expect(read.output.hasSuffix("\n0\n"), "\(read.output)")
      #expect(read.errors.isEmpty)
      for lost in [">&-", ">/dev/full"] {
        let run = try await Program.shell("$CTL list \(lost)", socket: socket)
        #expect(run.status == 70, "\(lost)")
        #expect(run.errorLines.first?["code"] == "output-lost", "\(lost): \(run.errors)")
      }
      let help = try await Program.shell("$CTL --help >/dev/full", socket: socket)
      #expect(help.status == 70)
      let blind = try await Program.shell("$CTL list <&- 2>&- | wc -l", socket: socket)
      #expect(blind.output.contains("5000"))
    }
  }

  @Test(arguments: [
    ("list --sta", ["--state"]), ("partner sh", ["show"]), ("par", ["partner"]),
    ("list --state HE", ["HELD"]), ("--socket /tmp/x job sh", ["show"]),
    ("job ", ["list", "show", "watch", "cancel"]), ("resend --dr", ["--dry-run"]),
    ("completion b", ["bash"]), ("hold --state DE", ["DEFERRED", "DELIVERED", "DEAD"]),
  ]) func `bash completes from the table`(_ typed: String, _ wanted: [String]) async throws {
    let script = """
      source <($CTL completion bash)
      complete -p referralctl >/dev/null || exit 9
      line='referralctl \(typed)'
      read -ra COMP_WORDS <<<"$line"
      [[ $line == *' ' ]] && COMP_WORDS+=("")
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _referralctl
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let run = try await Program.shell(script)
    #expect(run.status == 0, "\(run.errors)")
    let found = Set(run.output.split(separator: "\n").map(String.init))
    #expect(found.isSuperset(of: wanted), "\(found)")
    if !typed.hasSuffix(" ") { #expect(found == Set(wanted)) }
  }

  @Test func `bash completes names of files where files are wanted`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("referral.json", [])
    let script = """
      cd \(folder.path); source <($CTL completion bash)
      COMP_WORDS=(referralctl submit re) COMP_CWORD=2
      _referralctl; echo "${COMPREPLY[@]}"
      """
    #expect(try await Program.shell(script).output == "referral.json\n")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zsh")))
  func `zsh reads its script`() async throws {
    let run = try await Program.shell("zsh -n <($CTL completion zsh)")
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test(arguments: ["referralctl", "referrald", "referral-partner"])
  func `the manual page is current and well formed`(_ name: String) async throws {
    let run = try await Program.run(["--man"], executable: ProgramRun.built(name))
    let page = PackageFolder.path + "/docs/man/\(name).8"
    #expect(
      run.output == (try String(contentsOfFile: page, encoding: .utf8)), "run scripts/man")
    for section in ["EXIT STATUS", "EXAMPLES", "SECURITY"] {
      #expect(run.output.contains("\n.Sh \(section)\n"))
    }
    let lint = try await Program.shell("mandoc -T lint -W warning \(page)")
    #expect(lint.status == 0, "\(lint.output)\(lint.errors)")
  }
}
