/// Tables for people, JSON Lines for programs; errors go to standard error in the same form.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

struct Output: Sendable {
  let asJSON: Bool

  func lines(_ values: [JSONValue]) {
    for value in values {
      Standard.output(String(decoding: JSONWriter.write(value), as: UTF8.self) + "\n")
    }
  }

  func text(_ text: String) { Standard.output(text) }

  /// What is wrong and what to do about it.
  func complain(_ code: String, _ message: String, _ hint: String, exit: Int32) {
    guard asJSON else {
      Standard.error("referralctl: \(message)\n  \(hint)\n")
      return
    }
    let line: JSONObject = [
      "v": 1, "kind": "error", "code": .string(code), "message": .string(message),
      "hint": .string(hint), "exit": .number(JSONNumber(Int64(exit))),
    ]
    Standard.error(String(decoding: JSONWriter.write(.object(line)), as: UTF8.self) + "\n")
  }

  /// Refusals line by line, then the closing error.
  func problem(_ lines: [JSONValue]) {
    guard !asJSON else {
      for line in lines {
        Standard.error(String(decoding: JSONWriter.write(line), as: UTF8.self) + "\n")
      }
      return
    }
    for line in lines {
      guard line["kind"]?.text == "refusal" else {
        Standard.error(
          "referralctl: \(line.word("message"))\n  \(line.word("hint"))\n")
        continue
      }
      let partner = line["partner"]?.text.map { " for \($0)" } ?? ""
      let place = line.word("pointer").isEmpty ? "the whole" : line.word("pointer")
      let detail = line["detail"]?.text.map { " (\(Printable.text($0, limitCharacters: 200)))" }
      Standard.error(
        """
          \(line.word("rule")) at \(Printable.text(place, limitCharacters: 200))\(partner)
            \(line.word("wrong"))\(detail ?? "")
            \(line.word("remedy"))

        """)
    }
  }

  func unreachable(_ socket: String) -> Int32 {
    complain(
      "daemon-unreachable", "the gateway does not answer on \(socket)",
      "is it running? see: systemctl status referral-gateway; journalctl -u referral-gateway",
      exit: 75)
    return 75
  }

  func table(_ columns: [TextTable.Column], _ rows: [[String]]) {
    var table = TextTable(columns)
    for row in rows { table.add(row) }
    text(table.text)
  }
}

extension JSONValue {
  /// A member as a word for a table; "-" when absent.
  func word(_ name: String) -> String {
    guard let value = self[name] else { return "-" }
    return value.text ?? value.number?.text ?? value.flag.map { $0 ? "yes" : "no" } ?? "-"
  }

  func words(_ name: String) -> String {
    (self[name]?.elements ?? []).compactMap(\.text).joined(separator: " ")
  }
}
