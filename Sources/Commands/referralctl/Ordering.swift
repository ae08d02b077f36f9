/// resend, hold, release, cancel, settle: one delivery at a time, or many as a job.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

/// What an order is about.
private enum OrderTarget {
  case ids([String])
  /// Members of the job's body.
  case job(JSONObject)
}

extension Session {
  func order(_ verb: Verb) async -> ExitCode {
    guard isReasonUsable() else { return .usage }
    let target: OrderTarget
    switch orderTarget() {
    case .success(let found): target = found
    case .failure(let refusal):
      output.complain(refusal.complaint)
      return refusal.complaint.exit
    }
    let isJob = if case .job = target { true } else { false }
    let needsReason = isJob || verb == .resend || verb == .cancel || verb == .settle
    guard arguments.has("--dry-run") || !needsReason || arguments.has("--reason") else {
      return usage(
        "\(isJob ? "a job" : verb.rawValue) needs a reason",
        "add --reason with a few words for the audit, or --dry-run")
    }
    switch target {
    case .ids(let ids): return await order(verb, ids)
    case .job(let members): return await makeJob(verb, members)
    }
  }

  /// Each id alone, with its own answer.
  private func order(_ verb: Verb, _ ids: [String]) async -> ExitCode {
    guard !arguments.has("--rate"), !arguments.has("--wait"), !arguments.has("--detach") else {
      return usage(
        "--rate, --wait and --detach are for jobs", "leave them out, or give '-' or a filter")
    }
    let order: JSONObject = [
      "dryRun": .bool(arguments.has("--dry-run")),
      "reason": .string(arguments.value("--reason") ?? ""),
    ]
    var highest = ExitCode.done
    var done = 0
    var tried = 0
    for id in ids {
      tried += 1
      let answer = await daemon.post(
        "/v1/deliveries/\(id)/\(verb.rawValue)", [], JSONWriter.write(.object(order)),
        whenLost: "see whether it was done with: referralctl show \(id)")
      let exit = present(answer, about: .delivery(id)) { lines in
        for line in lines { describe(line, verb) }
      }
      let status = max(exit, wouldRefuse(answer) ? .stateConflict : .done)
      if status == .done { done += 1 }
      highest = max(highest, status)
      if case .silence = answer { break }
    }
    if ids.count > 1 { summarize(verb, done: done, refused: tried - done, of: ids.count) }
    return highest
  }

  private func wouldRefuse(_ answer: DaemonAnswer) -> Bool {
    guard case .lines(let lines) = answer else { return false }
    return lines.contains { $0["wouldRefuse"] != nil }
  }

  private func describe(_ line: JSONValue, _ verb: Verb) {
    let octets = line["octets"] == nil ? "" : ", \(line.word("octets")) octets"
    let what =
      if line["wouldRefuse"] != nil {
        "would be refused: \(line.word("wouldRefuse")), \(line.word("message"))"
      } else if line["dryRun"]?.flag == true { "would be done" } else { verb.done }
    output.text(
      "\(line.word("id")): \(what), to \(line.word("partner"))\(octets), "
        + "state \(line.word("state"))\n")
  }

  private func summarize(_ verb: Verb, done: Int, refused: Int, of all: Int) {
    guard !output.asJSON else {
      let line: JSONObject = [
        "v": 1, "kind": "summary", "action": .string(verb.rawValue),
        "ids": .number(JSONNumber(Int64(all))), "done": .number(JSONNumber(Int64(done))),
        "refused": .number(JSONNumber(Int64(refused))),
        "notTried": .number(JSONNumber(Int64(all - done - refused))),
      ]
      return output.lines([.object(line)])
    }
    let left = all - done - refused
    output.text(
      "\(verb.rawValue): \(done) of \(all) done, \(refused) not"
        + (left == 0 ? "\n" : ", \(left) not tried\n"))
  }

  private func makeJob(_ verb: Verb, _ selection: JSONObject) async -> ExitCode {
    var job = selection
    if let text = arguments.value("--rate") {
      guard let rate = Int64(text), Limits.jobRate.contains(rate) else {
        return usage("--rate is not a number in a second", "give 1 to 1000")
      }
      job["rate"] = .number(JSONNumber(rate))
    }
    guard let seconds = waitSeconds(default: Limits.jobWaitSeconds) else { return .usage }
    let random = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    let id = UniversalID.v7(at: SystemClock.now(), random: random).description
    job["id"] = .string(id)
    job["action"] = .string(verb.rawValue)
    job["dryRun"] = .bool(arguments.has("--dry-run"))
    job["reason"] = .string(arguments.value("--reason") ?? "")
    let answer = await daemon.post(
      "/v1/jobs", [], JSONWriter.write(.object(job)),
      whenLost: "see whether the job was made with: referralctl job show \(id)")
    guard !arguments.has("--dry-run") else { return presentPlan(answer, verb) }
    let exit = present(answer) { lines in lines.forEach(describeJobOrItem) }
    guard case .lines(let lines) = answer, let made = lines.last else { return exit }
    let unknown: ExitCode = lines.count > 1 ? .notFound : .done
    if arguments.has("--detach") { return unknown }
    return max(unknown, await followJob(made.word("id"), seconds: seconds, showsItems: true))
  }

