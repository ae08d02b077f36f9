/// show: one delivery with its attempts and acknowledgements.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

extension Session {
  func show() async -> ExitCode {
    guard areIDs(arguments.operands) else { return .usage }
    if arguments.has("--recipients") { return await recipients(arguments.operands[0]) }
    let answer = await daemon.get("/v1/deliveries/\(arguments.operands[0])")
    return present(answer) { lines in
      for delivery in lines {
        overview(of: delivery)
        attempts(of: delivery, all: arguments.has("--attempts"))
        acknowledgements(of: delivery, all: arguments.has("--attempts"))
        fetches(of: delivery)
      }
    }
  }

  /// Every revision that any partner has, or was to have.
  private func recipients(_ id: String) async -> ExitCode {
    present(await daemon.get("/v1/deliveries/\(id)/recipients")) { lines in
      output.table(
        [
          .init("PARTNER"), .init("REVISION", .right), .init("OPERATION"), .init("DETAIL"),
          .init("STATE"), .init("ACCEPTED"), .init("DELIVERED"), .init("ANSWER"),
          .init("CHANGE"), .init("DELIVERY"),
        ],
        lines.map { line in
          let latest = line["latest"]?.flag == true ? "" : " (earlier)"
          return [
            line.word("partner"), line.word("revision") + latest, line.word("operation"),
            line.word("detailLevel"), line.word("state"), line.word("acceptedAt"),
            line.word("deliveredAt"), line.word("answer"), change(of: line),
            line.word("deliveryId"),
          ]
        })
    }
  }

  private func change(of line: JSONValue) -> String {
    if let result = line["changeResult"]?.text { return "\(line.word("change")): \(result)" }
    guard let due = line["changeDue"]?.text else { return line.word("change") }
    return line["change"]?.text == "overdue" ? "overdue since \(due)" : "waiting until \(due)"
  }

  private func overview(of delivery: JSONValue) {
    let reason = delivery["reason"] == nil ? "" : " (\(delivery.word("reason")))"
    output.facts([
      ("id", delivery.word("id")),
      ("referral", "\(delivery.word("referralId")) revision \(delivery.word("revision"))"),
      ("kind", "\(delivery.word("referralKind")), \(delivery.word("operation"))"),
      ("partner", "\(delivery.word("partner")), detail level \(delivery.word("detailLevel"))"),
      ("priority", delivery.word("priority")), ("schema", schema(of: delivery)),
      ("state", delivery.word("state") + reason), ("answer", delivery.word("answer")),
      ("accepted", delivery.word("acceptedAt")),
      ("next step", delivery["deliveredAt"] == nil ? delivery.word("nextAt") : "-"),
      ("delivered", delivery.word("deliveredAt")), ("expires", delivery.word("expires")),
    ])
    guard let facts = delivery["facts"] else { return }
    output.text("\n")
    output.facts([
      ("legal basis", facts.words("legalBasis")), ("rules", facts.words("ruleIds")),
      ("payload SHA-256", facts.word("payloadDigest")),
      ("signature SHA-256", facts.word("signatureDigest")),
      ("policy SHA-256", facts.word("policyDigest")),
      ("partner SHA-256", facts.word("partnerDigest")),
      ("schema SHA-256", facts.word("schemaDigest")),
    ])
  }

  /// The version, what it could not say, and the document whose place this one took.
  private func schema(of delivery: JSONValue) -> String {
    let losses = delivery.list("losses").isEmpty ? "" : ", without \(delivery.words("losses"))"
    let cause = delivery["standsFor"] == nil ? "" : ", in place of \(delivery.word("standsFor"))"
    return Printable.text(
      delivery.word("schemaVersion") + losses + cause, limitCharacters: 400)
  }

  private func attempts(of delivery: JSONValue, all: Bool) {
    let attempts = delivery.list("attemptList")
    guard !attempts.isEmpty else { return output.text("\nno attempt yet\n") }
    let left = all ? 0 : max(0, attempts.count - Limits.attemptsShown)
    output.text(left == 0 ? "\n" : "\n\(left) earlier attempts; see them with --attempts\n")
    var columns: [TextTable.Column] = [
      .init("TRY", .right), .init("BEGUN"), .init("TOOK", .right), .init("OUTCOME"),
      .init("HTTP", .right), .init("ERROR"), .init("BY"),
    ]
    if all { columns += [.init("LATE"), .init("TRIGGER"), .init("ADDRESS"), .init("TLS")] }
    output.table(
      columns,
      attempts.dropFirst(left).map { attempt in
        let row = [
          attempt.word("number"), attempt.word("begunAt"), took(attempt), attempt.word("outcome"),
          attempt.word("status"), attempt.word("error"), attempt.word("actor"),
        ]
        return all ? row + ["late", "trigger", "peer", "tls"].map(attempt.word) : row
      })
  }

  private func took(_ attempt: JSONValue) -> String {
    guard let begun = attempt["begunAt"]?.text.flatMap(Instant.init(rfc3339:)),
      let ended = attempt["endedAt"]?.text.flatMap(Instant.init(rfc3339:))
    else { return "-" }
    return "\(ended.since(begun)) ms"
  }

  /// Of each report all steps, or only those that did not pass.
  private func acknowledgements(of delivery: JSONValue, all: Bool) {
    for acknowledgement in delivery.list("acknowledgements") {
      let step = acknowledgement["step"] == nil ? "" : " at step \(acknowledgement.word("step"))"
      output.text("\nacknowledgement \(acknowledgement.word("kindText"))\n")
      output.facts([
        ("  id", acknowledgement.word("id")),
        ("  verdict", acknowledgement.word("verdict") + step),
        ("  received", acknowledgement.word("receivedAt")),
        ("  signed", acknowledgement.word("signedAt")),
      ])
      let said = said(acknowledgement)
      if !said.isEmpty { output.facts([("  says", said)]) }
      let report = acknowledgement.list("report")
      let steps = all ? report : report.filter { !isPassed($0) }
      guard !steps.isEmpty else {
        if !report.isEmpty { output.text("  all \(report.count) steps passed\n") }
        continue
      }
      output.table(
        [.init("STEP", .right), .init("WHAT"), .init("OUTCOME"), .init("CODE"), .init("DETAIL")],
        steps.map { step in ["step", "title", "outcome", "code", "detail"].map(step.word) })
    }
  }

  /// Which files the partner has come for.
  private func fetches(of delivery: JSONValue) {
    let fetched = delivery.list("attachmentsFetched")
    guard !fetched.isEmpty else { return }
    output.text("\nattachments fetched\n")
    output.table(
      [.init("ATTACHMENT"), .init("FIRST"), .init("LAST"), .init("TIMES", .right)],
      fetched.map { one in ["pointer", "first", "last", "times"].map(one.word) })
  }

  private func said(_ acknowledgement: JSONValue) -> String {
    let reasons = acknowledgement.list("reasons").map { reason in
      let to = reason["forwardTo"]?.text.map { ", forward to \($0)" } ?? ""
      return reason.word("code") + to
    }
    let codes = ["outcome", "date", "result"].compactMap { acknowledgement[$0]?.text }
    return (reasons + codes).joined(separator: "; ")
  }

  private func isPassed(_ step: JSONValue) -> Bool { step["outcome"]?.text == "passed" }
}
