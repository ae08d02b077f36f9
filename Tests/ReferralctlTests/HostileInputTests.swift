/// Wrong, half and hostile command lines, for every verb: the status, and what is never said.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct HostileInputTests {
  /// Nobody's, but such a number could be typed in the wrong place.
  private static let number = "123456782"
  private static let local: [[String]] = [
    ["config", "check", "/nonexistent"], ["config", "show", "/nonexistent"],
    ["schema", "validate", "/nonexistent"], ["split", "/nonexistent"],
    ["completion", "bash"], ["completion", "zsh"],
    ["cert", "csr", "/nonexistent/a", "--oin", "00000099000000010000", "--organisation", "x"],
    ["partner", "add", "/nonexistent/emm.toml", "--policy", "/nonexistent/policy.toml"],
    ["policy", "lint", "/nonexistent"], ["policy", "test", "/nonexistent"],
    ["policy", "diff", "/nonexistent", "/nonexistent"],
    ["policy", "at", "2026-11-26", "/nonexistent"], ["policy", "table", "/nonexistent"],
  ]
  private static var everyVerb: [[String]] { StrangeDaemonTests.asking + local }
  /// The words of the verb itself, and what it needs besides.
  private static func verb(_ words: [String]) -> [String] {
    let two = words.prefix(2).joined(separator: " ")
    return Array(words.prefix(CommandLineTests.verbs.contains(two) ? 2 : 1))
  }

  private static func refuses(_ words: [String], _ statuses: Set<Int32> = [64]) async throws {
    let run = try await Program.run(words, input: "{}")
    let shown = words.map { String($0.prefix(40)) }
    #expect(statuses.contains(run.status), "\(shown): \(run.status) \(run.errors.prefix(500))")
    #expect(!run.errors.contains(number), "\(shown): \(run.errors.prefix(500))")
    isSafe(run, words)
    if run.status == 64 {
      #expect(run.output.isEmpty, "\(shown)")
      StrangeDaemonTests.isClear(run, shown)
    }
  }

  private static func isSafe(_ run: Run, _ words: [String]) {
    let shown = words.map { String($0.prefix(40)) }
    let told = (run.errors + run.output).unicodeScalars.filter { $0 != "\n" }
    #expect(
      told.allSatisfy { ![.control, .format].contains($0.properties.generalCategory) }, "\(shown)")
    // What is said about a file names the file.
    let namesFile = ["submit", "route", "policy"].contains { words.contains($0) }
    let isShort = run.errors.utf8.count < 10_000 || namesFile
    #expect(isShort, "\(shown): \(run.errors.utf8.count) octets")
  }

  @Test(arguments: everyVerb) func `options that no verb has end with 64`(_ words: [String])
    async throws
  {
    for wrong in [["--frobnicate"], ["-x"], ["--=x"], ["--json=yes"], ["--socket"], ["--timeout"]]
      + [
        ["--timeout", "0"], ["--timeout", "-1"], ["--timeout", "99999999999999999999"],
        ["--timeout", "soon"], ["--socket", ""], ["--json", "--json"],
        ["--socket", "/" + String(repeating: "a", count: 200)],
      ]
    {
      try await Self.refuses(words + wrong)
    }
  }

  @Test(arguments: everyVerb) func `operands that are missing or too many end with 64`(
    _ words: [String]
  ) async throws {
    let verb = Self.verb(words)
    let operands = words.dropFirst(verb.count).prefix { !$0.hasPrefix("--") }
    let repeats = ["submit", "hold", "release", "resend", "cancel", "settle", "schema validate"]
    let name = verb.joined(separator: " ")
    let optional = ["config check", "config show", "policy lint", "policy test", "policy table"]
    if !operands.isEmpty, !optional.contains(name) {
      try await Self.refuses(verb)
    }
    if !repeats.contains(name), name != "await acked" {
      try await Self.refuses(words + ["a", "b", "c"])
    }
  }

  private static let ids = [
    "", "x", number, "../../etc/passwd", "019AB1C2-7F00-7ABC-8DEF-0123456789AB",
    CannedDaemon.id + "\n", CannedDaemon.id + "x", "{\(CannedDaemon.id)}", "Jan \(number)",
    "\u{1B}[2J", "\u{202E}txt", "%2e%2e", String(repeating: number, count: 10_000),
  ]

  @Test(arguments: [
    "show", "resend", "hold", "release", "cancel", "settle", "job show", "job watch", "job cancel",
    "await acked",
  ]) func `what is no id ends with 64 and is not repeated`(_ verb: String) async throws {
    let reason = ["resend", "cancel", "settle"].contains(verb) ? ["--reason", "x"] : []
    for id in Self.ids {
      try await Self.refuses(verb.split(separator: " ").map(String.init) + [id] + reason)
    }
  }

  @Test(arguments: [
    "partner show", "partner check", "partner crl", "partner test", "partner pause",
    "partner resume", "partner limits", "list --partner", "shape --partner", "alarms --partner",
    "hold --reason x --partner", "preview - --partner", "await drained --partner",
  ]) func `what is no partner's code ends with 64 and is not repeated`(_ verb: String)
    async throws
  {
    for code in Self.ids where code != "x" {
      try await Self.refuses(verb.split(separator: " ").map(String.init) + [code])
    }
  }

  @Test(arguments: everyVerb) func `endless and unprintable words do no harm`(_ words: [String])
    async throws
  {
    let long = String(repeating: "a", count: 100_000)
    let steering = "\u{1B}]0;owned\u{7}\u{9B}31m\u{202E}x\r\n"
    let any: Set<Int32> = [0, 64, 65, 66, 75, 78]
    for word in [long, steering] {
      try await Self.refuses(words + ["--" + word])
      try await Self.refuses([word] + words)
      try await Self.refuses(Self.verb(words) + [word], any)
      try await Self.refuses(Self.verb(words) + ["--socket", "/" + word], any)
    }
    // As much as the system lets through: ten of 100 KiB.
    try await Self.refuses(words + [String](repeating: long, count: 10), any)
    try await Self.refuses(words + [String](repeating: "a", count: 30_000), any)
  }

  @Test(arguments: [
    "submit -", "preview - --partner emm", "hold - --reason x", "split - --output /nonexistent",
    "schema validate - --schema /dev/null",
  ])
  func `standard input that is closed, or a folder, is a file that cannot be used`(
    _ verb: String
  ) async throws {
    for input in ["<&-", "</", "</dev/null"] {
      let run = try await Program.shell("$CTL \(verb) \(input)")
      #expect(run.status == 65, "\(verb) \(input): \(run.status) \(run.errors)")
      #expect(run.errorLines.contains { $0["kind"] == "error" }, "\(verb) \(input)")
    }
  }

  @Test func `files that are none end with 65, and nothing waits for a pipe`() async throws {
    let folder = try TemporaryFolder()
    #expect(unsafe mkfifo(folder.path + "/pipe", 0o600) == 0)
    try folder.write("binary", [UInt8](repeating: 0xFF, count: 4_096))
    let split = ["split", "--output", folder.path + "/none"]
    let validate = ["schema", "validate", "--schema", "/dev/null"]
    for file in [folder.path + "/pipe", "/dev/zero", "/dev/tty", "/", folder.path + "/none", ""] {
      for verb in [["submit"], ["preview", "--partner", "emm"], validate, split] {
        let run = try await Program.run(verb + [file])
        #expect(run.status == 65, "\(verb) \(file): \(run.status) \(run.errors)")
        Self.isSafe(run, verb)
      }
    }
    for verb in [validate, split] {
      #expect(try await Program.run(verb + [folder.path + "/binary"]).status == 65)
    }
    try FileManager.default.moveItem(
      atPath: folder.path + "/pipe", toPath: folder.path + "/gateway.toml")
    #expect(try await Program.run(["config", "check", folder.path]).status == 78)
  }

  @Test func `output that goes nowhere is told where there is a place to tell it`() async throws {
    let closed = try await Program.shell("$CTL --help >&-; echo $? >&2")
    #expect(closed.errors.hasSuffix("70\n"), "\(closed.errors)")
    let silent = try await Program.shell("$CTL status 2>&-; echo $?")
    #expect(silent.output.hasSuffix("75\n"), "\(silent.output)")
    let nothing = try await Program.shell("$CTL status <&- >&- 2>&-; test $? = 75 -o $? = 70")
    #expect(nothing.status == 0)
  }
}
