/// Who was chosen for an accepted submission and by what, and who gets nothing of it and why.
// SPDX-License-Identifier: Apache-2.0
package import Platform
import SQLite

/// Names and codes only. Kept, so that the same submission is answered the same after the routes
/// have changed.
package struct Destinations: Sendable, Equatable {
  package struct NotSent: Sendable, Equatable {
    package let partner: String
    /// A rule or another closed word.
    package let code: String

    package init(partner: String, code: String) {
      self.partner = partner
      self.code = code
    }
  }

  /// Names of routes by partner code; without those that the submission named itself.
  package let chosen: [String: [String]]
  package let notSent: [NotSent]

  package init(chosen: [String: [String]] = [:], notSent: [NotSent] = []) {
    self.chosen = chosen
    self.notSent = notSent
  }

  /// "nla:labour,child emm:copy"
  var chosenText: String {
    chosen.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.joined(separator: ","))" }
      .joined(separator: " ")
  }

  /// "comensha:R11 nidos:only-minors"
  var notSentText: String {
    notSent.map { "\($0.partner):\($0.code)" }.joined(separator: " ")
  }

  init(chosenText: String, notSentText: String) {
    chosen = Dictionary(
      Destinations.pairs(chosenText).map { pair in
        (pair.0, pair.1.split(separator: ",").map(String.init))
      }, uniquingKeysWith: { first, _ in first })
    notSent = Destinations.pairs(notSentText).map { NotSent(partner: $0.0, code: $0.1) }
  }

  private static func pairs(_ text: String) -> [(String, String)] {
    text.split(separator: " ").map { pair in
      let parts = pair.split(separator: ":", maxSplits: 1).map(String.init)
      return (parts.first ?? "", parts.last ?? "")
    }
  }
}

extension OutboxStore {
  /// As it was decided when the revision was accepted; empty for one that was not.
  package func destinations(of referral: UniversalID, revision: Int) async throws(OutboxError)
    -> Destinations
  {
    try await read { (store) throws(StoreError) in
      guard
        let row = try store.row(
          "SELECT chosen, not_sent FROM submission WHERE referral = ? AND revision = ?",
          .blob(referral.octets), SQLValue(revision))
      else { return Destinations() }
      return Destinations(
        chosenText: try row.optionalText(0) ?? "", notSentText: try row.optionalText(1) ?? "")
    }
  }
}
