/// Says something about a document; the running server signs it and brings it to the sender.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Fetch
import JSON
import Platform
import Referrals

/// Each option with the member that it becomes, by kind.
private struct Wording {
  let option: String
  let member: String
  let kinds: Set<AcknowledgementKind>
}

private let wordings = [
  Wording(option: "--to", member: "forwardedTo", kinds: [.forwarded]),
  Wording(option: "--at", member: "at", kinds: [.forwarded]),
  Wording(option: "--answer-by", member: "answerBy", kinds: [.query]),
  Wording(option: "--scheme", member: "scheme", kinds: [.caseNumber]),
  Wording(option: "--value", member: "value", kinds: [.caseNumber]),
  Wording(option: "--outcome", member: "outcome", kinds: [.followUp]),
  Wording(option: "--date", member: "date", kinds: [.followUp]),
  Wording(option: "--result", member: "result", kinds: [.changeExecuted]),
]

/// Options that become something inside a member.
private let inside: [String: AcknowledgementKind] = [
  "--reason": .rejection, "--pointer": .rejection, "--forward-to": .rejection,
  "--contact": .acceptance, "--phone": .acceptance, "--question": .query,
]

let acknowledgeCommand = Command(
  ["acknowledge"], summary: "Says something about a document: signed, kept, and brought.",
  discussion: """
    Through the running server, which needs a table [gateway] in its configuration. It signs once
    and brings the same octets again and again until the sender has taken or refused them; this
    command waits for the first attempt. ID is the document's, as 'list' shows it.

    What each kind says: acceptance [--contact FUNCTION [--phone NUMBER]]; rejection --reason CODE
    [--pointer POINTER] [--forward-to URN]; forwarded --to NAME [--at TIME]; query --question TEXT
    [--answer-by TIME]; case-number --scheme SCHEME --value NUMBER; follow-up --outcome CODE
    --date DAY; change-executed --result RESULT; receipt. Put no names of people into the command
    line: a question may come from standard input with --question -.
    """,
  operands: [Operand("ID")],
  options: [
    CommandOption(
      "--socket", placeholder: "PATH", required: true, summary: "admin socket of the server"),
    CommandOption(
      "--kind", placeholder: "KIND", choices: AcknowledgementKind.allCases.map(\.rawValue),
      required: true, summary: "what is said"),
    CommandOption("--reason", placeholder: "CODE", summary: "of the list rejection-reasons"),
    CommandOption("--pointer", placeholder: "POINTER", summary: "where in the document, RFC 6901"),
    CommandOption(
      "--forward-to", placeholder: "URN", summary: "who is competent, with not-competent"),
    CommandOption("--contact", placeholder: "FUNCTION", summary: "who deals with it"),
    CommandOption("--phone", placeholder: "NUMBER", summary: "of the contact, +31..."),
    CommandOption("--to", placeholder: "NAME", summary: "the body that it was given to"),
    CommandOption("--at", placeholder: "TIME", summary: "when (default: now)"),
    CommandOption(
      "--question", placeholder: "TEXT", repeats: true, summary: "what is asked; - reads it"),
    CommandOption("--answer-by", placeholder: "TIME", summary: "until when an answer helps"),
    CommandOption("--scheme", placeholder: "SCHEME", summary: "of the list case-number-schemes"),
    CommandOption("--value", placeholder: "NUMBER", summary: "the case number"),
    CommandOption("--outcome", placeholder: "CODE", summary: "of the list follow-up-outcomes"),
    CommandOption("--date", placeholder: "DAY", summary: "when that was, 2026-11-30"),
    CommandOption("--result", placeholder: "RESULT", summary: "of the list change-results"),
    CommandOption("--json", summary: "one JSON object in place of text"),
  ],
  examples: [
    Example(
      "referral-partner acknowledge ID --socket admin.sock --kind acceptance",
      "somebody works on it"),
    Example(
      "referral-partner acknowledge ID --socket admin.sock --kind follow-up "
        + "--outcome prosecution-started --date 2026-11-30", "months later"),
  ])

