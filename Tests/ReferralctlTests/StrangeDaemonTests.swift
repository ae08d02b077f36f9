/// Every verb against a daemon that is down, answers garbage, hangs, or is another program.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct StrangeDaemonTests {
  /// Each verb that asks the daemon, as it is rightly called.
  static let asking: [[String]] = {
    let id = CannedDaemon.id
    return [
      ["status"], ["status", "--watch", "--count", "1"], ["whoami"], ["list"], ["shape"],
      ["show", id], ["show", "--recipients", id], ["alarms"], ["metrics"], ["submit", "-"],
      ["preview", "-", "--partner", "emm"], ["route", "-"], ["partner", "crl", "emm"],
      ["partner", "crl", "emm", "--fetch", "--reason", "x"],
      ["resend", id, "--reason", "x"], ["hold", id], ["release", id],
      ["cancel", id, "--reason", "x"], ["settle", id, "--reason", "x"],
      ["hold", "--partner", "emm", "--reason", "x"], ["job", "list"], ["job", "show", id],
      ["job", "watch", id, "--wait", "1"], ["job", "cancel", id], ["partner", "list"],
      ["partner", "show", "emm"], ["partner", "check", "emm"],
      ["partner", "test", "emm", "--wait", "1"], ["partner", "pause", "emm"],
      ["partner", "resume", "emm"], ["partner", "limits", "emm"], ["health", "live"],
      ["health", "ready"], ["health", "deep"], ["await", "ready", "--wait", "1"],
      ["await", "drained", "--wait", "1"], ["await", "acked", id, "--wait", "1"],
      ["audit", "list"], ["config", "reload"],
    ]
  }()

  struct Strange: Sendable, CustomTestStringConvertible {
    let name: String, answer: String
    let ending: RawDaemon.Ending
    let exit: Int32
    /// Verbs that end otherwise, by their first words.
    let others: [String: Int32]
    var testDescription: String { name }
    /// As short as may be where the answer never ends.
    var seconds: String {
      if case .closes = ending { "30" } else { "1" }
    }

    init(
      _ name: String, _ answer: String, _ exit: Int32, _ ending: RawDaemon.Ending = .closes,
      others: [String: Int32] = [:]
    ) {
      self.name = name
      self.answer = answer
      self.exit = exit
      self.ending = ending
      self.others = others
    }
  }

  private static func http(_ status: String, _ body: String, type: String = "jsonl") -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: application/\(type)\r\n"
      + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
  }

  private static func refusal(_ exit: String) -> String {
    http(
      "409 Conflict",
      #"{"v":1,"kind":"error","code":"x","message":"it is not done","hint":"y","exit":\#(exit)}"#)
  }

  static let strange: [Strange] = [
    .init("closes at once", "", 75), .init("says nothing", "", 75, .hangs),
    .init("is a mail server", "220 mail.example ESMTP ready\r\n", 70),
    .init("speaks in nulls", String(repeating: "\0", count: 4_096), 70),
    .init("ends within the status line", "HTTP/1.1 200", 75),
    .init("ends within the head", "HTTP/1.1 200 OK\r\nContent-Le", 75),
    .init("ends within the body", "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"v\":1,", 75),
    .init("does not say how long", "HTTP/1.1 200 OK\r\n\r\n{\"v\":1}", 70),
    .init(
      "says two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 8\r\nContent-Length: 9\r\n\r\n{\"v\":1}\n", 70),
    .init("is a web server", http("200 OK", "<html>hello</html>", type: "html"), 70),
    .init("is of another version", http("200 OK", #"{"v":2,"kind":"status"}"#), 70),
    .init("answers with no object", http("200 OK", "[1]\n\"v\"\n"), 70),
    .init("answers too deep", http("200 OK", String(repeating: "[", count: 90_000)), 70),
    .init(
      "sends elsewhere",
      "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", 70),
    .init("never ends the head", "HTTP/1.1 200 OK\r\nX-A: b\r\n", 75, .repeats(8)),
    .init("always says to go on", "HTTP/1.1 100 Continue\r\n\r\n", 75, .repeats(25)),
    .init(
      "drips its answer", "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n ", 75, .repeats(1)),
    .init("refuses with status 0", refusal("0"), 73, others: ["await ready": 75]),
    .init("refuses with no status of ours", refusal("12345"), 73, others: ["await ready": 75]),
    .init("refuses with a word", refusal("\"none\""), 73, others: ["await ready": 75]),
    .init("refuses without a word", http("403 Forbidden", ""), 77),
  ]

  @Test(arguments: strange) func `no verb takes a strange answer for a good one`(_ one: Strange)
    async throws
  {
    let folder = try TemporaryFolder()
    let socket = folder.path + "/socket"
    let daemon = try RawDaemon(socket, says: one.answer, then: one.ending)
    defer { daemon.end() }
    for words in Self.asking {
      let run = try await Program.run(
        words + ["--timeout", one.seconds], input: "{}", socket: socket)
      let verb = words.prefix(2).joined(separator: " ")
      #expect(run.status == one.others[verb] ?? one.exit, "\(words): \(run.errors)")
      Self.isClear(run, words)
    }
  }

  /// Status, message and hint are one line of JSON, and short.
  static func isClear(_ run: Run, _ words: [String]) {
    let errors = run.errorLines.filter { $0["kind"] == "error" }
    #expect(!errors.isEmpty, "\(words): \(run.errors.prefix(300))")
    #expect(run.errors.utf8.count < 2_000, "\(words)")
    #expect(
      errors.allSatisfy {
        $0["message"]?.text?.isEmpty == false && $0["hint"]?.text?.isEmpty == false
      }, "\(words)")
    #expect(!run.errors.contains("Fatal error") && !run.errors.contains("Thread 0"), "\(words)")
    #expect(run.errorLines.count == run.errors.split(separator: "\n").count, "\(words)")
  }

  private enum Place: String, CaseIterable {
    case missing, file, folder, nobodyListens, datagrams, link
  }

  @Test(arguments: Place.allCases)
  private func `no verb hangs or guesses where there is no daemon`(_ place: Place) async throws {
    let folder = try TemporaryFolder()
    let socket = folder.path + "/socket"
    var open: Int32 = -1
    switch place {
    case .missing: break
    case .file: try folder.write("socket", [1])
    case .folder:
      try FileManager.default.createDirectory(atPath: socket, withIntermediateDirectories: false)
    case .nobodyListens: open = try RawDaemon.bound(socket, Int32(SOCK_STREAM.rawValue))
    case .datagrams: open = try RawDaemon.bound(socket, Int32(SOCK_DGRAM.rawValue))
    case .link:
      try FileManager.default.createSymbolicLink(atPath: socket, withDestinationPath: socket)
    }
    defer { close(open) }
    for words in Self.asking {
      let run = try await Program.run(words + ["--timeout", "1"], input: "{}", socket: socket)
      #expect(run.status == 75, "\(words): \(run.errors)")
      Self.isClear(run, words)
      // One that waits says that it has waited.
      #expect(words.prefix(2) == ["await", "ready"] || run.errors.contains("socket"), "\(words)")
    }
  }

  @Test(.enabled(if: OtherUser.isPossible, "needs root, and programs that others may run"))
  func `every verb says which group may use the socket`() async throws {
    let folder = try TemporaryFolder()
    let socket = folder.path + "/socket"
    let daemon = try RawDaemon(socket, says: "")
    defer { daemon.end() }
    unsafe chmod(socket, 0o600)
    unsafe chmod(folder.path, 0o755)
    for words in Self.asking.prefix(6) {
      let run = try await Program.shell(
        "setpriv --reuid 4711 --regid 4711 --clear-groups $CTL "
          + words.joined(separator: " ") + " </dev/null", socket: socket)
      #expect(run.status == 77, "\(words): \(run.errors)")
      #expect(run.errors.contains("referral-admin"))
    }
  }
}
