/// preview: what one partner would get.
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
        + "a document of \(preview.word("documentOctets")) octets "
        + "in schema version \(preview.word("schemaVersion")), by \(policy(of: preview))\n\n")
    if !preview.list("losses").isEmpty {
      output.text(
        "that version cannot say: "
          + "\(Printable.text(preview.words("losses"), limitCharacters: 400))\n\n")
    }
    output.table(
      [
        .init("FIELD"), .init("EFFECT"), .init("RULE"), .init("FIELDS", .right), .init("WHY"),
      ],
      summary.rows.map {
        [
          Printable.text($0.row.place, limitCharacters: 80), $0.row.effect, $0.row.rule,
          String($0.count), Printable.text($0.row.reason, limitCharacters: 200),
        ]
      })
    let totals = summary.totals.map { "\($0.count) \($0.effect)" }
    output.text("\n\(totals.isEmpty ? "no fields" : totals.joined(separator: ", "))\n")
    guard let data = preview["data"] else { return }
    let pretty = String(decoding: JSONWriter.writePretty(data), as: UTF8.self)
    output.text("\n")
    for line in pretty.split(separator: "\n") { output.text(Printable.text(String(line)) + "\n") }
  }

  /// "own" or "project:NAME".
  private func policy(of preview: JSONValue) -> String {
    let word = preview.word("policy")
    let version = preview.word("policyVersion")
    return word == "own"
      ? "its policy, version \(version)" : "the policy of \(word), version \(version)"
  }
}
