/// Everything that referralctl offers, as one table.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Referrals

let version = "0.1.0"
let defaultSocket = "/run/referral-gateway-admin/admin.sock"

let tool = Tool(
  name: "referralctl",
  summary: "Looks after the referral gateway: hand in, look, send again.",
  commands: Verb.allCases.map(\.command),
  options: [
    CommandOption(
      "--socket", placeholder: "PATH",
      summary: "the daemon's admin socket (or REFERRAL_ADMIN_SOCKET)"),
    CommandOption(
      "--json", summary: "JSON Lines; the default when standard output is no terminal"),
    CommandOption(
      "--timeout", placeholder: "SECONDS",
      summary: "give up on an answer after this long (default: 10)"),
  ],
  examples: [
    Example("referralctl status", "is all well?"),
    Example("referralctl preview referral.json --partner emm", "what would this partner get?"),
    Example("referralctl submit --wait 60s referral.json", "hand it in, wait for the receipts"),
    Example("referralctl list --state HELD", "what waits for a person?"),
    Example("referralctl show ID", "one delivery: attempts and acknowledgements"),
    Example("referralctl list --json | jq -r .id", "for programs: one JSON object in each line"),
    Example("referralctl --socket \(defaultSocket) status", "the default socket, in full"),
  ],
  exitStatuses: ExitCode.table)

/// Shared by the verbs that the audit remembers.
private let reason = CommandOption(
  "--reason", placeholder: "TEXT",
  summary: "why, in a few words for the audit; no personal data")

extension Command {
  static let status = Command(
    Verb.status.path, summary: "How the gateway is: queues, partners, keys.",
    discussion: """
      Counts by partner and state, the age of the oldest open delivery, the last receipt of each
      partner, what holds a partner up, and the days left on keys and certificates.
      """,
    examples: [
      Example("referralctl status", "is all well?"),
      Example("referralctl status --json | jq .oldestOpenSeconds", "for a monitor"),
    ])

  static let list = Command(
    Verb.list.path, summary: "Deliveries by filter, newest first.",
    discussion: """
      One row for each document to one partner, without its content. Filters add up. QUEUED,
      SENDING, AWAITING and DEFERRED go on by themselves; HELD and DEAD wait for a person;
      DELIVERED has a verified receipt.
      """,
    options: [
      CommandOption("--partner", placeholder: "CODE", summary: "only to this partner"),
      CommandOption(
        "--state", placeholder: "STATE", choices: DeliveryStates.inOrder,
        summary: "only in this state"),
      CommandOption(
        "--since", placeholder: "TIME",
        summary: "accepted since then: 90m, 2h, 3d, or 2026-11-23T12:00:00Z"),
      CommandOption(
        "--kind", placeholder: "KIND", choices: ReferralKind.allCases.map(\.rawValue),
        summary: "only this kind of referral"),
      CommandOption(
        "--limit", placeholder: "N", summary: "at most so many rows (default: 1000)"),
    ],
    examples: [
      Example("referralctl list --state HELD", "what waits for a person?"),
      Example("referralctl list --partner emm --since 2h", "the last two hours to one partner"),
    ])

  static let show = Command(
    Verb.show.path, summary: "One delivery: state, attempts, acknowledgements.",
    discussion: """
      Shows where the delivery stands, what became of its last attempts, and how each answer of
      the partner was verified; refused answers too. No content.
      """,
    operands: [Operand("ID")],
    options: [
      CommandOption(
        "--attempts", summary: "all attempts and steps, not only the last and the failed")
    ],
    examples: [
      Example("referralctl show 019ab1c2-7f00-7abc-8def-0123456789ab", "by an id of list"),
      Example("referralctl show --attempts 019ab1c2-7f00-7abc-8def-0123456789ab", "in full"),
    ])

  static let submit = Command(
    Verb.submit.path, summary: "Hands in referrals; the answer comes when they are durable.",
    discussion: """
      A file holds one submission, at most 1 MiB; "-" reads standard input. It is accepted for all
      its recipients or refused as a whole, with every reason: the rule, where, what is wrong and
      what to do. The same file again is answered as the first time, so after a lost answer simply
      submit it again. Of several files each is tried; the highest status is the one that counts.

      With --wait the command goes on until every delivery has its receipt, has ended otherwise,
      or waits for the partner (AWAITING) or a person (HELD): status 0 with all receipts, 1 when
      one came to rest without, 75 when a receipt may still come. A newer revision of the same
      referral replaces deliveries of the older one; that counts as in order.
      """,
    operands: [Operand("FILE", repeats: true)],
    options: [
      CommandOption(
        "--wait", placeholder: "SECONDS",
        summary: "wait for the receipts, at most so long: 60, 60s, 5m")
    ],
    examples: [
      Example("referralctl submit referral.json", "hand in one file"),
      Example("referralctl submit --wait 60s a.json b.json", "two, and wait for the receipts"),
      Example("make-referral | referralctl submit -", "from another program"),
    ])

