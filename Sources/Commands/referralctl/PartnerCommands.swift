/// The commands about partners.
// SPDX-License-Identifier: Apache-2.0
import Arguments

extension Command {
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

  static let partnerCheck = Command(
    Verb.partnerCheck.path, summary: "Asks one partner, step by step, whether all is well.",
    discussion: """
      Name, connection, TLS, our certificate, its answer, its clock, certificates on both sides,
      revocation lists, schema versions: each with a verdict and what to do. It sends one GET
      without content. Status 0 when nothing is bad, 1 otherwise. A question that cannot be asked
      is unknown, which is not bad.
      """,
    operands: [Operand("CODE")],
    examples: [Example("referralctl partner check emm", "why does nothing arrive?")])

  static let partnerCRL = Command(
    Verb.partnerCRL.path, summary: "A partner's revocation lists: age, next update, source.",
    discussion: """
      The lists in force, of files and fetched ones, and what each source said last. With --fetch
      the gateway asks every source first, whatever its schedule; status 1 when one of them gave no
      good list. With --dry-run nothing is asked, and the sources that would be are shown.
      """,
    operands: [Operand("CODE")],
    options: [
      CommandOption("--fetch", summary: "ask the sources now"), Options.dryRun, Options.reason,
    ],
    examples: [
      Example("referralctl partner crl emm", "where do its lists come from, how old are they?"),
      Example("referralctl partner crl emm --fetch", "the firewall is open now: try again"),
    ])

  static let partnerTest = Command(
    Verb.partnerTest.path, summary: "Sends an exercise the whole way and waits for its receipt.",
    discussion: """
      The document is about nobody: the product ships it, and the gateway knows it by its digest.
      It goes the way of every referral, marked as an exercise, and comes back with a signed
      receipt that is verified. Status 0 with the receipt, 1 without, 75 when time is over.
      """,
    operands: [Operand("CODE")],
    options: [
      Options.dryRun, Options.reason,
      Options.wait("for the receipt, at most so long (default: 60)"),
    ],
    examples: [Example("referralctl partner test emm", "does it work, from end to end?")])

  static let partnerPause = Command(
    Verb.partnerPause.path, summary: "Sends a partner nothing until somebody resumes it.",
    discussion: """
      Deliveries are accepted and wait; their expires keeps running. What is under way ends first.
      A pause outlives restarts and raises an alarm as long as it lasts.
      """,
    operands: [Operand("CODE")], options: [Options.dryRun, Options.reason],
    examples: [
      Example("referralctl partner pause emm --reason 'their maintenance until 14:00'", "pause")
    ])

  static let partnerResume = Command(
    Verb.partnerResume.path, summary: "Ends a pause or a suspension; the partner is asked now.",
    operands: [Operand("CODE")], options: [Options.dryRun, Options.reason],
    examples: [Example("referralctl partner resume emm --reason 'they are back'", "go on")])

  static let partnerLimits = Command(
    Verb.partnerLimits.path, summary: "How much a partner may get at once, and what it gets now.",
    discussion: """
      The window of parallel deliveries grows with good answers and shrinks with failures, between
      1 and the limit. The partner's file rules its beginning and its limit: window_initial and
      window_limit under [acknowledgements]; there is no second place for them.
      """,
    operands: [Operand("CODE")],
    examples: [Example("referralctl partner limits emm", "is it slow, or are we?")])
}
