/// The command line without a daemon: help, mistakes, files, statuses.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct CommandLineTests {
  static let verbs = [
    "status", "list", "shape", "show", "alarms", "submit", "preview", "resend", "hold", "release",
    "cancel", "settle", "job list", "job show", "job watch", "job cancel", "partner list",
    "partner show", "partner check", "partner test", "partner pause", "partner resume",
    "partner limits", "health live", "health ready", "health deep", "await ready",
    "await drained", "await acked", "audit list", "config check", "config show",
    "schema validate", "split", "metrics", "whoami", "completion bash", "completion zsh",
    "route", "partner crl", "partner add", "cert csr", "config reload", "policy lint",
    "policy test", "policy diff", "policy at", "policy table",
  ]

  @Test(arguments: verbs) func `explains every verb with examples and statuses`(_ verb: String)
    async throws
  {
    let run = try await Program.run(verb.split(separator: " ").map(String.init) + ["--help"])
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("referralctl \(verb) - "))
    let examples = run.output.components(separatedBy: "Examples:\n").last ?? ""
    #expect(examples.prefix(200).contains("referralctl \(verb)"), "\(verb)")
    #expect(run.output.contains("\n  75  try again"))
    #expect(run.errors.isEmpty)
  }

  @Test func `lists all verbs and statuses`() async throws {
    let run = try await Program.run(["--help"])
    #expect(run.status == 0)
    for verb in Self.verbs { #expect(run.output.contains("\n  \(verb) ")) }
    for status in [0, 1, 64, 65, 66, 69, 70, 73, 75, 77, 78] {
      #expect(run.output.contains("\n  \(status) "))
    }
  }

  @Test(arguments: [
    (["lst"], "did you mean 'list'"), (["partner", "shwo"], "did you mean 'partner show'"),
    (["list", "--stat", "HELD"], "did you mean '--state'"),
    (["list", "--state", "HELDD"], "did you mean 'HELD'"), (["list", "--since", "soon"], "2h"),
    (["list", "--limit", "0"], "100000"), (["status", "--timeout", "0"], "3600"),
    (["show", "123456782"], "referralctl list"), (["partner", "show", "../x"], "partner list"),
    (["resend", CannedDaemon.id], "--reason"),
    (["resend", CannedDaemon.id, "--reason", " "], "few words"),
    (["preview", "x.json", "--partner", "emm", "--reveal"], "--reason"),
    (["preview", "x.json", "--partner", "emm", "--reason", "x"], "--reveal"),
    (["submit", "-", "-"], "once"), (["submit", "x.json", "--wait", "soon"], "60s"),
    (["hold"], "filter"), (["hold", "all", "--partner", "emm"], "capitals"),
    (["hold", "ALL", "--since", "2h"], "which partner"), (["hold", "ALL"], "which partner"),
    (["hold", CannedDaemon.id, "--partner", "emm"], "one of them"),
    (["hold", CannedDaemon.id, "-"], "standard input"),
    (["hold", CannedDaemon.id, "--rate", "5"], "filter"),
    (["hold", "--partner", "emm"], "--reason"), (["cancel", CannedDaemon.id], "--reason"),
    (["settle", CannedDaemon.id], "--reason"), (["hold", "019ab1c2-7f00"], "referralctl list"),
    (["hold", "--partner", "emm", "--reason", "x", "--rate", "0"], "1000"),
    (["hold", "--partner", "emm", "--reason", "x", "--since", "soon"], "2h"),
    (["hold", "--partner", "emm", "--reason", "a\u{1B}[2Jb"], "few words"),
    (["hlod", CannedDaemon.id], "did you mean 'hold'"), (["job", "shwo"], "'job show'"),
    (["health"], "referralctl --help"), (["health", "redy"], "'health ready'"),
    (["job", "show", "12"], "referralctl list"), (["partner", "check", "../x"], "partner list"),
    (["await", "acked"], "referralctl --help"), (["await", "ready", "--wait", "0"], "86400"),
    (["status", "--interval", "5"], "--watch"), (["status", "--watch", "--count", "0"], "1000000"),
    (["audit", "list", "--since", "soon"], "2h"), (["completion", "fish"], "referralctl --help"),
  ]) func `ends with 64 and says what was meant`(_ words: [String], _ hint: String) async throws {
    let run = try await Program.run(words)
    #expect(run.status == 64)
    #expect(run.output.isEmpty)
    #expect(run.errorLines.first?["hint"]?.text?.contains(hint) == true, "\(run.errors)")
    #expect(!run.errors.contains("123456782"))
  }

  @Test(arguments: [
    ["status"], ["list"], ["show", CannedDaemon.id], ["submit", "-"],
    ["preview", "-", "--partner", "emm"], ["resend", CannedDaemon.id, "--dry-run"],
    ["partner", "list"], ["partner", "show", "emm"], ["shape"], ["alarms"],
    ["hold", CannedDaemon.id], ["release", "--partner", "emm", "--reason", "x"],
    ["job", "list"], ["job", "show", CannedDaemon.id], ["job", "watch", CannedDaemon.id],
    ["partner", "check", "emm"], ["partner", "test", "emm"], ["partner", "pause", "emm"],
    ["partner", "limits", "emm"], ["health", "live"], ["health", "ready"], ["audit", "list"],
    ["await", "drained"], ["await", "acked", CannedDaemon.id], ["status", "--watch"], ["whoami"],
  ]) func `ends with 75 when the daemon is down`(_ words: [String]) async throws {
    let run = try await Program.run(words, input: "{}")
    #expect(run.status == 75)
    let error = try #require(run.errorLines.first)
    #expect(error["code"] == "daemon-down")
    #expect(error["hint"]?.text?.contains("journalctl -u referral-gateway") == true)
  }

  @Test func `ends with 65 for a file that it cannot use`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("empty", [])
    _ = try folder.write("large", [UInt8](repeating: 0x20, count: 1_048_576 + 65_537))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/link", withDestinationPath: folder.path + "/large")
    let names = [
      "missing": "no-such-file", "": "is-directory", "empty": "empty-file",
      "large": "file-too-large", "link": "is-symbolic-link",
    ]
    for (name, code) in names {
      let file = folder.path + "/" + name
      let run = try await Program.run(["submit", file])
      #expect(run.status == 65)
      #expect(run.errorLines.first?["code"]?.text == code)
      #expect(run.errorLines.first?["file"]?.text == file)
      #expect(run.outputLines.first?["result"] == "not-accepted")
    }
  }

  @Test func `ends with 78 and every place for a wrong configuration`() async throws {
    let register = try ExampleRegister()
    #expect(try await Program.run(["config", "check", register.folder]).status == 0)
    try register.edit("partners.d/emm.toml", "\nname =", "\nnmae =")
    let run = try await Program.run(["config", "check", register.folder])
    #expect(run.status == 78)
    let file = register.folder + "/partners.d/emm.toml"
    let errors = run.errorLines.filter { $0["file"]?.text == file }
    #expect(errors.count == 2)
    #expect(errors.allSatisfy { ($0["line"]?.integer ?? 0) > 0 && $0["column"] != nil })
  }
}
