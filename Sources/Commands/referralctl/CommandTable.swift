/// Everything that referralctl offers, as one table.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Referrals

let version = "0.1.0"
let defaultConfigurationFolder = "/etc/referral-gateway"
let defaultSocket = "/run/referral-gateway-admin/admin.sock"

let tool = Tool(
  name: "referralctl",
  summary: "Looks after the referral gateway: hand in, look, act, wait.",
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
    Example("referralctl alarms", "what asks for a person? (status 1 when something does)"),
    Example("referralctl show ID", "one delivery: attempts and acknowledgements"),
    Example("referralctl list --json | jq -r .id", "for programs: one JSON object in each line"),
    Example("referralctl --socket \(defaultSocket) status", "the default socket, in full"),
  ],
  exitStatuses: ExitCode.table, manual: .referralctl)

/// Options that several commands have.
enum Options {
  static let reason = CommandOption(
    "--reason", placeholder: "TEXT",
    summary: "why, in a few words for the audit; no personal data")
  static let dryRun = CommandOption("--dry-run", summary: "say what would happen and do nothing")
  static let partner = CommandOption(
    "--partner", placeholder: "CODE", summary: "only to this partner")
  static let filters = [
    partner,
    CommandOption(
      "--state", placeholder: "STATE", choices: DeliveryStates.inOrder,
      summary: "only in this state"),
    CommandOption(
      "--since", placeholder: "TIME",
      summary: "accepted since then: 90m, 2h, 3d, or 2026-11-23T12:00:00Z"),
    CommandOption(
      "--kind", placeholder: "KIND", choices: ReferralKind.allCases.map(\.rawValue),
      summary: "only this kind of referral"),
  ]
  static let limit = CommandOption(
    "--limit", placeholder: "N", summary: "at most so many rows (default: 1000)")

  static func wait(_ summary: String) -> CommandOption {
    CommandOption("--wait", placeholder: "SECONDS", summary: summary)
  }
}
