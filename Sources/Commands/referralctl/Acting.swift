/// The verbs that hand in, preview and send again.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

private let fileOctets = 1_114_112

extension Session {
  func submit() async -> Int32 {
    var highest: Int32 = 0
    var waiting: [String] = []
    for file in arguments.operands {
      guard let octets = read(file) else {
        highest = max(highest, 65)
        continue
      }
      switch await daemon.post("/v1/submissions", [], octets) {
      case .unreachable(let socket): return output.unreachable(socket)
      case .problem(let lines, let exit):
        if !output.asJSON { Standard.error("\(file): refused\n") }
        output.problem(lines)
        highest = max(highest, exit)
      case .lines(let lines):
        report(accepted: lines, file)
        waiting += lines.flatMap { $0["deliveries"]?.elements ?? [] }.compactMap { $0["id"]?.text }
      }
    }
    guard let text = arguments.value("--wait") else { return highest }
    guard let seconds = Int64(text), (1...86_400).contains(seconds) else {
      return usage("--wait takes seconds, 1 to 86400")
    }
    return max(highest, await wait(for: waiting, seconds: seconds))
  }

  private func report(accepted lines: [JSONValue], _ file: String) {
    guard !output.asJSON else { return output.lines(lines) }
    for line in lines {
      let again = line["repeated"]?.flag == true ? " (as before)" : ""
      output.text("\(file): accepted\(again), referral \(line.word("referralId"))\n")
      output.table(
        [.init("ID"), .init("PARTNER"), .init("DETAIL"), .init("STATE")],
        (line["deliveries"]?.elements ?? []).map {
          [$0.word("id"), $0.word("partner"), $0.word("detailLevel"), $0.word("state")]
        })
      for one in line["notSent"]?.elements ?? [] {
        output.text("  not sent to \(one.word("partner")): \(one.word("rule"))\n")
      }
    }
  }

  /// 0 when all have a receipt, 1 when one will have none by itself, 75 when the time is over.
  private func wait(for ids: [String], seconds: Int64) async -> Int32 {
    let end = SystemClock.monotonicNanoseconds() + seconds * 1_000_000_000
    let showsProgress = !output.asJSON && Files.isTerminal(2)
    var open = ids
    var ended: Int32 = 0
    while !open.isEmpty, SystemClock.monotonicNanoseconds() < end {
      var still: [String] = []
      for id in open {
        guard case .lines(let lines) = await daemon.get("/v1/deliveries/\(id)"),
          let state = lines.first?["state"]?.text
        else { return output.unreachable(daemon.socket) }
        switch state {
        case "DELIVERED", "CANCELLED": break
        case "DEAD", "HELD", "EXPIRED": ended = 1
        default: still.append(id)  // OPEN: states as text
        }
      }
      open = still
      if showsProgress { Standard.error("\r\(ids.count - open.count) of \(ids.count) ended ") }
      if !open.isEmpty { try? await Task.sleep(for: .milliseconds(200)) }
    }
    if showsProgress { Standard.error("\n") }
    guard open.isEmpty else {
      output.complain(
        "waiting", "\(open.count) of \(ids.count) have no receipt yet",
        "they go on by themselves; see: referralctl list --state DEFERRED", exit: 75)
      return 75
    }
    return ended
  }

  func preview() async -> Int32 {
    guard let octets = read(arguments.operands[0]) else { return 65 }
    let reveals = arguments.has("--reveal")
    if reveals, arguments.value("--reason") == nil {
      return usage("--reveal shows personal data and needs --reason")
    }
    let answer = await daemon.post(
      "/v1/preview",
      [
        ("partner", arguments.value("--partner")), ("reveal", reveals ? "true" : nil),
        ("reason", arguments.value("--reason")),
      ], octets)
    return await print(answer) { lines in
      guard let preview = lines.first else { return }
      output.text(
        "\(preview.word("partner")) would get detail level \(preview.word("detailLevel")), "
          + "\(preview.word("documentOctets")) octets\n\n")
      output.table(
        [.init("FIELD"), .init("EFFECT"), .init("RULE")],
        (preview["lines"]?.elements ?? []).map {
          [
            Printable.text($0.word("pointer"), limitCharacters: 80), $0.word("effect"),
            $0.word("rule"),
          ]
        })
      if let data = preview["data"] {
        output.text("\n" + String(decoding: JSONWriter.writePretty(data), as: UTF8.self) + "\n")
      }
    }
  }

  func resend() async -> Int32 {
    let dryRun = arguments.has("--dry-run")
    guard dryRun || arguments.value("--reason") != nil else {
      return usage("resend needs --reason, for the audit (or --dry-run)")
    }
    let order: JSONObject = [
      "dryRun": .bool(dryRun), "reason": .string(arguments.value("--reason") ?? ""),
    ]
    var highest: Int32 = 0
    for id in arguments.operands {
      let answer = await daemon.post(
        "/v1/deliveries/\(id)/resend", [], JSONWriter.write(.object(order)))
      let status = await print(answer) { lines in
        guard let line = lines.first else { return }
        let verb = dryRun ? "would go again" : "goes again"
        output.text(
          "\(line.word("id")) to \(line.word("partner")): \(verb), "
            + "now \(line.word("state"))\n")
      }
      if status == 75 { return status }
      highest = max(highest, status)
    }
    return highest
  }

  /// Nil after saying what is wrong with the file.
  private func read(_ file: String) -> [UInt8]? {
    do {
      let octets =
        file == "-"
        ? try Files.standardInput(limit: fileOctets)
        : try Files.read(file, limit: fileOctets, links: .refuse)
      guard octets.isEmpty else { return octets }
      output.complain("empty", "\(file): is empty", "give a file with one submission", exit: 65)
    } catch {
      output.complain(
        "unreadable", "\(file): \(error.reason)",
        "give a regular file that you may read, at most "
          + "1 MiB, or - for standard input", exit: 65)
    }
    return nil
  }
}
