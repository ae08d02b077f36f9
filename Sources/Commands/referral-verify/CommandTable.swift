/// Everything that referral-verify offers, as one table.
// SPDX-License-Identifier: Apache-2.0
import Arguments

let version = "0.1.0"

let tool = Tool(
  name: "referral-verify",
  summary: "Who signed these octets? Verifies offline, with nothing but files.\n"
    + "A fourth verb, bundle, comes with the evidence log.",
  commands: [signature, document, acknowledgement],
  options: [
    CommandOption(
      "--json", summary: "JSON Lines; the default when standard output is no terminal")
  ],
  examples: [
    Example(
      "curl -sD headers.txt -o body.json https://partner.example/...",
      "how to keep both halves of an answer"),
    Example(
      "cat root.pem intermediate.pem > trust.pem",
      "whom you trust; the files must come from somebody you trust, not with the message"),
    Example(
      "\(files("document")) --crl crls/ --identity \(sender)", "is it a referral of that sender?"),
    Example(
      "\(files("document")) --crl crls/ --json | tail -n 1 | jq -r .verdict", "for programs"),
  ],
  exitStatuses: ExitCode.table)

private let sender = "urn:nld:oin:00000099000000001000"

private func files(_ verb: String) -> String {
  "referral-verify \(verb) --trust trust.pem --body body.json --headers headers.txt"
}

private let inputs = [
  CommandOption(
    "--trust", placeholder: "FILE", required: true,
    summary: "PEM: roots and intermediates, or without a root the signer's own certificate"),
  CommandOption(
    "--body", placeholder: "FILE", required: true, summary: "the octets, exactly as they came"),
  CommandOption(
    "--headers", placeholder: "FILE", required: true,
    summary: "the header fields, one \"Name: value\" in each line"),
  CommandOption(
    "--identity", placeholder: "URN",
    summary: "who must have signed, such as urn:nld:oin:00000099000000001000"),
]

private let judging = [
  CommandOption(
    "--header-name", placeholder: "NAME",
    summary: "the field of the signature, if not Payload-Signature or nlgov-adr-payload-sig"),
  CommandOption(
    "--crl", placeholder: "FILE|DIR", repeats: true,
    summary: "revocation lists, PEM or DER; of a folder every file"),
  CommandOption(
    "--no-revocation-check", summary: "do not ask whether a certificate was revoked"),
  CommandOption(
    "--at", placeholder: "TIME|iat",
    summary: "judge as of 2026-11-23T12:00:00Z, or as of the signing time (default: now)"),
]

private let recipient = CommandOption(
  "--recipient", placeholder: "URN", summary: "who it must be addressed to")

private let attachment = CommandOption(
  "--attachment", placeholder: "ID=FILE", repeats: true,
  summary: "a fetched file: is it the attachment ID of the document?")

private let time = """
  Path and revocation are judged at --at. A revocation list counts only if it was in force then,
  so keep the lists with what you keep. --at iat believes the time that the signer wrote; a stolen
  key writes what it likes.
  """

private let signature = Command(
  ["signature"], summary: "The signature over any body: steps 1 and 3 to 11.",
  discussion: """
    Takes any body of at most 1 MiB: JSON, XML, or something else. Prints each step of
    docs/verification.md, then who signed, when, and by which chain of certificates. With
    --identity the certificate must be that organisation's.

    \(time)
    """,
  options: inputs + judging,
  examples: [
    Example("\(files("signature")) --crl crls/", "signed by somebody below these roots?"),
    Example(
      "referral-verify signature --trust ec-root.pem --body answer.xml --headers answer.headers"
        + " --header-name oots-response-sig --at iat --no-revocation-check",
      "an answer of the European Commission's OOTS services"),
  ])

private let document = Command(
  ["document"], summary: "A referral: its signature, signer, and form.",
  discussion: """
    Takes every step that needs no store: also 12 (the certificate and `source` are --identity),
    13 (strict JSON, the published schemas, which this program carries) and 14 (`type`, and
    `recipient` if --recipient is given). Steps 15 to 19 are skipped; the line of step 17 says
    whether the document had expired. Without --identity the signer is printed, and the verdict is
    "cannot decide" at best: any customer of the same authority could have signed.

    Each --attachment is read piece by piece and compared, in length and SHA-256, with what the
    document says of it. One that differs, or that the document does not name, makes the verdict
    invalid. Attachments without a file are listed as skipped.

    \(time)
    """,
  options: inputs + [recipient, attachment] + judging,
  examples: [
    Example("\(files("document")) --crl crls/ --identity \(sender)", "was it sent by them?"),
    Example(
      "\(files("document")) --crl crls/ --identity \(sender) --at 2026-11-23T12:00:00Z",
      "a document from the archive, with the revocation lists of that day"),
    Example(
      "\(files("document")) --crl crls/ --identity \(sender) --attachment a1=a1.pdf",
      "a document and a file that was fetched for it"),
  ])

private let acknowledgement = Command(
  ["acknowledgement"], summary: "A receipt or another answer: its signature, signer, and form.",
  discussion: """
    As for a document. Compare the message id and the two digests that it prints with what you
    sent: that is steps 15 and 16, which need your record.

    \(time)
    """,
  options: inputs + [recipient] + judging,
  examples: [
    Example(
      "referral-verify acknowledgement --trust trust.pem --body receipt.json"
        + " --headers receipt-headers.txt --crl crls/ --identity urn:nld:oin:00000099000000010000",
      "is this receipt theirs?")
  ])
