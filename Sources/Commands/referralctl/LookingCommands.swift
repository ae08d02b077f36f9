/// The commands that look and change nothing.
// SPDX-License-Identifier: Apache-2.0
import Arguments

extension Command {
  static let status = Command(
    Verb.status.path, summary: "How the gateway is: queues, partners, keys.",
    discussion: """
      Counts by partner and state, the age of the oldest open delivery, the last receipt of each
      partner, what holds a partner up, and the days left on keys and certificates.
      """,
    options: [
      CommandOption("--watch", summary: "draw it again and again, as top does; Ctrl-C ends it"),
      CommandOption(
        "--interval", placeholder: "SECONDS",
        summary: "between two drawings of --watch, 1 to 3600 (default: 2)"),
      CommandOption(
        "--count", placeholder: "N", summary: "end --watch after so many drawings"),
    ],
    examples: [
      Example("referralctl status", "is all well?"),
      Example("referralctl status --watch --interval 5", "keep an eye on it"),
      Example("referralctl status --json | jq .oldestOpenSeconds", "for a monitor"),
    ])

  static let whoami = Command(
    Verb.whoami.path, summary: "Who you are to the gateway, and what your groups allow.",
    discussion: """
      Your groups are those that you had at your login. Root and the gateway's own user have every
      role, and the audit names them as such: use an account of your own.
      """,
    examples: [
      Example("referralctl whoami", "why was that refused?"),
      Example("referralctl whoami --json | jq -r '.roles[] | select(.yours).role'", "my roles"),
    ])

  static let list = Command(
    Verb.list.path, summary: "Deliveries by filter, newest first.",
    discussion: """
      One row for each document to one partner, without its content. Filters add up. QUEUED,
      SENDING, AWAITING and DEFERRED go on by themselves; HELD and DEAD wait for a person;
      DELIVERED has a verified receipt.
      """,
    options: Options.filters + [
      CommandOption(
        "--referral", placeholder: "ID", summary: "only of this referral, as the case system has it"
      ), Options.limit,
    ],
    examples: [
      Example("referralctl list --state HELD", "what waits for a person?"),
      Example(
        "referralctl list --referral 019ab1c2-7f00-7abc-8def-0123456789ab", "did it arrive?"),
      Example("referralctl list --partner emm --since 2h", "the last two hours to one partner"),
    ])

  static let shape = Command(
    Verb.shape.path, summary: "Open deliveries by partner and age, as qshape shows a mail queue.",
    discussion: """
      One row for each partner, one column for each age in minutes: below 5, below 10, and so on.
      A counts what is on the wire now, T everything that is open: QUEUED, SENDING, AWAITING,
      DEFERRED and HELD. A healthy queue has its numbers at the left.
      """,
    options: [Options.partner],
    examples: [
      Example("referralctl shape", "who is behind, and since when?"),
      Example("referralctl shape --json | jq 'select(.counts[4:] | add > 0)'", "older than 40 min"),
    ])

  static let show = Command(
    Verb.show.path, summary: "One delivery: state, attempts, acknowledgements.",
    discussion: """
      Shows where the delivery stands, what became of its last attempts, and how each answer of
      the partner was verified; refused answers too. No content.

      With --recipients it shows one line for each revision at each partner: when it went, at which
      level, and of a correction or withdrawal whether the partner says that it was carried out
      (executed, refused-on-duty), is late (overdue), has time left (waiting) or need not say so
      (not-awaited). ID is then the referral's, or that of any of its deliveries.
      """,
    operands: [Operand("ID")],
    options: [
      CommandOption(
        "--attempts", summary: "all attempts and steps, not only the last and the failed"),
      CommandOption(
        "--recipients",
        summary: "who has which revision, and who has carried out its change; ID may be a referral"
      ),
    ],
    examples: [
      Example("referralctl show 019ab1c2-7f00-7abc-8def-0123456789ab", "by an id of list"),
      Example("referralctl show --attempts 019ab1c2-7f00-7abc-8def-0123456789ab", "in full"),
      Example(
        "referralctl show --recipients 019ab1c2-7f00-7abc-8def-0123456789ab",
        "has everybody corrected it?"),
    ])

  static let alarms = Command(
    Verb.alarms.path, summary: "What asks for a person now, and what to do about it.",
    discussion: """
      Deliveries that are held, dead or expired, without a receipt in their time, or with one
      whose signer nobody can judge; partners that are held up; certificates that end within 30
      days and revocation lists that are out of date. Ends with 0 when there is nothing, with 1
      when there is something: use it as a check of your monitoring. A dead or expired delivery
      stays here until somebody settles it.
      """,
    options: [Options.partner],
    examples: [
      Example("referralctl alarms", "for people"),
      Example("referralctl alarms --json | jq -r '[.code, .partner, .id] | @tsv'", "for a script"),
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

  static let auditList = Command(
    Verb.auditList.path, summary: "Who did what and why, newest first.",
    discussion: """
      Every submission, every order of an operator, and every view of content. Nothing can be
      taken out of it.
      """,
    options: [
      CommandOption(
        "--since", placeholder: "TIME", summary: "since then: 90m, 2h, 3d, or a whole time"),
      Options.limit,
    ],
    examples: [Example("referralctl audit list --since 8h", "what happened in this shift?")])

  static let healthLive = Command(
    Verb.healthLive.path, summary: "Does the daemon answer?",
    discussion: "Ends with 0 when it does, with 75 when it does not.",
    examples: [Example("referralctl health live", "for a watchdog")])

  static let healthReady = Command(
    Verb.healthReady.path, summary: "Can it work? Commits to the store, signs, verifies.",
    discussion: """
      Writes a row and commits it, signs with every key and verifies the signature, and sees
      whether the sending loop turns. Ends with 0 when all is good, 1 when something is bad, 75
      when the daemon does not answer.
      """,
    examples: [Example("referralctl health ready || page-somebody", "as a check of a monitor")])

  static let healthDeep = Command(
    Verb.healthDeep.path, summary: "Can it work with every partner? Asks each of them.",
    discussion: """
      What ready does, and partner check for every partner that is enabled: one GET without
      content to each. Not for every minute.
      """,
    examples: [Example("referralctl health deep", "after a change of the network")])
}