func acknowledge(_ arguments: ParsedArguments) -> Int32 {
  guard let text = arguments.operands.first, let id = UniversalID(text),
    let kind = arguments.value("--kind").flatMap(AcknowledgementKind.init)
  else { return usage("ID is not the id of a document") }
  for wording in wordings where arguments.has(wording.option) {
    guard wording.kinds.contains(kind) else {
      return usage("\(wording.option) does not belong to \(kind.rawValue)")
    }
  }
  for (option, owner) in inside where arguments.has(option) && owner != kind {
    return usage("\(option) does not belong to \(kind.rawValue)")
  }
  let order: JSONValue = [
    "documentId": .string(id.description), "kind": .string(kind.rawValue),
    "members": .object(members(kind, arguments)),
  ]
  let socket = arguments.value("--socket") ?? ""
  let body = JSONWriter.write(order)
  switch waiting(for: { await exchange(socket, "/acknowledgements", body) }) {
  case .answer(let answer): return tell(answer, asJSON: arguments.has("--json"))
  case .failure(let failure):
    Standard.error("referral-partner: \(socket): \(failure.kind.rawValue)\n")
    return ExitCode.unavailable
  }
}

private func members(_ kind: AcknowledgementKind, _ arguments: ParsedArguments) -> JSONObject {
  var members: JSONObject = [:]
  for wording in wordings {
    if let value = arguments.value(wording.option) { members[wording.member] = .string(value) }
  }
  func object(_ pairs: (String, String)...) -> JSONObject {
    var object: JSONObject = [:]
    for (option, member) in pairs {
      if let value = arguments.value(option) { object[member] = .string(value) }
    }
    return object
  }
  switch kind {
  case .acceptance where arguments.has("--contact") || arguments.has("--phone"):
    members["contact"] = .object(object(("--contact", "function"), ("--phone", "phone")))
  case .rejection:
    let reason = object(
      ("--reason", "code"), ("--pointer", "pointer"), ("--forward-to", "forwardTo"))
    members["reasons"] = .array([.object(reason)])
  case .query:
    members["questions"] = .array(
      arguments.values("--question").map { .object(["text": .string(question($0))]) })
  case .forwarded where members["at"] == nil:
    members["at"] = .string(SystemClock.now().description)
  case .receipt, .acceptance, .forwarded, .caseNumber, .followUp, .changeExecuted: break
  }
  return members
}

private func question(_ text: String) -> String {
  guard text == "-" else { return text }
  var octets = (try? Files.standardInput(limit: 4_096)) ?? []
  while octets.last == 0x0A { octets.removeLast() }
  return String(decoding: octets, as: UTF8.self)
}

private func tell(_ answer: FetchAnswer, asJSON: Bool) -> Int32 {
  let value = try? JSONReader.read(answer.body)
  switch answer.status {
  case 200: break
  case 404:
    Standard.error("referral-partner: there is no such document\n")
    return ExitCode.notFound
  case 409:
    Standard.error("referral-partner: the server's configuration has no table [gateway]\n")
    return ExitCode.configuration
  case 422:
    let place = value?["unfit"]?.text ?? ""
    Standard.error("referral-partner: it does not fit the schema of its kind: \(place)\n")
    return ExitCode.dataError
  default:  // OPEN: status codes are integers
    Standard.error("referral-partner: the server answers \(answer.status)\n")
    return ExitCode.unavailable
  }
  let words = ["state", "id", "status", "problem"].compactMap { name in
    value?[name]?.text ?? value?[name]?.integer.map(String.init)
  }
  if asJSON, let value {
    Standard.output(String(decoding: JSONWriter.write(value), as: UTF8.self) + "\n")
  } else {
    Standard.output(words.joined(separator: " ") + "\n")
  }
  switch value?["state"]?.text {
  case "taken": return ExitCode.success
  case "refused": return ExitCode.notFound
  default: return ExitCode.temporary  // OPEN: words of the server
  }
}

private func usage(_ text: String) -> Int32 {
  Standard.error("referral-partner: \(text)\n")
  return Tool.usageStatus
}
