/// The commands about disclosure policies; none of them needs the daemon.
// SPDX-License-Identifier: Apache-2.0
import Arguments

extension Command {
  private static let places = """
      PATH is a configuration folder with policies.d, partners.d and perhaps projects.d (default:
      /etc/referral-gateway) or one file of it; keys and certificates are not looked at.
      """

  static let policyLint = Command(
    Verb.policyLint.path, summary: "Reads policies as a careful colleague would.",
    discussion: places + """


      Refuses lines that never decide, that contradict each other or the keys, that stand twice,
      that name no field of a referral, or whose action the field cannot bear; fields that no line
      names; grounds that no list of provisions has; lines that leave no valid document; and
      examples that fail. Of projects.d also kinds and purposes that [when] keeps out, and an ended
      project that is still the only ground. Each with file:line:column and what to do. Status 0
      when there is nothing, 1 with findings, 78 when a file cannot be read as a policy at all.
      """,
    operands: [Operand("PATH", optional: true)],
    examples: [
      Example("referralctl policy lint", "the policies in force and in waiting"),
      Example("referralctl policy lint partners/policies.d/comensha.toml", "one of them"),
    ])

  static let policyTest = Command(
    Verb.policyTest.path, summary: "Tries the examples that stand in policies.",
    discussion: places + """


      An [[example]] of a policy asks a question, names a submission and says what must become of
      it. It is decided as the gateway decides. Status 0 when all come out as expected, 1 when not.
      """,
    operands: [Operand("PATH", optional: true)],
    options: [
      CommandOption("--markdown", summary: "questions and answers as a table for a page")
    ],
    examples: [Example("referralctl policy test partners", "do the policies what they promise?")])

  static let policyDiff = Command(
    Verb.policyDiff.path, summary: "What changes for whom between two policies, in words.",
    discussion: """
      A and B are policy files of one partner, or configuration folders. Each row says whether the
      partner sees more or less, of whom, and by which line. Status 0 when nothing changes, 1 when
      something does.
      """,
    operands: [Operand("A"), Operand("B")],
    options: [
      CommandOption(
        "--on", placeholder: "DATE",
        summary: "of folders: the versions in force on that day (default: the latest)")
    ],
    examples: [
      Example(
        "referralctl policy diff comensha.toml comensha.d/3.toml", "the next version in waiting"),
      Example("referralctl policy diff /etc/referral-gateway ./proposed", "two whole folders"),
    ])

  static let policyAt = Command(
    Verb.policyAt.path, summary: "Which version of each policy is in force on a day.",
    discussion: """
      The version whose valid_from is the latest that is not after the day, of those in
      policies.d/CODE.toml and policies.d/CODE.d/*.toml. A submission is decided by the versions in
      force when it is accepted; a day is a day of UTC. Status 1 when a partner has none.
      """,
    operands: [Operand("DATE"), Operand("FOLDER", optional: true)],
    options: [Options.partner],
    examples: [
      Example("referralctl policy at 2027-01-01", "what will hold at the turn of the year?"),
      Example(
        "referralctl policy at 2026-11-23 --partner comensha", "by which one was it decided?"),
    ])

  static let policyTable = Command(
    Verb.policyTable.path, summary: "Who sees what: groups of fields against partners.",
    discussion: places + """


      yes: all fields of the group; part: some of them, or some coarser; coarse: only in a coarser
      form; a dash: nothing. What the rules hide besides depends on the referral and is not in it.
      """,
    operands: [Operand("FOLDER", optional: true)],
    options: [
      CommandOption(
        "--on", placeholder: "DATE", summary: "the versions in force on that day (default: today)"),
      CommandOption("--markdown", summary: "for a page"),
    ],
    examples: [
      Example("referralctl policy table partners --markdown", "as docs/disclosure.md has it")
    ])
}
