/// partner pause, resume, test and limits.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON

extension Session {
  func partnerPause() async -> ExitCode { await orderPartner("pause") }
  func partnerResume() async -> ExitCode { await orderPartner("resume") }

  private func orderPartner(_ order: String) async -> ExitCode {
    guard isReasonUsable(), let code = partnerCode() else { return .usage }
    let answer = await postPartner(
      code, order, whenLost: "see whether it was done with: referralctl partner limits \(code)")
    return present(answer, about: .partner(code)) { lines in
      for line in lines {
        let done = order == "pause" ? "paused" : "resumed"
        let would = line["dryRun"]?.flag == true ? "would be " : ""
        let busy = order == "pause" ? ", \(line.word("sending")) deliveries are under way" : ""
        output.text("\(code): \(would)\(done)\(busy)\n")
      }
    }
  }

  func postPartner(_ code: String, _ order: String, whenLost: String) async
    -> DaemonAnswer
  {
    let body: JSONObject = [
      "dryRun": .bool(arguments.has("--dry-run")),
      "reason": .string(arguments.value("--reason") ?? ""),
    ]
    return await daemon.post(
      "/v1/partners/\(code)/\(order)", [], JSONWriter.write(.object(body)), whenLost: whenLost)
  }

  func partnerTest() async -> ExitCode {
    guard isReasonUsable(), let code = partnerCode(),
      let seconds = waitSeconds(default: Limits.awaitSeconds)
    else { return .usage }
    let answer = await postPartner(
      code, "test", whenLost: "see whether it was sent with: referralctl list --partner \(code)")
    let exit = present(answer, about: .partner(code)) { lines in
      for line in lines {
        output.text(
          arguments.has("--dry-run")
            ? "an exercise of \(line.word("documentOctets")) octets would be sent to \(code)\n"
            : "exercise \(line.word("referralId")) is on its way to \(code)\n")
      }
    }
    guard case .lines(let lines) = answer, !arguments.has("--dry-run") else { return exit }
    let sent = lines.flatMap { $0.list("deliveries") }.compactMap(Awaited.init)
    return await wait(for: sent, seconds: seconds)
  }

  func partnerLimits() async -> ExitCode {
    guard let code = partnerCode() else { return .usage }
    let answer = await daemon.get("/v1/partners/\(code)/limits")
    return present(answer, about: .partner(code)) { lines in
      for line in lines {
        output.facts([
          ("partner", line.word("partner")), ("enabled", line.word("enabled")),
          ("window now", line.word("window")), ("window at most", line.word("windowLimit")),
          ("window at start", line.word("windowInitial")), ("under way", line.word("sending")),
          ("due and ready", line.word("ready")), ("held up", suspension(of: line)),
        ])
        output.text(
          "\nto change the window: window_initial and window_limit under [acknowledgements] in "
            + "partners.d/\(code).toml\n")
      }
    }
  }
}
