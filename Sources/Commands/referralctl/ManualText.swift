/// What only the manual page of referralctl says.
// SPDX-License-Identifier: Apache-2.0
import Arguments

extension Manual {
  static let referralctl = Manual(
    number: 8, date: "November 26, 2026",
    sections: [
      Section(
        "OUTPUT",
        [
          """
          On a terminal there are tables for people. In a pipe, and with --json, each line of \
          standard output is one JSON object with the members v (1) and kind; errors are such \
          lines on standard error, with code, message, hint and exit. Members may be added; none \
          is renamed or taken away. Times are RFC 3339 in UTC, sizes octets, spans seconds.
          """,
          """
          A reader that has had enough, such as head(1), ends the output in order. Output that \
          cannot be written for another reason ends with status 70.
          """,
        ]),
      Section(
        "SECURITY",
        [
          """
          No command prints the content of a referral, but for preview with --reveal and --reason, \
          which is audited. Content never goes into arguments, logs or errors. Do not put \
          personal data into --reason: it is sealed in the store, but whoever may read the audit \
          reads it.
          """,
          """
          What partners send is made safe before it is shown: control and direction characters \
          become U+FFFD, so that nothing of theirs steers a terminal.
          """,
          """
          The admin socket has mode 0660 and group referral-admin. What its members may ask \
          follows from their other groups, as they were at the login: referral-readers, \
          -operators, -keys, -privacy, -auditors and -submitters, or what [admin.groups] of \
          gateway.toml names; whoami shows them. A refusal ends with status 77 and names the \
          group. Root and the daemon's own user need none.
          """,
          """
          Every order that changes something is in the audit, with the user's number and name, \
          before it takes effect. Use an account of your own: what is done through sudo or su is \
          root's in the audit.
          """,
        ]),
      Section(
        "ENVIRONMENT",
        [
          "REFERRAL_ADMIN_SOCKET is the admin socket where --socket is not given.",
          "NO_COLOR, when it is not empty, keeps status --watch from using bold text.",
        ]),
      Section(
        "FILES",
        [
          "/run/referral-gateway-admin/admin.sock is the default admin socket.",
          "/etc/referral-gateway is the default folder of config check and config show.",
        ]),
    ],
    related: ["referral-partner(8)", "referrald(8)"])
}