  static let preview = Command(
    Verb.preview.path, summary: "What one partner would get, and which rule holds what back.",
    discussion: """
      Nothing is sent or kept. Each row is a field or, with * for the index, the same field of
      every element of a list: disclosed, generalised or removed, and the rule of the partner's
      policy that decided. The content itself is shown with --reveal only.
      """,
    operands: [Operand("FILE")],
    options: [
      CommandOption(
        "--partner", placeholder: "CODE", required: true, summary: "for this partner"),
      CommandOption("--reveal", summary: "show the content too; needs --reason, is audited"),
      reason,
    ],
    examples: [
      Example("referralctl preview referral.json --partner comensha", "field by field"),
      Example(
        "referralctl preview referral.json --partner emm --reveal --reason 'complaint 12'",
        "the document itself"),
    ])

  static let resend = Command(
    Verb.resend.path, summary: "Sends the same octets under the same id again.",
    discussion: """
      For what has no receipt and is not ended for good; anything else is refused with status 73.
      A partner that has it already answers with the receipt that it gave before, so nothing takes
      effect twice. --dry-run changes nothing and needs no reason.
      """,
    operands: [Operand("ID", repeats: true)],
    options: [
      CommandOption("--dry-run", summary: "say what would happen and do nothing"), reason,
    ],
    examples: [
      Example("referralctl resend ID --dry-run", "would it go?"),
      Example("referralctl resend ID --reason 'partner is back, by phone'", "send it"),
    ])

  static let metrics = Command(
    Verb.metrics.path, summary: "Numbers for a monitoring system, in Prometheus' text format.",
    discussion: """
      Counts since the start of the daemon and what is in the queues now: verdicts on
      acknowledgements, attempts by outcome, deliveries by state, the age of the oldest, what is
      suspended, and when lists and certificates end. docs/monitoring.md names them all.
      """,
    examples: [
      Example("referralctl metrics", "all of them"),
      Example(
        "referralctl metrics > /var/lib/prometheus/node-exporter/referral.prom",
        "for the textfile collector; write to a new name first and rename it"),
    ])

  static let partnerList = Command(
    Verb.partnerList.path, summary: "The partners in the register.",
    discussion: """
      With the detail level that each may get, how it is reached, and what holds it up now.
      """,
    examples: [Example("referralctl partner list", "who is there?")])

  static let partnerShow = Command(
    Verb.partnerShow.path,
    summary: "One partner: identity, road, algorithms, policy, certificates.",
    discussion: """
      What the register in force says about the partner, with the digests of its files.
      """,
    operands: [Operand("CODE")],
    examples: [Example("referralctl partner show emm", "one of those of partner list")])

  static let configCheck = Command(
    Verb.configCheck.path, summary: "Checks a configuration folder; works without the daemon.",
    discussion: """
      Reads gateway.toml, partners.d, policies.d and every file that they name, as the daemon
      would. Prints every error at once as file:line:column with what to do, and ends with 78, or
      a summary and 0. Run it before: systemctl restart referral-gateway
      """,
    operands: [Operand("FOLDER", optional: true)],
    examples: [
      Example("referralctl config check", "the folder /etc/referral-gateway"),
      Example("referralctl config check ./etc", "another one"),
    ])

  static let schemaValidate = Command(
    Verb.schemaValidate.path,
    summary: "Checks documents against any JSON Schema 2020-12; works without the daemon.",
    discussion: """
      Documents are read as strict JSON. What does not fit is named by line and column, or by the
      JSON pointer of the member and the keyword, and ends it with 65. Formats are checked.
      Nothing is fetched: other schemas that it refers to, by identifier or by their place beside
      it, are named with --with. The draft's metaschema is known; other drafts are refused.
      """,
    operands: [Operand("DOCUMENT", repeats: true)],
    options: [
      CommandOption("--schema", placeholder: "FILE", required: true, summary: "the schema"),
      CommandOption(
        "--with", placeholder: "FILE", repeats: true, summary: "another schema that it refers to"),
      CommandOption("--annotate-formats", summary: "take formats as notes, do not check them"),
    ],
    examples: [
      Example(
        "referralctl schema validate --schema event.json answer.json", "does the answer fit?")
    ])
}
