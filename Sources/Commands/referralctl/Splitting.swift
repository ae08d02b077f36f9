/// split: two linked submissions from one that holds trafficking and smuggling; works alone.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform
import Referrals

extension Command {
  static let split = Command(
    Verb.split.path, summary: "Two linked submissions from one with trafficking and smuggling.",
    discussion: """
      Trafficking and smuggling never stand in one referral (R01). This writes one submission for
      each, linked by mixed-trafficking-smuggling, and hands in nothing. Statements, persons,
      organisations and offences stand in both: take out of each what belongs to the other, then
      submit both. The half that the file was meant to be keeps id and revision; the other is new.
      The same file gives the same ids again. A file that is there is not written over.
      """,
    operands: [Operand("FILE")],
    options: [
      CommandOption(
        "--output", short: "-o", placeholder: "DIR", required: true,
        summary: "the folder to write to; made when missing")
    ],
    examples: [Example("referralctl split mixed.json -o halves", "write both, then look at them")])
}

extension Session {
  func split() -> ExitCode {
    let file = arguments.operands[0]
    let octets: [UInt8]
    switch SubmissionFile.read(file, tellsTerminal: output.showsProgress) {
    case .failure(let refusal): return complain(refusal.complaint, file)
    case .success(let read): octets = read
    }
    let submission: JSONValue
    do throws(JSONError) {
      submission = try JSONReader.read(octets)
    } catch {
      return complain(
        Complaint(
          exit: .badData, code: error.code.rawValue,
          message: "\(error.code.rawValue) at line \(error.line), column \(error.column)",
          hint: error.hint), file)
    }
    guard let facts = MixedFacts(submission) else {
      return complain(
        Complaint(
          exit: .badData, code: "nothing-to-split",
          message: "does not hold both trafficking and smuggling in a signal of either kind",
          hint: "submit it as it is, or correct its header"), file)
    }
    return write(facts, from: file, to: arguments.value("--output") ?? ".")
  }

  private func write(_ facts: MixedFacts, from file: String, to folder: String) -> ExitCode {
    let halves = [("trafficking", facts.trafficking), ("smuggling", facts.smuggling)].map {
      (path: "\(folder)/\($0.0)-\($0.1.referralID).json", half: $0.1)
    }
    guard !halves.contains(where: { Files.exists($0.path) }) else {
      return complain(
        Complaint(
          exit: .badData, code: "file-exists", message: "was split into this folder before",
          hint: "look at what is there, or give another folder with -o"), file)
    }
    do {
      try Files.makeFolder(folder)
      for (path, half) in halves {
        try Files.write(JSONWriter.writePretty(half.submission), to: path)
      }
    } catch {
      return complain(
        Complaint(
          exit: .badData, code: "unwritable",
          message: "the folder cannot be written: \(error.reason)",
          hint: "give a folder of yours with -o"), file)
    }
    show(facts, halves, from: file)
    return .done
  }

  private func show(
    _ facts: MixedFacts, _ halves: [(path: String, half: MixedFacts.Half)], from file: String
  ) {
    guard !output.asJSON else {
      let line: JSONObject = [
        "v": 1, "kind": "split", "file": .string(file),
        "written": .array(
          halves.map {
            .object([
              "path": .string($0.path), "referralKind": .string($0.half.kind.rawValue),
              "referralId": .string($0.half.referralID.description),
            ])
          }), "lookAt": .array(facts.shared.map { .string($0.description) }),
      ]
      return output.lines([.object(line)])
    }
    output.text("two submissions written, nothing handed in:\n")
    for (path, half) in halves {
      output.text("  \(Printable.text(path, limitCharacters: 400))  \(half.kind.rawValue)\n")
    }
    let places = facts.shared.map(\.description).joined(separator: ", ")
    if !places.isEmpty {
      output.text("in both, to be sorted out before you submit them: \(places)\n")
    }
  }

  private func complain(_ complaint: Complaint, _ file: String) -> ExitCode {
    output.complain(complaint, about: .file(file))
    return complaint.exit
  }
}
