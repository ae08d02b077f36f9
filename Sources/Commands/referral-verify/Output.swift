/// A table for people, JSON Lines for programs; what is wrong goes to standard error.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Arguments
import JSON
import OpenSSL
import Platform
import Signing
import Wire

struct Output {
  let asJSON: Bool

  func show(_ judged: Judged, of verb: String, at moment: JudgedAt, pinned: Bool) {
    guard !asJSON else {
      let steps = judged.verdict.report.lines.map { line in
        [("v", 1), ("kind", "step")]
          + VerificationReport.json(of: line).members.map {
            ($0.name, $0.value)
          }
      }
      write(
        steps.map(object) + judged.files.map(line)
          + [object(judged.facts(of: verb, at: moment, pinned: pinned))])
      return
    }
    var table = TextTable([.init("", .right), .init("step"), .init("outcome"), .init("")])
    for line in judged.verdict.report.lines {
      table.add([
        String(line.step.rawValue), line.step.title, line.outcome.rawValue,
        [line.code?.rawValue, line.detail].compactMap { $0 }.joined(separator: "; "),
      ])
    }
    for file in judged.files {
      let id = Printable.text(file.id, limitCharacters: 80)
      table.add(["", "attachment \(id)", file.outcome, file.code ?? ""])
    }
    Standard.output(table.text + "\n" + people(judged, at: moment, pinned: pinned))
  }

  private func line(_ file: ComparedFile) -> JSONValue {
    let members: [(String, JSONValue)] = [
      ("v", 1), ("kind", "attachment"), ("id", .string(file.id)),
      ("outcome", .string(file.outcome)),
    ]
    return object(members + (file.code.map { [("code", .string($0))] } ?? []))
  }

  /// The closing line where no step could be taken.
  func leaveOpen(_ verb: String, _ complaint: Complaint) {
    guard asJSON else { return Standard.output("cannot decide: \(complaint.code)\n") }
    write([
      object([
        ("v", 1), ("kind", "verdict"), ("verb", .string(verb)), ("verdict", "undecided"),
        ("exit", .number(JSONNumber(Int64(complaint.exit.rawValue)))),
        ("code", .string(complaint.code)),
      ])
    ])
  }

  func complain(_ complaint: Complaint) {
    guard asJSON else {
      let about = complaint.file.map { Printable.text($0, limitCharacters: 200) }
      Standard.error("\(about ?? tool.name): \(complaint.message)\n  \(complaint.hint)\n")
      return
    }
    var members: [(String, JSONValue)] = [
      ("v", 1), ("kind", "error"), ("code", .string(complaint.code)),
      ("message", .string(complaint.message)), ("hint", .string(complaint.hint)),
      ("exit", .number(JSONNumber(Int64(complaint.exit.rawValue)))),
    ]
    if let file = complaint.file { members.append(("file", .string(file))) }
    Standard.error(Output.line(object(members)))
  }

  private func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(JSONObject(members.map { JSONMember($0.0, $0.1) }))
  }

  private func write(_ values: [JSONValue]) {
    Standard.output(values.map(Output.line).joined())
  }

  private static func line(_ value: JSONValue) -> String {
    String(decoding: JSONWriter.write(value) + [0x0A], as: UTF8.self)
  }

  private func people(_ judged: Judged, at moment: JudgedAt, pinned: Bool) -> String {
    let verdict = judged.verdict
    let facts = judged.facts(of: "", at: moment, pinned: pinned)
    let names: [(name: String, title: String)] = [
      ("signer", verdict.signature == nil ? "claims to be" : "signed by"), ("oin", "OIN"),
      ("organizationIdentifier", "organisation"), ("signedAt", "signed at"),
      ("judgedAt", "judged at"), ("type", "type"), ("id", "id"), ("source", "from"),
      ("recipient", "to"), ("time", "made at"), ("expires", "expires"),
      ("acknowledges", "about"), ("acknowledgement", "says"), ("payloadDigest", "its octets"),
      ("messageSignatureDigest", "its signature"), ("bodyDigest", "these octets"),
      ("signatureDigest", "this signature"),
    ]
    var text = names.compactMap { row in
      facts.first { $0.name == row.name }?.value.text.map { (row.title, $0) }
    }.map { Output.row($0.0, $0.1) }.joined()
    for (index, certificate) in (verdict.signature?.chain ?? []).enumerated() {
      text += Output.row(index == 0 ? "chain" : "", certificate.subject)
    }
    if pinned, verdict.signature != nil { text += Output.row("", "(pinned, no path asked)") }
    return text + "\n\(judged.words)\n"
  }

  private static func row(_ title: String, _ value: String) -> String {
    let space = String(repeating: " ", count: max(1, 16 - title.utf8.count))
    return title + space + Printable.text(value, limitCharacters: 400) + "\n"
  }
}
