/// status --watch: the state of the gateway drawn again and again, as top does.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

extension Session {
  /// To a pipe one JSON object for each round. No terminal state is changed, so that Ctrl-C needs
  /// no tidying up.
  func watch() async -> ExitCode {
    let text = arguments.value("--interval") ?? "2"
    guard let interval = Spans.seconds(text), Limits.watchSeconds.contains(interval) else {
      return usage("--interval is not a time", "give seconds, 1 to 3600")
    }
    var left: Int?
    if let text = arguments.value("--count") {
      guard let count = Int(text), Limits.watchCount.contains(count) else {
        return usage("--count is not a number of drawings", "give 1 to 1000000")
      }
      left = count
    }
    let draws = Files.isTerminal(1) && !output.asJSON
    while true {
      let status = await daemon.get("/v1/status")
      let alarms = await daemon.get("/v1/alarms")
      var exit = ExitCode.done
      if draws {
        output.text(WatchScreen(size: Terminal.size(1)).drawing(of: status, alarms))
        // A daemon that restarts comes back; the screen says so meanwhile.
        if case .silence(let complaint) = status { exit = complaint.exit }
      } else {
        exit = present(status) { lines in output.lines(lines) }
      }
      left = left.map { $0 - 1 }
      if left == 0 || output.isClosed || (!draws && exit != .done) { return exit }
      try? await Task.sleep(for: .seconds(interval))
    }
  }
}

/// One drawing: no wider and no higher than the terminal.
struct WatchScreen {
  let columns: Int
  let rows: Int
  private let isBold: Bool

  init(size: (columns: Int, rows: Int)?) {
    columns = max(20, size?.columns ?? 80)
    rows = max(5, size?.rows ?? 24)
    // https://no-color.org
    isBold = (Standard.variable("NO_COLOR") ?? "").isEmpty
  }

  /// From the upper left corner, each line to its end, then what is below is cleared.
  func drawing(of status: DaemonAnswer, _ alarms: DaemonAnswer) -> String {
    let lines = Array(self.lines(status, alarms).prefix(rows - 1)).map(clipped)
    let first = lines.first.map { isBold ? "\u{1B}[1m\($0)\u{1B}[0m" : $0 } ?? ""
    let all = [first] + lines.dropFirst()
    return "\u{1B}[H" + all.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J"
  }

  func lines(_ status: DaemonAnswer, _ alarms: DaemonAnswer) -> [String] {
    switch status {
    case .silence(let complaint): return ["referralctl: \(complaint.message)", complaint.hint]
    case .problem(let lines, _):
      return lines.map { "referralctl: \($0.word("message")); \($0.word("hint"))" }
    case .lines(let lines):
      guard let status = lines.first else { return [] }
      return header(status, alarms) + [""] + table(status)
    }
  }

  private func header(_ status: JSONValue, _ alarms: DaemonAnswer) -> [String] {
    let now = status["clock"]?.text.flatMap(Instant.init(rfc3339:))
    let started = status["started"]?.text.flatMap(Instant.init(rfc3339:))
    let up = now.flatMap { now in started.map { Spans.words(seconds: now.since($0) / 1000) } }
    let oldest = status["oldestOpenSeconds"]?.integer.map { Spans.words(seconds: $0) }
    let count = if case .lines(let lines) = alarms { String(lines.count) } else { "?" }
    let days = status.list("signingKeys").compactMap { $0["daysLeft"]?.integer }.min()
    let accepts = status["accepting"]?.flag == false ? "NOT accepting" : "accepting"
    return [
      "referral-gateway \(status.word("version"))  \(status.word("profile"))  "
        + "\(status.word("clock"))  up \(up ?? "-")",
      "\(accepts), alarms \(count), oldest open \(oldest ?? "none"), "
        + "signing keys \(days.map { "\($0) d" } ?? "-")",
    ]
  }

  /// The busiest partners first, as many as fit.
  private func table(_ status: JSONValue) -> [String] {
    let now = status["clock"]?.text.flatMap(Instant.init(rfc3339:))
    var counts: [String: [String: Int64]] = [:]
    for depth in status.list("depths") {
      counts[depth.word("partner"), default: [:]][depth.word("state")] = depth["count"]?.integer
    }
    let listed = status.list("partners").sorted { open(counts, $0) > open(counts, $1) }
    var table = TextTable(
      [.init("PARTNER")]
        + ["WAIT", "SEND", "ASYNC", "HELD", "DEAD", "EXPRD", "DONE"].map { .init($0, .right) }
        + [.init("RECEIPT", .right), .init("HELD UP")])
    for partner in listed {
      let own = counts[partner.word("code")] ?? [:]
      func sum(_ states: String...) -> String {
        String(states.reduce(Int64(0)) { $0 + (own[$1] ?? 0) })
      }
      let last = partner["lastReceipt"]?.text.flatMap(Instant.init(rfc3339:))
      let ago = last.flatMap { last in now.map { Spans.words(seconds: $0.since(last) / 1000) } }
      let isEnabled = partner["enabled"]?.flag != false
      table.add([
        Printable.text(partner.word("code"), limitCharacters: 24), sum("QUEUED", "DEFERRED"),
        sum("SENDING"), sum("AWAITING"), sum("HELD"), sum("DEAD"), sum("EXPIRED"),
        sum("DELIVERED"), ago ?? "-",
        isEnabled ? partner["suspended"]?.word("cause") ?? "" : "disabled",
      ])
    }
    let all = table.text.split(separator: "\n").map(String.init)
    let room = rows - 5
    guard all.count > room, room > 1 else { return all }
    return all.prefix(room) + ["... and \(all.count - room) partners more"]
  }

  private func open(_ counts: [String: [String: Int64]], _ partner: JSONValue) -> Int64 {
    let own = counts[partner.word("code")] ?? [:]
    return ["QUEUED", "DEFERRED", "SENDING", "AWAITING", "HELD"]
      .reduce(Int64(0)) { $0 + (own[$1] ?? 0) }
  }

  /// As many cells as the terminal has.
  private func clipped(_ line: String) -> String {
    var width = 0
    var out = ""
    for character in line {
      width += TextTable.width(of: String(character))
      guard width <= columns else { break }
      out.append(character)
    }
    return out
  }
}
