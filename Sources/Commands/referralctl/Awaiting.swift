/// await ready, drained and acked: for scripts and the ordering of units.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

extension Session {
  /// Nil after saying so: a --wait that is no time.
  func waitSeconds(default otherwise: Int64) -> Int64? {
    guard let text = arguments.value("--wait") else { return otherwise }
    guard let seconds = Spans.seconds(text), Limits.waitSeconds.contains(seconds) else {
      _ = usage("--wait is not a time", "give seconds, 1 to 86400, or such as 60s or 5m")
      return nil
    }
    return seconds
  }

  func awaitReady() async -> ExitCode {
    await waitUntil("ready") { session in
      switch await session.daemon.get("/v1/health/ready") {
      case .lines: return .success(true)
      case .problem(_, let exit): return exit == .denied ? .failure(.ended(exit)) : .success(false)
      case .silence(let complaint):
        // While it is down or starting it may still come.
        guard complaint.exit != .tryAgain else { return .success(false) }
        session.output.complain(complaint)
        return .failure(.ended(complaint.exit))
      }
    }
  }

  func awaitDrained() async -> ExitCode {
    let partner = arguments.value("--partner")
    return await waitUntil("drained") { session in
      let answer = await session.daemon.get("/v1/status")
      guard case .lines(let lines) = answer, let status = lines.first else {
        return .failure(.ended(session.present(answer) { _ in }))
      }
      let moving = status.list("depths").filter { depth in
        (partner == nil || depth["partner"]?.text == partner)
          && ["QUEUED", "SENDING", "AWAITING", "DEFERRED"].contains(depth["state"]?.text)
      }
      let count = moving.reduce(Int64(0)) { $0 + ($1["count"]?.integer ?? 0) }
      session.output.progress("\(count) still move")
      return .success(count == 0)
    }
  }

  func awaitAcked() async -> ExitCode {
    guard areIDs(arguments.operands),
      let seconds = waitSeconds(default: Limits.awaitSeconds)
    else { return .usage }
    return await wait(
      for: arguments.operands.map(Awaited.init(id:)), seconds: seconds, untilReceipt: true)
  }

  private func waitUntil(
    _ what: String, _ isSo: (Session) async -> Result<Bool, AwaitEnd>
  ) async -> ExitCode {
    guard let seconds = waitSeconds(default: Limits.awaitSeconds) else { return .usage }
    let end = SystemClock.monotonicNanoseconds() + seconds * 1_000_000_000
    var pauseMilliseconds: Int64 = 50
    while true {
      let found = await isSo(self)
      output.progress("")
      switch found {
      case .failure(.ended(let exit)): return exit
      case .success(true):
        let line: JSONObject = ["v": 1, "kind": "awaited", "what": .string(what)]
        if output.asJSON { output.lines([.object(line)]) } else { output.text("\(what)\n") }
        return .done
      case .success(false): break
      }
      let left = end - SystemClock.monotonicNanoseconds()
      guard left > 0 else {
        output.complain(
          Complaint(
            exit: .tryAgain, code: "not-\(what)", message: "not \(what) within \(seconds) s",
            hint: "see why with: referralctl status"))
        return .tryAgain
      }
      try? await Task.sleep(for: .milliseconds(min(pauseMilliseconds, left / 1_000_000 + 1)))
      pauseMilliseconds = min(pauseMilliseconds * 2, 1_000)
    }
  }
}

private enum AwaitEnd: Error {
  /// Waiting on is of no use; it has been said why.
  case ended(ExitCode)
}
