/// Jobs: list, show, follow, cancel.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

extension Session {
  func jobList() async -> ExitCode {
    present(await daemon.get("/v1/jobs")) { lines in
      guard !lines.isEmpty else { return output.text("there is no job\n") }
      output.table(
        [
          .init("ID"), .init("ACTION"), .init("STATE"), .init("DONE", .right),
          .init("REFUSED", .right), .init("OF", .right), .init("MADE"), .init("BY"),
          .init("FILTER"),
        ],
        lines.map { line in
          ["id", "action", "state", "done", "refused", "total", "madeAt", "actor", "filter"]
            .map(line.word)
        })
    }
  }

  func jobShow() async -> ExitCode {
    guard areIDs(arguments.operands) else { return .usage }
    let id = arguments.operands[0]
    let exit = present(await daemon.get("/v1/jobs/\(id)"), about: .job(id)) { lines in
      lines.forEach(describeJob)
    }
    guard exit == .done, arguments.has("--items") else { return exit }
    return await showItems(of: id, refusedOnly: false)
  }

  func jobWatch() async -> ExitCode {
    guard areIDs(arguments.operands),
      let seconds = waitSeconds(default: Limits.jobWaitSeconds)
    else { return .usage }
    return await followJob(arguments.operands[0], seconds: seconds, showsItems: false)
  }

  func jobCancel() async -> ExitCode {
    guard isReasonUsable(), areIDs(arguments.operands) else { return .usage }
    let id = arguments.operands[0]
    let order: JSONObject = [
      "dryRun": .bool(arguments.has("--dry-run")),
      "reason": .string(arguments.value("--reason") ?? ""),
    ]
    let answer = await daemon.post(
      "/v1/jobs/\(id)/cancel", [], JSONWriter.write(.object(order)),
      whenLost: "see whether it ended with: referralctl job show \(id)")
    return present(answer, about: .job(id)) { lines in lines.forEach(describeJob) }
  }

  /// Until the job ends or the time is over; a line for each delivery at the end if wanted.
  func followJob(_ id: String, seconds: Int64, showsItems: Bool) async -> ExitCode {
    let end = SystemClock.monotonicNanoseconds() + seconds * 1_000_000_000
    var pauseMilliseconds: Int64 = 50
    while true {
      let answer = await daemon.get("/v1/jobs/\(id)")
      guard case .lines(let lines) = answer, let job = lines.first else {
        output.progress("")
        return present(answer, about: .job(id)) { _ in }
      }
      let isRunning = job["state"]?.text == "RUNNING"
      guard isRunning, SystemClock.monotonicNanoseconds() < end else {
        output.progress("")
        return await concludeJob(job, isRunning: isRunning, showsItems: showsItems)
      }
      output.progress(
        "\(job.word("done")) of \(job.word("total")) done, \(job.word("refused")) refused")
      try? await Task.sleep(for: .milliseconds(pauseMilliseconds))
      pauseMilliseconds = min(pauseMilliseconds * 2, 1_000)
    }
  }

  private func concludeJob(_ job: JSONValue, isRunning: Bool, showsItems: Bool) async -> ExitCode {
    let id = job.word("id")
    if showsItems, !isRunning {
      let shown = await showItems(of: id, refusedOnly: !output.asJSON)
      guard shown == .done else { return shown }
    }
    if output.asJSON { output.lines([job]) } else { describeJob(job) }
    guard !isRunning else {
      output.complain(
        Complaint(
          exit: .tryAgain, code: "job-running", message: "the job is not done yet",
          hint: "it goes on by itself; follow it with: referralctl job watch \(id)"),
        about: .job(id))
      return .tryAgain
    }
    return job["done"]?.integer == job["total"]?.integer ? .done : .stateConflict
  }

  /// What became of each delivery, page by page. People get a long list only when they ask.
  private func showItems(of id: String, refusedOnly: Bool) async -> ExitCode {
    var after = "0"
    while true {
      let answer = await daemon.get("/v1/jobs/\(id)/items", [("after", after)])
      guard case .lines(let lines) = answer else {
        return present(answer, about: .job(id)) { _ in }
      }
      guard let last = lines.last else { return .done }
      let shown = refusedOnly ? lines.filter { $0["result"]?.text != "done" } : lines
      if output.asJSON { output.lines(shown) } else { shown.forEach(describeItem) }
      guard !output.isClosed, last.word("next") != after else { return .done }
      after = last.word("next")
    }
  }

  func describeJobOrItem(_ line: JSONValue) {
    guard line["kind"]?.text != "item" else { return describeItem(line) }
    output.text(
      "job \(line.word("id")): \(line.word("action")), \(line.word("total")) deliveries\n")
  }

  private func describeItem(_ item: JSONValue) {
    let why =
      item["reason"] == nil
      ? "" : ": \(item.word("reason")), \(item.word("message")); \(item.word("hint"))"
    output.text("\(item.word("id")): \(item.word("result"))\(why)\n")
  }

  private func describeJob(_ job: JSONValue) {
    output.facts([
      ("job", job.word("id")), ("action", job.word("action")), ("filter", job.word("filter")),
      ("state", job.word("state")),
      (
        "done",
        "\(job.word("done")) of \(job.word("total")), \(job.word("refused")) refused"
      ),
      ("rate", "\(job.word("rate")) in a second to each partner"), ("made", job.word("madeAt")),
      ("ended", job.word("endedAt")), ("by", job.word("actor")), ("reason", job.word("reason")),
    ])
  }
}
