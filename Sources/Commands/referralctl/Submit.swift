/// submit: hands in files, one result for each.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

extension Session {
  func submit() async -> ExitCode {
    var waitSeconds: Int64?
    if let text = arguments.value("--wait") {
      guard let seconds = Spans.seconds(text), Limits.waitSeconds.contains(seconds) else {
        return usage("--wait is not a time", "give seconds, 1 to 86400, or such as 60s or 5m")
      }
      waitSeconds = seconds
    }
    let files = arguments.operands
    guard files.filter({ $0 == "-" }).count <= 1 else {
      return usage("standard input is given twice", "give '-' once")
    }
    guard let attached = attachments() else { return .usage }
    guard attached.isEmpty || files.count == 1 else {
      return usage("--attach goes with one submission", "submit the others on their own")
    }
    var highest = ExitCode.done
    var acceptedFiles = 0
    var deliveries: [Awaited] = []
    var daemonIsSilent = false
    for file in files {
      guard !daemonIsSilent else {
        notTried(file)
        continue
      }
      switch await submit(file, with: attached) {
      case .accepted(let more):
        acceptedFiles += 1
        deliveries += more
      case .refused(let exit): highest = max(highest, exit)
      case .silence(let exit):
        highest = max(highest, exit)
        daemonIsSilent = true
      }
    }
    if files.count > 1 { summarize(acceptedFiles, of: files.count) }
    guard let waitSeconds, !deliveries.isEmpty else { return highest }
    return max(highest, await wait(for: deliveries, seconds: waitSeconds))
  }

  private enum FileResult {
    case accepted([Awaited])
    case refused(ExitCode)
    case silence(ExitCode)
  }

  private func submit(_ file: String, with attached: [AttachedFile]) async -> FileResult {
    let octets: [UInt8]
    switch SubmissionFile.read(file, tellsTerminal: output.showsProgress) {
    case .failure(let refusal):
      output.complain(refusal.complaint, about: .file(file))
      notAccepted(file, refusal.complaint.code, refusal.complaint.exit)
      return .refused(refusal.complaint.exit)
    case .success(let read): octets = read
    }
    let bundle: String?
    switch await handIn(attached) {
    case .success(let handed): bundle = handed
    case .failure(let failure):
      notAccepted(file, failure.code, failure.exit)
      return .refused(failure.exit)
    }
    let answer = await daemon.post(
      "/v1/submissions", [("bundle", bundle)], octets,
      whenLost: "it is not known whether it was accepted: submit the same file again, nothing is "
        + "accepted twice")
    switch answer {
    case .silence(let complaint):
      output.complain(complaint, about: .file(file))
      notAccepted(file, complaint.code, complaint.exit)
      return .silence(complaint.exit)
    case .problem(let lines, let exit):
      output.problem(lines, about: .file(file))
      notAccepted(file, lines.last?["code"]?.text ?? "refused", exit)
      return .refused(exit)
    case .lines(let lines):
      if output.asJSON {
        output.lines(lines.map { $0.with(.file(file)) })
      } else {
        for line in lines { describe(line, Subject.file(file).text) }
      }
      let deliveries = lines.flatMap { $0.list("deliveries") }
      return .accepted(deliveries.compactMap(Awaited.init))
    }
  }

  /// Without a daemon the next file fares no better.
  private func notTried(_ file: String) {
    let complaint = Complaint(
      exit: .tryAgain, code: "not-tried", message: "not handed in, the daemon is silent",
      hint: "submit it again when the daemon answers")
    output.complain(complaint, about: .file(file))
    notAccepted(file, complaint.code, complaint.exit)
  }

  /// The result of a file for programs; people read the reasons.
  private func notAccepted(_ file: String, _ code: String, _ exit: ExitCode) {
    guard output.asJSON else { return }
    let line: JSONObject = [
      "v": 1, "kind": "submission", "file": .string(file), "result": "not-accepted",
      "code": .string(code), "exit": .number(JSONNumber(Int64(exit.rawValue))),
    ]
    output.lines([.object(line)])
  }

  private func describe(_ line: JSONValue, _ file: String) {
    let again = line["repeated"]?.flag == true ? " (as before)" : ""
    output.text(
      "\(Printable.text(file, limitCharacters: 200)): accepted\(again), "
        + "referral \(line.word("referralId"))\n")
    output.table(
      [.init("ID"), .init("PARTNER"), .init("DETAIL"), .init("STATE"), .init("CHOSEN BY")],
      line.list("deliveries").map { one in
        let routes = one.words("routes")
        return ["id", "partner", "detailLevel", "state"].map(one.word)
          + [routes.isEmpty ? "-" : routes]
      })
    for one in line.list("notSent") {
      output.text("  not sent to \(one.word("partner")): \(one.word("rule"))\n")
    }
    for one in line.list("advice") {
      output.text("  advice, \(one.word("pointer")): \(one.word("text"))\n")
    }
  }

  private func summarize(_ accepted: Int, of files: Int) {
    if output.asJSON {
      let line: JSONObject = [
        "v": 1, "kind": "summary", "files": .number(JSONNumber(Int64(files))),
        "accepted": .number(JSONNumber(Int64(accepted))),
      ]
      output.lines([.object(line)])
    } else {
      output.text("\(accepted) of \(files) files accepted\n")
    }
  }
}
