/// What only the manual page of referral-partner says.
// SPDX-License-Identifier: Apache-2.0
import Arguments

extension Manual {
  static let referralPartner = Manual(
    number: 8, date: "November 26, 2026",
    sections: [
      Section(
        "SECURITY",
        [
          """
          It is a reference for partners, for demonstrations and tests: by default it refuses \
          whatever is not marked as an exercise. It keeps documents in the clear in its state \
          folder; give that folder to one user only.
          """,
          """
          A document and the receipt for it are stored in one transaction before the answer, and \
          a repeat is answered with the same receipt.
          """,
        ])
    ],
    related: ["referralctl(8)", "referrald(8)"])
}
