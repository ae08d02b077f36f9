/// Everything that referralctl offers, as one table.
// SPDX-License-Identifier: Apache-2.0
import Arguments

let version = "0.1.0"

private let reason = CommandOption(
  "--reason", placeholder: "TEXT", summary: "why, in a few words; kept in the audit")

let tool = Tool(
  name: "referralctl",
  summary: "Looks after the referral gateway: hand in, look, send again.",
  commands: deliveryCommands + submissionCommands + registerCommands,
  options: [
    CommandOption(
      "--socket", placeholder: "PATH",
      summary: "the daemon's admin socket (or REFERRAL_ADMIN_SOCKET)"),
    CommandOption("--json", summary: "JSON Lines; the default when the output is no terminal"),
    CommandOption(
      "--timeout", placeholder: "SECONDS", summary: "give up after this long (default: 10)"),
  ],
  examples: [
    Example("referralctl submit referral.json", "hand in a referral"),
    Example("referralctl list --state HELD", "what waits for a person?"),
    Example("referralctl show ID", "one delivery with attempts and acknowledgements"),
  ],
  exitStatuses: [
    ExitStatus(0, "done"),
    ExitStatus(1, "checked, and the answer is no"),
    ExitStatus(64, "the command line is not understood"),
    ExitStatus(65, "bad data, or the policy refuses it"),
    ExitStatus(66, "no such id or partner"),
    ExitStatus(70, "the gateway failed"),
    ExitStatus(73, "the present state does not allow it"),
    ExitStatus(75, "try again: the daemon does not answer, or the disk is full"),
    ExitStatus(77, "you may not do this"),
    ExitStatus(78, "the configuration is wrong"),
  ])

private let deliveryCommands = [
  Command(
    ["status"], summary: "How the gateway is: queues, partners, keys.",
    discussion: "Counts by partner and state, the age of the oldest open delivery, days left.",
    examples: [Example("referralctl status", "is all well?")]),
  Command(
    ["list"], summary: "Deliveries, newest first.",
    discussion: "One row for each document to one partner. No content.",
    options: [
      CommandOption("--partner", placeholder: "CODE", summary: "only to this partner"),
      CommandOption(
        "--state", placeholder: "STATE",
        choices: [
          "QUEUED", "SENDING", "AWAITING", "DEFERRED", "HELD", "DELIVERED", "DEAD", "EXPIRED",
          "CANCELLED",
        ], summary: "only in this state"),
      CommandOption(
        "--since", placeholder: "TIME", summary: "accepted since: RFC 3339, or 2h, 3d"),
      CommandOption("--kind", placeholder: "KIND", summary: "only this kind of referral"),
      CommandOption("--limit", placeholder: "N", summary: "at most so many (default: 1000)"),
    ],
    examples: [
      Example("referralctl list --partner emm --since 2h", "the last two hours to one partner")
    ]),
  Command(
    ["show"], summary: "One delivery: state, attempts, acknowledgements with their reports.",
    discussion: "Every verification step of every answer is shown, refused answers too.",
    operands: [Operand("ID")],
    examples: [Example("referralctl show 019ab1c2-7f00-7abc-8def-0123456789ab", "by its id")]),
  Command(
    ["resend"], summary: "Sends the same octets under the same id again.",
    discussion: """
      Only what has no receipt and is not ended for good. The partner answers a repeat with the
      receipt that it gave before, so nothing takes effect twice.
      """,
    operands: [Operand("ID", repeats: true)],
    options: [
      CommandOption("--dry-run", summary: "say what would happen and do nothing"), reason,
    ],
    examples: [
      Example("referralctl resend ID --dry-run", "would it go?"),
      Example("referralctl resend ID --reason 'partner is back'", "send it"),
    ]),
]

private let submissionCommands = [
  Command(
    ["submit"], summary: "Hands in referrals; the answer comes when they are durable.",
    discussion: """
      A file is accepted for all its recipients or refused as a whole, with every reason. The same
      file again is answered as the first time. "-" reads standard input.
      """,
    operands: [Operand("FILE", repeats: true)],
    options: [
      CommandOption(
        "--wait", placeholder: "SECONDS", summary: "wait for the receipts, at most so long")
    ],
    examples: [
      Example("referralctl submit referral.json", "hand in one file"),
      Example("referralctl submit --wait 60 a.json b.json", "and wait for the receipts"),
    ]),
  Command(
    ["preview"], summary: "What one partner would get, and which rule holds what back.",
    discussion: "Nothing is sent or kept. The content itself is shown with --reveal only.",
    operands: [Operand("FILE")],
    options: [
      CommandOption(
        "--partner", placeholder: "CODE", required: true, summary: "for this partner"),
      CommandOption("--reveal", summary: "show the content too; needs --reason"), reason,
    ],
    examples: [Example("referralctl preview referral.json --partner comensha", "field by field")]),
]

private let registerCommands = [
  Command(
    ["partner", "list"], summary: "The partners in the register.", discussion: "",
    examples: [Example("referralctl partner list", "who is there?")]),
  Command(
    ["partner", "show"], summary: "One partner: identity, road, algorithms, policy, certificates.",
    discussion: "", operands: [Operand("CODE")],
    examples: [Example("referralctl partner show emm", "one of them")]),
  Command(
    ["config", "check"], summary: "Checks a configuration folder; works without the daemon.",
    discussion: "Prints every error at once as file:line:column.",
    operands: [Operand("FOLDER", optional: true)],
    examples: [
      Example("referralctl config check", "the folder /etc/referral-gateway"),
      Example("referralctl config check ./etc", "another one"),
    ]),
]