  private func presentPlan(_ answer: DaemonAnswer, _ verb: Verb) -> ExitCode {
    let exit = present(answer) { lines in
      for plan in lines {
        let oldest =
          plan["oldest"] == nil
          ? "" : ", accepted \(plan.word("oldest")) to \(plan.word("newest"))"
        output.text(
          "\(verb.rawValue): would be done for \(plan.word("count")) of \(plan.word("matched")) "
            + "deliveries, \(plan.word("octets")) octets\(oldest)\n")
        let parts = plan.list("partners")
        if !parts.isEmpty {
          output.table(
            [.init("PARTNER"), .init("COUNT", .right), .init("OCTETS", .right)],
            parts.map { part in ["partner", "count", "octets"].map(part.word) })
        }
        for refused in plan.list("refused") {
          output.text(
            "would be refused: \(refused.word("count")) (\(refused.word("reason")): "
              + "\(refused.word("message")); \(refused.word("hint")))\n")
        }
      }
    }
    guard case .lines(let lines) = answer else { return exit }
    return lines.contains { !$0.list("refused").isEmpty } ? .stateConflict : exit
  }
}

private struct OrderRefusal: Error {
  let complaint: Complaint

  init(_ exit: ExitCode, _ code: String, _ message: String, _ hint: String) {
    complaint = Complaint(exit: exit, code: code, message: message, hint: hint)
  }
}

extension Session {
  private func orderTarget() -> Result<OrderTarget, OrderRefusal> {
    let operands = arguments.operands
    let hasFilter = ["--partner", "--state", "--since", "--kind"].contains(where: arguments.has)
    func wrong(_ message: String, _ hint: String) -> Result<OrderTarget, OrderRefusal> {
      .failure(OrderRefusal(.usage, "usage", message, hint))
    }
    if operands.contains("ALL") {
      guard operands.count == 1 else { return wrong("ALL goes with no ids", "leave out one") }
      guard arguments.has("--partner") || arguments.has("--state") else {
        return wrong("ALL needs --partner or --state", "say of which partner or in which state")
      }
    } else if operands.contains(where: { $0.lowercased() == "all" }) {
      return wrong("did you mean ALL?", "it must be typed in capitals, so that nobody slips")
    } else if !operands.isEmpty {
      guard !hasFilter else {
        return wrong("ids and a filter are given", "give one of them")
      }
      guard operands.contains("-") else {
        return areIDs(operands)
          ? .success(.ids(operands))
          : .failure(OrderRefusal(.usage, "usage", "an operand is no id", "see: referralctl list"))
      }
      guard operands.count == 1 else {
        return wrong("'-' goes with no other ids", "put all of them on standard input")
      }
      return standardInputIDs()
    }
    guard hasFilter else {
      return wrong(
        "no delivery is named", "give ids, '-' for standard input, or a filter such as --partner")
    }
    return filterTarget()
  }

  private func filterTarget() -> Result<OrderTarget, OrderRefusal> {
    var filter = JSONObject()
    for name in ["partner", "state", "kind"] {
      filter[name] = arguments.value("--\(name)").map { .string($0) }
    }
    if let text = arguments.value("--since") {
      guard let moment = Spans.moment(text, before: SystemClock.now()) else {
        return .failure(
          OrderRefusal(
            .usage, "usage", "--since is not a time",
            "give such as 2h or 3d, or 2026-11-23T12:00:00Z (RFC 3339)"))
      }
      filter["since"] = .string(moment.description)
    }
    return .success(.job(["filter": .object(filter)]))
  }

  /// Ids with white space between them.
  private func standardInputIDs() -> Result<OrderTarget, OrderRefusal> {
    if output.showsProgress, Files.isTerminal(0) {
      Standard.error("reading ids from standard input; Ctrl-D ends it\n")
    }
    let octets: [UInt8]
    do {
      octets = try Files.standardInput(limit: Limits.idsOctets)
    } catch {
      return .failure(
        OrderRefusal(
          .badData, "unreadable-input", "standard input \(error.reason)",
          "give at most \(Limits.idsOctets / 37) ids at a time"))
    }
    let words = String(decoding: octets, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard !words.isEmpty else {
      return .failure(
        OrderRefusal(
          .badData, "empty-input", "there is no id on standard input",
          "see what the program before the pipe prints"))
    }
    guard let wrong = words.firstIndex(where: { UniversalID(String($0)) == nil }) else {
      return .success(.job(["ids": .array(words.map { .string(String($0)) })]))
    }
    // The word is not repeated: it may be a person's.
    return .failure(
      OrderRefusal(
        .badData, "no-id", "word \(wrong + 1) on standard input is no id",
        "give ids only, such as: referralctl list --json | jq -r .id"))
  }
}

extension Verb {
  /// What the delivery does after it.
  fileprivate var done: String {
    switch self {
    case .resend: "goes again"
    case .hold: "held"
    case .release: "released"
    case .cancel: "cancelled"
    case .settle: "settled"
    default: "done"
    }
  }
}
