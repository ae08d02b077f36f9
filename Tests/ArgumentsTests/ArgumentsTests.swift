/// Command lines: what is understood, what is refused and with which advice.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Testing

let tool = Tool(
  name: "postctl", summary: "looks after the post",
  commands: [
    Command(
      ["list"], summary: "letters by filter",
      options: [
        CommandOption(
          "--state", placeholder: "STATE", choices: ["queued", "held"], repeats: true,
          summary: "only these"),
        CommandOption("--wait", short: "-w", placeholder: "SECONDS", summary: "how long"),
        CommandOption("--dry-run", summary: "say what would happen"),
      ]),
    Command(
      ["resend"], summary: "send the same octets again",
      discussion: "Acknowledged letters are refused.", operands: [Operand("ID", repeats: true)],
      options: [
        CommandOption("--reason", placeholder: "TEXT", required: true, summary: "for the audit")
      ],
      examples: [Example("postctl resend 7 --reason lost", "sends letter 7 once more")]),
    Command(["partner", "show"], summary: "one partner", operands: [Operand("CODE")]),
    Command(["partner", "list"], summary: "all partners"),
  ],
  options: [CommandOption("--json", summary: "JSON Lines instead of tables")],
  examples: [Example("postctl list --state held", "everything that waits for a person")],
  exitStatuses: [ExitStatus(0, "done"), ExitStatus(64, "usage")])

private func run(_ words: String...) -> (String, ParsedArguments)? {
  guard case .run(let command, let values) = tool.parse(words) else { return nil }
  return (command.name, values)
}

private func refusal(_ words: String...) -> String {
  guard case .usage(let message, let suggestion) = tool.parse(words) else { return "understood" }
  return message + (suggestion.map { " -> " + $0 } ?? "")
}

@Test func `finds commands of one and of two words`() throws {
  #expect(run("list")?.0 == "list")
  let show = try #require(run("partner", "show", "police"))
  #expect(show.0 == "partner show")
  #expect(show.1.operands == ["police"])
}

@Test func `reads values behind a space and behind an equals sign`() throws {
  let (_, values) = try #require(
    run("list", "--state=queued", "--state", "held", "-w", "5", "--dry-run"))
  #expect(values.values("--state") == ["queued", "held"])
  #expect(values.value("--wait") == "5")
  #expect(values.has("--dry-run"))
  #expect(!values.has("--json"))
  #expect(run("list", "--wait=a=b")?.1.value("--wait") == "a=b")
}

@Test func `understands options of the tool before and after the command`() {
  #expect(run("--json", "partner", "list")?.1.has("--json") == true)
  #expect(run("partner", "list", "--json")?.1.has("--json") == true)
}

@Test func `a lone dash is an operand and two dashes end the options`() {
  #expect(run("resend", "--reason", "x", "-", "7")?.1.operands == ["-", "7"])
  #expect(run("resend", "--reason", "x", "--", "--json")?.1.operands == ["--json"])
}

@Test func `refuses what it does not know and says what is near`() {
  #expect(refusal("lsit") == "unknown command 'lsit' -> list")
  #expect(refusal("partner", "shwo") == "unknown command 'partner shwo' -> partner show")
  #expect(refusal("help", "partner", "shwo") == "unknown command 'partner shwo' -> partner show")
  #expect(refusal("frobnicate") == "unknown command 'frobnicate'")
  #expect(refusal("list", "--sate", "held") == "unknown option '--sate' -> --state")
  #expect(refusal("list", "-wx") == "unknown option '-wx'")
  #expect(
    refusal("list", "--state", "hold")
      == "'--state' cannot be 'hold' but one of: queued, held -> held")
}

@Test func `refuses incomplete and contradictory lines`() {
  #expect(refusal() == "no command given")
  #expect(refusal("partner") == "'partner' needs one of: show, list")
  #expect(refusal("partner", "show") == "CODE is missing")
  #expect(refusal("partner", "show", "a", "b") == "unexpected argument 'b'")
  #expect(refusal("list", "--wait") == "'--wait' needs a value, SECONDS")
  #expect(refusal("list", "--wait", "1", "--wait", "2") == "'--wait' is given twice")
  #expect(refusal("list", "--dry-run=yes") == "'--dry-run' takes no value")
  #expect(refusal("resend", "7") == "'--reason' is required")
}

@Test func `a complaint cannot steer the terminal`() {
  #expect(refusal("\u{1B}[2J") == "unknown command '\u{FFFD}[2J'")
}

@Test func `a tool that does one thing has no command word`() {
  let one = Tool(
    name: "check", summary: "checks",
    commands: [
      Command([], summary: "checks", operands: [Operand("FILE")])
    ])
  guard case .run(_, let values) = one.parse(["letter"]) else {
    Issue.record("not understood")
    return
  }
  #expect(values.operands == ["letter"])
}

@Test func `a complaint says where help is`() {
  #expect(
    tool.complaint(message: "unknown command 'lsit'", suggestion: "list")
      == "postctl: unknown command 'lsit'; did you mean 'list'?\nTry 'postctl --help'.\n")
  #expect(Tool.usageStatus == 64)
}
