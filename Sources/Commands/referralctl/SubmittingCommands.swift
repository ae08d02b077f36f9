/// The commands around submissions, configuration and schemas.
// SPDX-License-Identifier: Apache-2.0
import Arguments

extension Command {
  static let submit = Command(
    Verb.submit.path, summary: "Hands in referrals; the answer comes when they are durable.",
    discussion: """
      A file holds one submission, at most 1 MiB; "-" reads standard input. It is accepted for all
      its recipients or refused as a whole, with every reason: the rule, where, what is wrong and
      what to do. The same file again is answered as the first time, so after a lost answer simply
      submit it again. Of several files each is tried; the highest status is the one that counts.

      A submission that describes attachments needs their files: --attach a1=statement.pdf for the
      attachment with the id a1. Size, SHA-256 and form of each must be what the submission says
      (sha256sum prints the digest). A file that an earlier revision brought need not come again.

      With --wait the command goes on until every delivery has its receipt, has ended otherwise,
      or waits for the partner (AWAITING) or a person (HELD): status 0 with all receipts, 1 when
      one came to rest without, 75 when a receipt may still come. A newer revision of the same
      referral replaces deliveries of the older one; that counts as in order.
      """,
    operands: [Operand("FILE", repeats: true)],
    options: [
      Options.wait("wait for the receipts, at most so long: 60, 60s, 5m"),
      CommandOption(
        "--attach", placeholder: "ID=PATH", repeats: true,
        summary: "the file of an attachment, at most 16 MiB"),
    ],
    examples: [
      Example("referralctl submit referral.json", "hand in one file"),
      Example("referralctl submit --wait 60s a.json b.json", "two, and wait for the receipts"),
      Example("make-referral | referralctl submit -", "from another program"),
      Example("referralctl submit --attach a1=scan.pdf referral.json", "with a file"),
    ])

  static let preview = Command(
    Verb.preview.path, summary: "What one partner would get, and which rule holds what back.",
    discussion: """
      Nothing is sent or kept. Each row is a field or, with * for the index, the same field of
      every element of a list: disclosed, generalised or removed, the rule of the partner's policy
      that decided, and why it stays or is made coarser. The content itself is shown with
      --reveal only.
      """,
    operands: [Operand("FILE")],
    options: [
      CommandOption(
        "--partner", placeholder: "CODE", required: true, summary: "for this partner"),
      CommandOption("--reveal", summary: "show the content too; needs --reason, is audited"),
      Options.reason,
    ],
    examples: [
      Example("referralctl preview referral.json --partner comensha", "field by field"),
      Example(
        "referralctl preview referral.json --partner emm --reveal --reason 'complaint 12'",
        "the document itself"),
    ])

  static let configCheck = Command(
    Verb.configCheck.path, summary: "Checks a configuration folder; works without the daemon.",
    discussion: """
      Reads gateway.toml, partners.d, policies.d and every file that they name, as the daemon
      would. Prints every error at once as file:line:column with what to do, and ends with 78, or
      a summary and 0. Run it before: systemctl reload referral-gateway
      """,
    operands: [Operand("FOLDER", optional: true)],
    examples: [
      Example("referralctl config check", "the folder /etc/referral-gateway"),
      Example("referralctl config check ./etc", "another one"),
    ])

  static let configShow = Command(
    Verb.configShow.path, summary: "The configuration as it takes effect; needs no daemon.",
    discussion: """
      Every value that the files of a folder come to, with the defaults that they leave open. Keys
      and grants are named, never shown. With an error in the files it says what config check says.
      """,
    operands: [Operand("FOLDER", optional: true)],
    examples: [Example("referralctl config show --json | jq .partners", "for a comparison")])

  static let configReload = Command(
    Verb.configReload.path, summary: "The daemon reads its configuration again.",
    discussion: """
      Takes in what has changed of partners, policies, keys, certificates and revocation lists;
      deliveries under way end under what they began with. With an error in the files nothing
      changes: it prints every error and ends with 78. What only a restart can change is refused
      by name. systemctl reload referral-gateway does the same and tells in the journal.
      """,
    examples: [Example("referralctl config check && referralctl config reload", "a new partner")])

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

  static let completionBash = Command(
    Verb.completionBash.path, summary: "Prints the completion for bash.",
    examples: [Example("source <(referralctl completion bash)", "for this shell")])

  static let completionZsh = Command(
    Verb.completionZsh.path, summary: "Prints the completion for zsh.",
    examples: [
      Example("referralctl completion zsh > ~/.zfunc/_referralctl", "in a folder of $fpath")
    ])
}
