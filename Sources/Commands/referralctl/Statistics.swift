/// statistics preview, send and list: numbers of a quarter for one partner.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON

extension Command {
  static let statisticsPreview = Command(
    Verb.statisticsPreview.path, summary: "What a partner would get of the numbers of a quarter.",
    discussion: """
      Counts what is kept of the referrals first accepted in that quarter, and shows the tables as
      they would go. No number below the threshold is shown, here neither; which of the cells held
      back are small, and which were given up so that nobody can work those out, is not said.
      Nothing is sent or kept. What the rules mean: docs/statistics.md.
      """,
    operands: [Operand("QUARTER")],
    options: [
      CommandOption(
        "--partner", placeholder: "CODE", required: true, summary: "for this partner")
    ],
    examples: [
      Example(
        "referralctl statistics preview 2026-Q3 --partner nationaal-rapporteur",
        "the third quarter of 2026")
    ])

  static let statisticsSend = Command(
    Verb.statisticsSend.path, summary: "Makes the batch of a quarter for one partner and sends it.",
    discussion: """
      For a quarter that is over, once: a second order is refused with status 73 and names the
      delivery of the first. There are no corrections either, because the difference of two editions
      can be one person. What happens to the delivery afterwards is like any other: show, list,
      resend, await acked.
      """,
    operands: [Operand("QUARTER")],
    options: [
      CommandOption("--partner", placeholder: "CODE", required: true, summary: "to this partner"),
      Options.reason,
    ],
    examples: [
      Example(
        "referralctl statistics send 2026-Q3 --partner nationaal-rapporteur --reason 'agreed date'",
        "make it and send it")
    ])

  static let statisticsList = Command(
    Verb.statisticsList.path, summary: "The batches made so far, and what became of them.",
    examples: [Example("referralctl statistics list", "the latest first")])
}

extension Session {
  func statisticsPreview() async -> ExitCode {
    guard let quarter = quarter() else { return .usage }
    let answer = await daemon.get(
      "/v1/statistics/\(quarter)/preview", [("partner", arguments.value("--partner"))])
    return present(answer) { lines in lines.forEach(describe) }
  }

  func statisticsSend() async -> ExitCode {
    guard let quarter = quarter(), isReasonUsable() else { return .usage }
    guard let reason = arguments.value("--reason") else {
      return usage("a batch needs a reason", "add --reason with a few words for the audit")
    }
    let order: JSONObject = [
      "partner": .string(arguments.value("--partner") ?? ""), "reason": .string(reason),
    ]
    let answer = await daemon.post(
      "/v1/statistics/\(quarter)", [], JSONWriter.write(.object(order)),
      whenLost: "see whether it was made with: referralctl statistics list")
    return present(answer) { lines in
      for line in lines {
        output.text(
          "\(line.word("id"))  the batch of \(line.word("quarter")) goes to "
            + "\(line.word("partner"))\n")
      }
    }
  }

  func statisticsList() async -> ExitCode {
    present(await daemon.get("/v1/statistics")) { lines in
      guard !lines.isEmpty else {
        output.text("no batch was made\n")
        return
      }
      output.table(
        [.init("QUARTER"), .init("PARTNER"), .init("STATE"), .init("ORDERED"), .init("ID")],
        lines.map { line in ["quarter", "partner", "state", "orderedAt", "id"].map(line.word) })
    }
  }

  /// Nil after saying so.
  private func quarter() -> String? {
    let text = arguments.operands[0]
    let octets = Array(text.utf8)
    let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
    guard octets.count == 7, octets[..<4].allSatisfy(isDigit), octets[4] == 0x2D,
      octets[5] == 0x51, (0x31...0x34).contains(octets[6])
    else {
      _ = usage("a quarter is a year and one of Q1 to Q4", "write it such as 2026-Q3")
      return nil
    }
    return text
  }

  private func describe(_ preview: JSONValue) {
    let data = preview["data"] ?? .null
    let complete =
      data["complete"]?.flag == true
      ? "" : "; incomplete, since the content of some referrals is no longer kept"
    output.text(
      "\(preview.word("partner")) would get \(preview.word("quarter")) in schema version "
        + "\(preview.word("schemaVersion")), no number below \(data.word("threshold"))\(complete)\n"
        + (preview["exercise"]?.flag == true ? "exercises only are counted\n" : "") + "\n")
    output.table(
      [.init("TABLE"), .init("EFFECT"), .init("RULE"), .init("CELLS TOLD", .right), .init("WHY")],
      preview.list("lines").map { line in
        [
          line.word("table"), line.word("effect"), line.word("rule"),
          "\(line.word("told")) of \(line.word("cells"))", line.word("reason"),
        ]
      })
    for table in data.list("tables") where table["cells"] != nil {
      let total = table["total"] == nil ? "no total, cells overlap" : "total \(table.word("total"))"
      output.text("\n\(table.word("name")) (\(total))\n\n")
      output.table(
        [.init("CODE"), .init("NUMBER", .right)],
        table.list("cells").map { cell in
          [cell.word("code"), cell["count"] == nil ? "-" : cell.word("count")]
        })
    }
  }
}
