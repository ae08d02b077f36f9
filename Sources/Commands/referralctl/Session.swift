/// One run of the tool: finds the verb, asks the daemon, prints, and ends with a status.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform
import Referrals
import Register

func runReferralctl(_ arguments: [String]) -> Int32 {
  Signals.ignorePipe()
  switch tool.parse(Array(arguments.dropFirst())) {
  case .help(let text):
    Standard.output(text)
    return 0
  case .version:
    Standard.output("referralctl \(version)\n")
    return 0
  case .usage(let message, let suggestion):
    Standard.error(tool.complaint(message: message, suggestion: suggestion))
    return Tool.usageStatus
  case .run(let command, let parsed):
    return runToEnd { await Session.run(command, parsed) }
  }
}

/// Waits on the main thread for asynchronous work; nothing else runs there.
private func runToEnd(_ work: @escaping @Sendable () async -> Int32) -> Int32 {
  final class Ended: Sendable {
    let status = Locked<Int32>(70)
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

  static func run(_ command: Command, _ arguments: ParsedArguments) async -> Int32 {
    let output = Output(asJSON: arguments.has("--json") || !Files.isTerminal(1))
    guard let seconds = Int(arguments.value("--timeout") ?? "10"), (1...3_600).contains(seconds)
    else {
      Standard.error(tool.complaint(message: "--timeout takes seconds, 1 to 3600", suggestion: nil))
      return Tool.usageStatus
    }
    let socket =
      arguments.value("--socket") ?? Standard.variable("REFERRAL_ADMIN_SOCKET")
      ?? "/run/referral-gateway-admin/admin.sock"
    let session = Session(
      arguments: arguments, output: output,
      daemon: Daemon(socket: socket, timeoutSeconds: seconds))
    let status = await session.verb(command.path)
    await session.daemon.close()
    return status
  }

  private func verb(_ path: [String]) async -> Int32 {
    switch path.joined(separator: " ") {
    case "status": await status()
    case "list": await list()
    case "show": await show()
    case "submit": await submit()
    case "preview": await preview()
    case "resend": await resend()
    case "partner list": await partnerList()
    case "partner show": await partnerShow()
    case "config check": configCheck()
    default: usage("this verb is not built in")  // OPEN: verbs as text
    }
  }

  /// Prints an answer as JSON Lines or by `people`; the status it ends with.
  func print(_ answer: DaemonAnswer, people: ([JSONValue]) -> Void) async -> Int32 {
    switch answer {
    case .unreachable(let socket): return output.unreachable(socket)
    case .problem(let lines, let exit):
      output.problem(lines)
      return exit
    case .lines(let lines):
      if output.asJSON { output.lines(lines) } else { people(lines) }
      return 0
    }
  }

  func usage(_ message: String) -> Int32 {
    Standard.error(tool.complaint(message: message, suggestion: nil))
    return Tool.usageStatus
  }

  private func configCheck() -> Int32 {
    let folder = arguments.operands.first ?? "/etc/referral-gateway"
    let loaded = Configuration.load(
      folder: folder, knownKinds: ReferralKind.allCases.map(\.rawValue), now: SystemClock.now())
    switch loaded {
    case .failure(let errors):
      for error in errors.errors { Standard.error("\(error)\n") }
      return 78
    case .success(let configuration):
      let line: JSONObject = [
        "v": 1, "kind": "config", "folder": .string(folder),
        "profile": .string(configuration.profile.rawValue),
        "partners": .array(configuration.partners.map { .string($0.code.text) }),
      ]
      if output.asJSON {
        output.lines([.object(line)])
      } else {
        let codes = configuration.partners.map(\.code.text).joined(separator: ", ")
        output.text(
          "\(folder): in order; profile \(configuration.profile.rawValue); partners \(codes)\n")
      }
      return 0
    }
  }
}
