/// What referral-partner offers on the command line.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Reception

private let sources = [
  CommandOption("--state", placeholder: "DIR", summary: "state folder; no server may use it now"),
  CommandOption("--socket", placeholder: "PATH", summary: "admin socket of the running server"),
]
private let exerciseSteps = ExercisePlan.vocabulary.map { step in
  let space = String(repeating: " ", count: max(1, 25 - step.usage.count))
  return "  " + step.usage + space + step.meaning
}.joined(separator: "\n")
private let json = CommandOption("--json", summary: "one JSON object in place of text")

let tool = Tool(
  name: "referral-partner",
  summary: "Receives referrals as a partner does: checks, keeps, answers with a signed receipt.",
  commands: [
    Command(
      ["serve"], summary: "Runs until SIGTERM.",
      discussion: """
        Takes documents at POST /v1/referrals over mutual TLS and tells GET /v1/health. Prints
        'listening PORT' once it is ready. With a table [gateway] in its configuration it also
        brings to the sender what 'acknowledge' says, until the sender has taken it; and with
        change_executed_after_seconds it says by itself that corrections and withdrawals were
        executed, and with fetches_attachments it fetches the files that documents name. Every error
        of the configuration is printed with its place, and ends it with status 78.

        With --exercise it misbehaves as a plan says, so that a sender can practise. It starts only
        if its own identity and the sender's are test OINs (00000099...). A plan is a list of
        steps with commas between, one step for each document that comes; *3 repeats a step three
        times, * for ever, and after the last step the partner is honest. Steps:

        \(exerciseSteps)
        """,
      options: [
        CommandOption(
          "--config", placeholder: "FILE", required: true, summary: "configuration, TOML"),
        CommandOption(
          "--exercise", placeholder: "PLAN", summary: "misbehave; between test identities only"),
      ],
      examples: [
        Example("referral-partner serve --config partner.toml", "run this partner"),
        Example(
          "referral-partner serve --config partner.toml --exercise 'slow=5, unsigned-200, 503*3'",
          "five bad answers, then honest"),
      ]),
    Command(
      ["effects"], summary: "Counts documents, effects and repeats.",
      discussion: """
        An effect is a change of what the partner knows: one for each revision of a referral,
        however often it came. More effects than revisions would be a mistake.
        """,
      options: sources + [json],
      examples: [Example("referral-partner effects --socket admin.sock --json", "for a test")]),
    Command(["list"], summary: "Lists the documents taken.", options: sources + [json]),
    Command(
      ["find"], summary: "Says whether a text stands in any document kept, and in how many.",
      discussion: "The documents are not shown. Status 1 when the text is in none of them.",
      operands: [Operand("TEXT")], options: sources,
      examples: [
        Example("referral-partner find --socket admin.sock -", "the text from standard input")
      ]),
    Command(
      ["export"], summary: "Writes a document, its signature and the certificate to a folder.",
      discussion: """
        Writes body.json, headers.txt, the values alone as digest and signature, signer.pem,
        receipt.json and receipt-headers.txt, so that openssl can verify them offline, and each
        attachment that is here as attachment-ID.
        """,
      operands: [Operand("ID")],
      options: sources + [
        CommandOption(
          "--output", short: "-o", placeholder: "FOLDER", required: true,
          summary: "made where it is missing")
      ]),
    acknowledgeCommand,
    Command(
      ["acknowledgements"],
      summary: "Lists what was said about documents later, and whether the sender has taken it.",
      options: sources + [json]),
    Command(
      ["attachments"],
      summary: "Lists the files that documents name, and how far each has come.",
      discussion: """
        With fetches_attachments = true in the table [gateway] the running server fetches them by
        itself, compares each with the size and digest that the signed document says, and keeps
        what is the file. What is another file three times is called unreadable, and the sender is
        told. 'export' writes those that are kept; a withdrawal erases them.
        """,
      options: sources + [json]),
  ],
  exitStatuses: [
    ExitStatus(ExitCode.success, "done, or found"),
    ExitStatus(
      ExitCode.notFound, "not found, erased by a withdrawal, or refused by the sender"),
    ExitStatus(Tool.usageStatus, "the command line is not understood"),
    ExitStatus(ExitCode.dataError, "the acknowledgement does not fit the schema of its kind"),
    ExitStatus(ExitCode.noInput, "there is no store in the state folder"),
    ExitStatus(ExitCode.unavailable, "the server cannot start, or cannot be reached"),
    ExitStatus(ExitCode.broken, "the store broke; start again"),
    ExitStatus(ExitCode.cannotCreate, "the output cannot be written"),
    ExitStatus(
      ExitCode.temporary,
      "a running server has the store open, use --socket; or it will be brought again later"),
    ExitStatus(ExitCode.configuration, "the configuration is wrong"),
  ], manual: .referralPartner)
