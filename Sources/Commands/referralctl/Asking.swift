/// health, partner check and alarms: verdicts with what to do, and a status for monitors.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Register

extension Session {
  func health(_ question: String) async -> ExitCode {
    presentChecks(await daemon.get("/v1/health/\(question)"))
  }

  func partnerCheck() async -> ExitCode {
    guard let code = partnerCode() else { return .usage }
    return presentChecks(
      await daemon.get("/v1/partners/\(code)/check"), about: .partner(code))
  }

  /// One line for each check; a bad one is no failure of the asking.
  private func presentChecks(_ answer: DaemonAnswer, about subject: Subject? = nil) -> ExitCode {
    switch answer {
    case .lines(let lines): return show(lines)
    case .problem(let lines, _) where lines.allSatisfy({ $0["kind"]?.text == "check" }):
      return show(lines)
    case .problem, .silence: return present(answer, about: subject) { _ in }
    }
  }

  private func show(_ checks: [JSONValue]) -> ExitCode {
    if output.asJSON {
      output.lines(checks)
    } else {
      let named = checks.contains { $0["partner"] != nil }
      output.table(
        (named ? [.init("PARTNER")] : []) + [
          .init("CHECK"), .init("VERDICT"), .init("FINDING"), .init("WHAT TO DO"),
        ],
        checks.map { check in
          (named ? [check.word("partner")] : [])
            + [
              check.word("name"), check.word("verdict"), check.word("message"),
              check["hint"] == nil ? "" : check.word("hint"),
            ]
        })
    }
    return checks.contains { $0["verdict"]?.text != "good" && $0["verdict"]?.text != "unknown" }
      ? .negative : .done
  }

  func alarms() async -> ExitCode {
    let answer = await daemon.get("/v1/alarms")
    guard case .lines(let all) = answer else { return present(answer) { _ in } }
    let partner = arguments.value("--partner")
    let alarms = all.filter { partner == nil || $0["partner"]?.text == partner }
    if output.asJSON {
      output.lines(alarms)
    } else if alarms.isEmpty {
      output.text("no alarm\n")
    } else {
      alarms.forEach(describeAlarm)
      output.text(alarms.count == 1 ? "\n1 alarm\n" : "\n\(alarms.count) alarms\n")
    }
    return alarms.isEmpty ? .done : .negative
  }

  private func describeAlarm(_ alarm: JSONValue) {
    let reason = alarm["reason"] == nil ? "" : " (\(alarm.word("reason")))"
    let about = ["partner", "id"].filter { alarm[$0] != nil }.map { " " + alarm.word($0) }.joined()
    let since = alarm["since"] == nil ? "" : ", since \(alarm.word("since"))"
    output.text(
      "\(alarm.word("code"))\(reason)\(about)\(since)\n  \(alarm.word("message"))\n"
        + "  \(alarm.word("hint"))\n")
  }

  func shape() async -> ExitCode {
    let answer = await daemon.get("/v1/shape")
    guard case .lines(let all) = answer else { return present(answer) { _ in } }
    let partner = arguments.value("--partner")
    let rows = all.filter { partner == nil || $0["partner"]?.text == partner }
    if output.asJSON {
      output.lines(rows)
      return .done
    }
    guard let first = rows.first else {
      output.text("nothing is open\n")
      return .done
    }
    let bounds = first.list("minutes").compactMap(\.integer)
    let ages = bounds.map { "<\($0)" } + ["more"]
    let total = (0..<ages.count).map { place in
      rows.reduce(Int64(0)) { $0 + count($1, place) }
    }
    func sum(_ name: String) -> String {
      String(rows.reduce(Int64(0)) { $0 + ($1[name]?.integer ?? 0) })
    }
    output.text("open deliveries by age in minutes; A are on the wire\n\n")
    output.table(
      [.init("PARTNER"), .init("T", .right), .init("A", .right)] + ages.map { .init($0, .right) },
      [["TOTAL", sum("total"), sum("sending")] + total.map(String.init)]
        + rows.map { row in
          [row.word("partner"), row.word("total"), row.word("sending")]
            + (0..<ages.count).map { String(count(row, $0)) }
        })
    return .done
  }

  private func count(_ row: JSONValue, _ place: Int) -> Int64 {
    let counts = row.list("counts")
    return place < counts.count ? counts[place].integer ?? 0 : 0
  }

  /// Nil after saying so.
  func partnerCode() -> String? {
    let code = arguments.operands[0]
    return isPartnerCode(code) ? code : nil
  }

  /// False after saying so: what no partner's code can be. It is not repeated: it may be a name.
  func isPartnerCode(_ text: String) -> Bool {
    guard PartnerCode(text) == nil else { return true }
    _ = usage(
      "a partner's code has lower-case letters, digits and hyphens",
      "see: referralctl partner list")
    return false
  }

  func whoami() async -> ExitCode {
    present(await daemon.get("/v1/whoami")) { lines in
      for line in lines {
        let name = line["name"] == nil ? "" : " (\(line.word("name")))"
        output.facts([
          ("user", line.word("user") + name),
          (
            "rights",
            line["trusted"]?.flag == true ? "all, as root or the gateway's own user" : "by groups"
          ),
        ])
        output.text("\n")
        output.table(
          [.init("ROLE"), .init("YOURS"), .init("GROUP"), .init("ALLOWS TO")],
          line.list("roles").map { role in
            let isThere = role["groupExists"]?.flag != false
            return [
              role.word("role"), role.word("yours"),
              role.word("group") + (isThere ? "" : " (does not exist)"), role.word("allows"),
            ]
          })
      }
    }
  }

  func auditList() async -> ExitCode {
    var since: String?
    if let text = arguments.value("--since") {
      guard let moment = sinceMoment(text) else { return .usage }
      since = moment
    }
    guard rowLimit() != nil else { return .usage }
    let answer = await daemon.get(
      "/v1/audit", [("since", since), ("limit", arguments.value("--limit"))])
    return present(answer) { lines in
      output.table(
        [.init("AT"), .init("BY"), .init("ACTION"), .init("SUBJECT"), .init("REASON")],
        lines.map { line in ["at", "actor", "action", "subject", "reason"].map(line.word) })
    }
  }
}
