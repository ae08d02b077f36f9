/// What only the manual page of referrald says.
// SPDX-License-Identifier: Apache-2.0
import Arguments

extension Manual {
  static let referrald = Manual(
    number: 8, date: "November 26, 2026",
    sections: [
      Section(
        "SIGNALS",
        [
          """
          SIGTERM and SIGINT stop it in order: deliveries under way are finished, what waits goes \
          on at the next start. SIGKILL and a lost machine lose nothing that was accepted: what \
          was being sent is sent again with the same octets under the same id.
          """,
          """
          SIGHUP reads the configuration again. If it is in order and changes nothing that only a \
          start can take in, it counts from then on; otherwise each error is printed, and what was \
          in force stays in force. referralctl config reload does the same and prints the errors.
          """,
        ]),
      Section(
        "SECURITY",
        [
          """
          Records are sealed with AES-256-GCM under the key in store.key_file, which must have \
          mode 0600 or 0400. Whoever has that file and the store reads every referral.
          """,
          """
          What a caller of the admin socket may ask follows from its groups, referralctl(8); \
          root and the daemon's own user may ask everything. Events on standard error \
          are JSON lines of a closed vocabulary: ids, codes and counts, never text of a referral.
          """,
          """
          Nothing is sent to a partner that the register and its policy do not name, and a \
          delivery counts as delivered only with a verified receipt.
          """,
        ]),
      Section(
        "FILES",
        [
          """
          gateway.toml, partners.d and policies.d in the configuration folder, by default \
          /etc/referral-gateway.
          """
        ]),
    ],
    related: ["referral-partner(8)", "referralctl(8)"])
}
