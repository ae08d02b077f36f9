/// One run of the tool: finds the verb, asks the daemon, shows the answer, ends with a status.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

func runReferralctl(_ arguments: [String]) -> Int32 {
  Standard.claimDescriptors()
  Signals.ignorePipe()
  switch tool.parse(Array(arguments.dropFirst())) {
  case .help(let text): return show(text)
  case .version: return show("referralctl \(version)\n")
  case .usage(let message, let suggestion):
    let output = Output(asJSON: arguments.contains("--json") || !Files.isTerminal(1))
    let meant = suggestion.map { "did you mean '\($0)'? " } ?? ""
    output.complain(.usage(message, meant + "try 'referralctl --help'"))
    return ExitCode.usage.rawValue
  case .run(let command, let parsed):
    return runToEnd { await Session.run(command, parsed).rawValue }
  }
}

private func show(_ text: String) -> Int32 {
  let failure = Standard.write(text)
  let isOut = failure == nil || failure == Standard.brokenPipe
  return (isOut ? ExitCode.done : ExitCode.failed).rawValue
}

/// Waits on the main thread for asynchronous work; nothing else runs there.
private func runToEnd(_ work: @escaping @Sendable () async -> Int32) -> Int32 {
  final class Ended: Sendable {
    let status = Locked<Int32>(ExitCode.failed.rawValue)
    let wake = Wake()
  }
  let ended = Ended()
  Task.detached {
    let status = await work()
    ended.status.withLock { $0 = status }
    ended.wake.signal()
  }
  ended.wake.block()
  return ended.status.withLock { $0 }
}

struct Session: Sendable {
  let arguments: ParsedArguments
  let output: Output
  let daemon: Daemon

  static func run(_ command: Command, _ arguments: ParsedArguments) async -> ExitCode {
    let output = Output(asJSON: arguments.has("--json") || !Files.isTerminal(1))
    let text = arguments.value("--timeout") ?? "10"
    guard let seconds = Spans.seconds(text), Limits.timeoutSeconds.contains(seconds) else {
      output.complain(.usage("--timeout is not a time", "give seconds, 1 to 3600"))
      return .usage
    }
    let socket =
      arguments.value("--socket") ?? Standard.variable("REFERRAL_ADMIN_SOCKET") ?? defaultSocket
    guard !socket.isEmpty, socket.utf8.count <= Limits.socketPathOctets else {
      output.complain(
        .usage(
          "the path of the socket is empty or too long",
          "give --socket or REFERRAL_ADMIN_SOCKET with 1 to \(Limits.socketPathOctets) octets"))
      return .usage
    }
    guard let verb = Verb(rawValue: command.name) else { return .failed }
    let session = Session(
      arguments: arguments, output: output,
      daemon: Daemon(socket: socket, timeoutSeconds: Int(seconds)))
    let filter = command.options.contains { $0.name == "--partner" }
    if filter, let code = arguments.value("--partner"), !session.isPartnerCode(code) {
      return .usage
    }
    let status = await session.perform(verb)
    await session.daemon.close()
    guard output.isLost else { return status }
    output.complain(
      Complaint(
        exit: .failed, code: "output-lost", message: "standard output cannot be written",
        hint: "what was ordered may be done all the same; look with: referralctl status"))
    return max(status, .failed)
  }

  private func perform(_ verb: Verb) async -> ExitCode {
    switch verb {
    case .status: await status()
    case .whoami: await whoami()
    case .list: await list()
    case .shape: await shape()
    case .show: await show()
    case .alarms: await alarms()
    case .submit: await submit()
    case .preview: await preview()
    case .route: await route()
    case .resend, .hold, .release, .cancel, .settle: await order(verb)
    case .jobList: await jobList()
    case .jobShow: await jobShow()
    case .jobWatch: await jobWatch()
    case .jobCancel: await jobCancel()
    case .metrics: await metrics()
    case .certCSR: certCSR()
    case .partnerAdd: partnerAdd()
    case .partnerList: await partnerList()
    case .partnerShow: await partnerShow()
    case .partnerCheck: await partnerCheck()
    case .partnerCRL: await partnerCRL()
    case .partnerTest: await partnerTest()
    case .partnerPause: await partnerPause()
    case .partnerResume: await partnerResume()
    case .partnerLimits: await partnerLimits()
    case .healthLive: await health("live")
    case .healthReady: await health("ready")
    case .healthDeep: await health("deep")
    case .awaitReady: await awaitReady()
    case .awaitDrained: await awaitDrained()
    case .awaitAcked: await awaitAcked()
    case .auditList: await auditList()
    case .configCheck: configCheck()
    case .configShow: configShow()
    case .configReload: await configReload()
    case .policyLint: policyLint()
    case .policyTest: policyTest()
    case .policyDiff: policyDiff()
    case .policyAt: policyAt()
    case .policyTable: policyTable()
    case .schemaValidate: schemaValidate()
    case .completionBash: completion(.bash)
    case .completionZsh: completion(.zsh)
    case .split: split()
    case .statisticsPreview: await statisticsPreview()
    case .statisticsSend: await statisticsSend()
    case .statisticsList: await statisticsList()
    }
  }

  /// Shows an answer as JSON Lines or by `people`.
  func present(
    _ answer: DaemonAnswer, about subject: Subject? = nil, people: ([JSONValue]) -> Void
  ) -> ExitCode {
    switch answer {
    case .silence(let complaint):
      output.complain(complaint, about: subject)
      return complaint.exit
    case .problem(let lines, let exit):
      output.problem(lines, about: subject)
      return exit
    case .lines(let lines):
      if output.asJSON { output.lines(lines) } else { people(lines) }
      return .done
    }
  }

  func usage(_ message: String, _ hint: String) -> ExitCode {
    output.complain(.usage(message, hint))
    return .usage
  }

  /// False after saying so: an id that none can be. It is not repeated: it may be a person's.
  func areIDs(_ texts: [String]) -> Bool {
    guard texts.allSatisfy({ UniversalID($0) != nil }) else {
      _ = usage(
        "a delivery's id is a UUID in lower case, such as 019ab1c2-7f00-7abc-8def-0123456789ab",
        "see: referralctl list")
      return false
    }
    return true
  }

  /// False after saying so: a reason that says nothing or breaks the line.
  func isReasonUsable() -> Bool {
    guard let reason = arguments.value("--reason") else { return true }
    guard reason.contains(where: { !$0.isWhitespace }),
      reason.utf8.count <= Limits.reasonOctets, Printable.text(reason) == reason
    else {
      _ = usage(
        "--reason is empty, too long or not on one line",
        "say why in a few words, at most \(Limits.reasonOctets) octets, without personal data")
      return false
    }
    return true
  }
}
