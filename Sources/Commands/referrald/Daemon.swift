/// Checks the configuration, starts the service and waits for signals on the main thread.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Gateway
import Platform
import Referrals
import Register

private let tool = Tool(
  name: "referrald",
  summary: "Sends referrals to partners and keeps the evidence that they arrived.",
  commands: [
    Command(
      [], summary: "Runs until SIGTERM; configuration errors end it with status 78.",
      discussion: """
        Reads gateway.toml, partners.d/ and policies.d/ from the configuration folder, recovers
        what an earlier process left, and reports readiness to systemd. SIGHUP reads the
        configuration again: partners, policies, keys, certificates and revocation lists.
        """,
      operands: [],
      options: [
        CommandOption(
          "--config", placeholder: "FOLDER",
          summary: "configuration folder (default: /etc/referral-gateway)"),
        CommandOption(
          "--check-config", summary: "check everything, print every error, and end"),
        CommandOption(
          "--signal-reload", placeholder: "PID",
          summary: "check, tell the running daemon to read its configuration again, and end"),
        CommandOption("--version", summary: "print the version and end"),
      ],
      examples: [
        Example("referrald --check-config", "is the configuration in order?"),
        Example("referrald --config /tmp/demo/etc", "run with another configuration"),
      ])
  ],
  options: [], examples: [],
  exitStatuses: [
    ExitStatus(0, "stopped in order, or the configuration is in order"),
    ExitStatus(64, "the command line is not understood"),
    ExitStatus(66, "no daemon runs under that PID"),
    ExitStatus(70, "the service broke; start it again"),
    ExitStatus(75, "another gateway has the store; end that one first"),
    ExitStatus(78, "the configuration is wrong"),
  ], manual: .referrald)

/// The whole life of the daemon; the result is the exit status.
func runReferrald(_ arguments: [String]) -> Int32 {
  switch tool.parse(Array(arguments.dropFirst())) {
  case .help(let text):
    Standard.output(text)
    return 0
  case .version:
    Standard.output("referrald \(GatewayService.version)\n")
    return 0
  case .usage(let message, let suggestion):
    Standard.error(tool.complaint(message: message, suggestion: suggestion))
    return Tool.usageStatus
  case .run(_, let parsed):
    if parsed.has("--version") {
      Standard.output("referrald \(GatewayService.version)\n")
      return 0
    }
    let folder = parsed.value("--config") ?? "/etc/referral-gateway"
    if let pid = parsed.value("--signal-reload") { return signalReload(pid, folder) }
    return run(folder: folder, checkOnly: parsed.has("--check-config"))
  }
}

/// For ExecReload=, which may not start kill(1), and to which systemd shows no credentials: so
/// everything is checked but the store's key, which a reload does not change.
private func signalReload(_ pid: String, _ folder: String) -> Int32 {
  guard let process = Int32(pid), process > 1 else {
    Standard.error("referrald: --signal-reload: '\(Printable.text(pid))' is no process id\n")
    return Tool.usageStatus
  }
  switch load(folder, needsStoreKey: false) {
  case .failure(let errors):
    complain(errors)
    return 78
  case .success(let configuration):
    do {
      try GatewayService.check(configuration, needsStoreKey: false)
    } catch {
      Standard.error("referrald: \(error.reason)\n")
      return error.exitStatus
    }
  }
  guard Signals.send(Signals.hangUp, to: process) else {
    Standard.error("referrald: no process \(process) takes the signal\n")
    return 66
  }
  return 0
}

private func load(_ folder: String, generation: Int = 1, needsStoreKey: Bool = true)
  -> Result<Configuration, ConfigurationErrors>
{
  Configuration.load(
    folder: folder, knownKinds: ReferralKind.allCases.map(\.rawValue), now: SystemClock.now(),
    generation: generation, needsStoreKey: needsStoreKey)
}

private func complain(_ errors: ConfigurationErrors) {
  for error in errors.errors { Standard.error("referrald: \(error)\n") }
}

private func run(folder: String, checkOnly: Bool) -> Int32 {
  switch load(folder) {
  case .failure(let errors):
    complain(errors)
    return 78
  case .success(let configuration):
    guard checkOnly else {
      return serve(configuration) { load(folder, generation: $0) }
    }
    do {
      try GatewayService.check(configuration)
      Standard.output("\(folder): in order, \(configuration.partners.count) partners\n")
      return 0
    } catch {
      Standard.error("referrald: \(error.reason)\n")
      return error.exitStatus
    }
  }
}

/// Signals are blocked before any thread starts and read here, on the main thread: an async `main`
/// would park in sigsuspend with nothing blocked, and SIGTERM would kill instead of stop.
private func serve(
  _ configuration: Configuration, _ load: @escaping ConfigurationLoader
) -> Int32 {
  Signals.ignorePipe()
  let watched = [Signals.terminate, Signals.interrupt, Signals.hangUp]
  Signals.block(watched)
  let descriptor = Signals.descriptor(watched)
  let running = Running()
  let status = Locked<Int32?>(nil)
  Task.detached {
    let result: Int32
    do {
      let service = try await GatewayService(configuration, load: load) {
        // After a failed write nobody knows what the disk holds: nothing more is said or sent, and
        // the restart recovers.
        Standard.error("referrald: the store broke; start again\n")
        Standard.endNow(70)
      }
      await running.begin(service)
      try await service.run()
      result = 0
    } catch let error as GatewayError {
      Standard.error("referrald: \(error.reason)\n")
      result = error.exitStatus
    } catch {
      result = 70
    }
    status.withLock { $0 = result }
    Signals.raise(Signals.hangUp)
  }
  while true {
    switch Signals.wait(descriptor) {
    case Signals.terminate?, Signals.interrupt?:
      Task.detached { await running.stop() }
    case Signals.hangUp?:
      if let ended = status.withLock({ $0 }) { return ended }
      Task.detached { await running.reload() }
    default: continue  // OPEN: signal numbers are integers
    }
  }
}

/// The service once it is open; a stop that comes before is not forgotten.
private actor Running {
  private var service: GatewayService?
  private var isStopping = false

  func begin(_ service: GatewayService) async {
    self.service = service
    if isStopping { await service.stop() }
  }

  /// Before the service is open there is nothing to reload: it has just read the files.
  func reload() async {
    guard !isStopping, let service else { return }
    switch await service.reload() {
    case .done: break
    case .refused(let reasons):
      for reason in reasons { Standard.error("referrald: not reloaded: \(reason)\n") }
    }
  }

  func stop() async {
    isStopping = true
    await service?.stop()
  }
}
