/// The commands that order something about deliveries.
// SPDX-License-Identifier: Apache-2.0
import Arguments

private let targets = [Operand("ID|-|ALL", repeats: true, optional: true)]
private let orderOptions =
  [Options.dryRun, Options.reason] + Options.filters + [
    CommandOption(
      "--rate", placeholder: "N",
      summary: "of a job: so many in a second to each partner, 1 to 1000 (default: 10)"),
    Options.wait("of a job: follow it so long (default: 10m)"),
    CommandOption("--detach", summary: "of a job: do not follow it"),
  ]

private let many = """
  Give ids, "-" to read ids from standard input, or a filter. Ids are ordered one by one. A filter
  or "-" makes a job: the gateway keeps it, works on it in small steps and goes on with it after a
  crash; it is followed here until it ends, and Ctrl-C ends the following only. ALL, in capitals,
  takes everything that --partner or --state leaves. One line for each delivery says what became
  of it; status 0 only if all were done.
  """

extension Command {
  static let resend = Command(
    Verb.resend.path, summary: "Sends the same octets under the same id again.",
    discussion: """
      For what has no receipt and is not ended for good; anything else is refused with status 73.
      A partner that has it already answers with the receipt that it gave before, so nothing takes
      effect twice. The partner is asked at once, whatever held it up, unless an operator has
      paused it. --dry-run changes nothing and needs no reason.

      \(many)
      """,
    operands: targets, options: orderOptions,
    examples: [
      Example("referralctl resend ID --dry-run", "would it go?"),
      Example("referralctl resend ID --reason 'partner is back, by phone'", "send it"),
      Example("referralctl resend --partner emm --state HELD --dry-run", "what would go?"),
      Example(
        "referralctl resend ALL --partner emm --rate 50 --reason 'restored from backup'", "a job"),
      Example("cut -f1 ids.tsv | referralctl resend - --reason 'list of 3 May'", "from a file"),
    ])

  static let hold = Command(
    Verb.hold.path, summary: "Keeps deliveries back until somebody releases them.",
    discussion: """
      For what waits to be sent or answered. The signed expires keeps running while it is held. An
      attempt that is under way is not stopped: status 73, try again.

      \(many)
      """,
    operands: targets, options: orderOptions,
    examples: [
      Example("referralctl hold ID --reason 'asked by the case worker'", "one"),
      Example("referralctl hold ALL --partner emm --reason 'incident 12'", "all to one partner"),
    ])

  static let release = Command(
    Verb.release.path, summary: "Lets held deliveries go.",
    discussion: """
      Refused for what is past its expires, and where a later revision may have reached the
      partner: an older one never follows it.

      \(many)
      """,
    operands: targets, options: orderOptions,
    examples: [Example("referralctl release ID --reason 'incident 12 is over'", "one")])

  static let cancel = Command(
    Verb.cancel.path, summary: "Stops deliveries that cannot have reached anybody.",
    discussion: """
      Only before the first attempt. Afterwards nobody knows what the partner has, and the way out
      is a withdrawal: hand in the next revision with operation "withdraw".

      \(many)
      """,
    operands: targets, options: orderOptions,
    examples: [Example("referralctl cancel ID --reason 'handed in by mistake'", "one")])

  static let settle = Command(
    Verb.settle.path, summary: "Takes an ended delivery off the alarms: somebody dealt with it.",
    discussion: """
      For what is DEAD or EXPIRED, and for what a partner rejected after its receipt. Its state and
      its evidence stay as they are; the audit keeps who settled it and why.

      \(many)
      """,
    operands: targets, options: orderOptions,
    examples: [Example("referralctl settle ID --reason 'revision 2 was delivered'", "one")])

  static let jobList = Command(
    Verb.jobList.path, summary: "The latest jobs.",
    discussion: "A job is an order over many deliveries: see resend.",
    examples: [Example("referralctl job list", "what is going on?")])

  static let jobShow = Command(
    Verb.jobShow.path, summary: "One job: who, why, how far.", operands: [Operand("ID")],
    options: [CommandOption("--items", summary: "what became of each delivery, too")],
    examples: [
      Example("referralctl job show ID --items", "in full"),
      Example(
        "referralctl job show ID --items --json | jq 'select(.result == \"refused\")'",
        "what was not done?"),
    ])

  static let jobWatch = Command(
    Verb.jobWatch.path, summary: "Follows a job to its end.",
    discussion: "Status 0 when all was done, 73 when something was not, 75 when time is over.",
    operands: [Operand("ID")], options: [Options.wait("at most so long (default: 10m)")],
    examples: [Example("referralctl job watch ID", "until it ends")])

  static let jobCancel = Command(
    Verb.jobCancel.path, summary: "Stops a job; what it has done stays done.",
    operands: [Operand("ID")], options: [Options.dryRun, Options.reason],
    examples: [Example("referralctl job cancel ID --reason 'wrong partner'", "stop it")])

  static let awaitReady = Command(
    Verb.awaitReady.path, summary: "Waits until the daemon is ready to work.",
    discussion: "As health ready says it. Status 75 when time is over.",
    options: [Options.wait("at most so long (default: 60)")],
    examples: [Example("referralctl await ready --wait 30", "in a script, after a start")])

  static let awaitDrained = Command(
    Verb.awaitDrained.path, summary: "Waits until nothing moves by itself any more.",
    discussion: """
      Nothing is QUEUED, SENDING, AWAITING or DEFERRED; what is held waits for a person and does
      not count. Status 75 when time is over.
      """,
    options: [Options.partner, Options.wait("at most so long (default: 60)")],
    examples: [Example("referralctl await drained --wait 10m", "before maintenance")])

  static let awaitAcked = Command(
    Verb.awaitAcked.path, summary: "Waits until deliveries have their receipts.",
    discussion: """
      Status 0 with all receipts, 1 when one will have none by itself, 75 when time is over.
      """,
    operands: [Operand("ID", repeats: true)],
    options: [Options.wait("at most so long (default: 60)")],
    examples: [Example("referralctl await acked ID --wait 5m", "one delivery")])
}
