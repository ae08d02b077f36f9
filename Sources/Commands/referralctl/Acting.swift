/// The verbs that preview and send again.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

extension Session {
  func preview() async -> ExitCode {
    let reveals = arguments.has("--reveal")
    guard isReasonUsable() else { return .usage }
    guard reveals == arguments.has("--reason") else {
      return reveals
        ? usage(
          "--reveal shows personal data and needs a reason",
          "add --reason with a few words; both are kept in the audit")
        : usage("--reason goes with --reveal", "leave it out, or add --reveal")
    }
    let file = arguments.operands[0]
    switch SubmissionFile.read(file, tellsTerminal: output.showsProgress) {
    case .failure(let refusal):
      output.complain(refusal.complaint, about: .file(file))
      return refusal.complaint.exit
    case .success(let octets):
      let answer = await daemon.post(
        "/v1/preview",
        [
          ("partner", arguments.value("--partner")), ("reveal", reveals ? "true" : nil),
          ("reason", arguments.value("--reason")),
        ], octets, whenLost: "nothing was sent; try again, or give it more time with --timeout")
      return present(answer, about: .file(file)) { lines in lines.forEach(describe) }
    }
  }

  private func describe(_ preview: JSONValue) {
    let summary = EffectSummary(preview.list("lines"))
    output.text(
      "\(preview.word("partner")) would get detail level \(preview.word("detailLevel")), "
        + "a document of \(preview.word("documentOctets")) octets\n\n")
    output.table(
      [.init("FIELD"), .init("EFFECT"), .init("RULE"), .init("FIELDS", .right)],
      summary.rows.map {
        [
          Printable.text($0.row.place, limitCharacters: 80), $0.row.effect, $0.row.rule,
          String($0.count),
        ]
      })
    let totals = summary.totals.map { "\($0.count) \($0.effect)" }
    output.text("\n\(totals.isEmpty ? "no fields" : totals.joined(separator: ", "))\n")
    guard let data = preview["data"] else { return }
    let pretty = String(decoding: JSONWriter.writePretty(data), as: UTF8.self)
    output.text("\n")
    for line in pretty.split(separator: "\n") { output.text(Printable.text(String(line)) + "\n") }
  }
}

extension Session {
  func resend() async -> ExitCode {
    let dryRun = arguments.has("--dry-run")
    guard isReasonUsable(), areIDs(arguments.operands) else { return .usage }
    guard dryRun || arguments.has("--reason") else {
      return usage(
        "resend needs a reason", "add --reason with a few words for the audit, or --dry-run")
    }
    let order: JSONObject = [
      "dryRun": .bool(dryRun), "reason": .string(arguments.value("--reason") ?? ""),
    ]
    var highest = ExitCode.done
    for id in arguments.operands {
      let answer = await daemon.post(
        "/v1/deliveries/\(id)/resend", [], JSONWriter.write(.object(order)),
        whenLost: "see whether it goes again with: referralctl show \(id)")
      let exit = present(answer, about: .delivery(id)) { lines in lines.forEach(describeResend) }
      highest = max(highest, exit, wouldRefuse(answer) ? .stateConflict : .done)
      if case .silence = answer { break }
    }
    return highest
  }

  private func wouldRefuse(_ answer: DaemonAnswer) -> Bool {
    guard case .lines(let lines) = answer else { return false }
    return lines.contains { $0["wouldRefuse"] != nil }
  }

  private func describeResend(_ line: JSONValue) {
    let octets = line["octets"] == nil ? "" : ", \(line.word("octets")) octets"
    let what =
      if line["wouldRefuse"] != nil {
        "would be refused: \(line.word("wouldRefuse"))"
      } else if line["dryRun"]?.flag == true { "would go again" } else { "goes again" }
    output.text(
      "\(line.word("id")): \(what), to \(line.word("partner"))\(octets), "
        + "state \(line.word("state"))\n")
  }
}
