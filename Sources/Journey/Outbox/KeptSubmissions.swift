/// What was handed in earlier, read back for the rules that compare revisions.
// SPDX-License-Identifier: Apache-2.0
package import Platform
import Seal
import SQLite

extension OutboxStore {
  /// The octets of the `referral` members of all revisions before this one, oldest first; without
  /// those whose content has been erased.
  package func keptRevisions(of referral: UniversalID, before revision: Int)
    async throws(OutboxError) -> [[UInt8]]
  {
    try await kept(of: referral, from: 1, upTo: revision - 1)
  }

  /// The same of one revision; nil where its content has been erased.
  package func keptRevision(_ referral: UniversalID, _ revision: Int)
    async throws(OutboxError) -> [UInt8]?
  {
    try await kept(of: referral, from: revision, upTo: revision).first
  }

  private func kept(of referral: UniversalID, from first: Int, upTo last: Int)
    async throws(OutboxError) -> [[UInt8]]
  {
    let rows = try await read { (store) throws(StoreError) in
      try store.rows(
        """
        SELECT revision, wrapped_key, sealed FROM submission
        WHERE referral = ? AND revision BETWEEN ? AND ? AND sealed IS NOT NULL ORDER BY revision
        """, .blob(referral.octets), SQLValue(first), SQLValue(last)
      ).map { (row) throws(StoreError) in
        (
          revision: try row.integer(0),
          sealed: Sealed(wrappedKey: try row.blob(1), octets: try row.blob(2))
        )
      }
    }
    var kept: [[UInt8]] = []
    for row in rows {
      let place = submissionPlace(referral, Int(row.revision))
      let opened = try sealing { () throws(SealError) in
        try unseal(row.sealed, at: place, with: key)
      }
      kept.append(opened.octets)
    }
    return kept
  }
}

func submissionPlace(_ referral: UniversalID, _ revision: Int) -> SealPlace {
  SealPlace(
    record: "submission", id: "\(referral)/\(revision)", partner: "-", schemaVersion: "1.0.0")
}
