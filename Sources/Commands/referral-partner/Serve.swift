/// Runs the service while the main thread waits for signals.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Log
import Platform
import Reception

/// The result is the exit status. Not async: an async `main` would park in sigsuspend with nothing
/// blocked, and SIGTERM would kill instead of stop.
func serve(configuration path: String, exercise plan: String?) -> Int32 {
  let settings: ReceptionSettings
  switch SettingsFile.read(path) {
  case .success(let value): settings = value
  case .failure(let errors):
    for error in errors.lines { Standard.error("\(error)\n") }
    return ExitCode.configuration
  }
  var exercise: PermittedExercise?
  if let plan {
    switch ExercisePlan.read(plan) {
    case .success(let read):
      switch read.permitted(for: settings.identity, from: settings.sender) {
      case .success(let permitted): exercise = permitted
      case .failure(let refusal): return refuse(refusal, ExitCode.configuration)
      }
    case .failure(let refusal): return refuse(refusal, Tool.usageStatus)
    }
  }
  let watched = [Signals.terminate, Signals.interrupt, Signals.hangUp]
  Signals.block(watched)
  let descriptor = Signals.descriptor(watched)
  let isBroken = Locked(false)
  let hasEnded = Locked(false)
  let service: ReceptionService
  do {
    service = try ReceptionService(
      settings, exercise: exercise, now: { SystemClock.now() },
      log: EventLog(now: { SystemClock.now() })
    ) { _ in
      isBroken.withLock { $0 = true }
      Signals.raise(Signals.terminate)
    }
  } catch {
    Standard.error("referral-partner: \(error.reason)\n")
    return ExitCode.unavailable
  }
  Task.detached {
    await service.run()
    hasEnded.withLock { $0 = true }
    Signals.raise(Signals.hangUp)
  }
  Standard.output("listening \(service.port)\n")
  Systemd.notify("READY=1")
  while !hasEnded.withLock({ $0 }) {
    switch Signals.wait(descriptor) {
    case Signals.terminate?, Signals.interrupt?:
      Systemd.notify("STOPPING=1")
      service.stop()
    default: continue  // OPEN: signal numbers are integers
    }
  }
  return isBroken.withLock { $0 } ? ExitCode.broken : ExitCode.success
}

private func refuse(_ refusal: ExerciseRefusal, _ status: Int32) -> Int32 {
  Standard.error("referral-partner: --exercise: \(refusal.reason)\n")
  return status
}
