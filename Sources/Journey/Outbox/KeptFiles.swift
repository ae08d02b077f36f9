/// Files of accepted referrals: which there are, who fetched them, and when they are erased.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import Platform
import Seal
import SQLite

/// A file that a submission brings or takes over from an earlier revision.
package struct SubmittedFile: Sendable, Equatable {
  package let file: UniversalID
  package let sha256: SHA256Digest
  package let mediaType: String

  package init(file: UniversalID, sha256: SHA256Digest, mediaType: String) {
    self.file = file
    self.sha256 = sha256
    self.mediaType = mediaType
  }
}

/// A file of an accepted referral.
package struct KeptFile: Sendable {
  package let stored: StoredFile
  package let mediaType: String
}

/// That a partner was given a file of its document, and how often.
package struct FetchedFile: Sendable, Equatable {
  /// Index in the document's `attachments`.
  package let place: Int
  package let first: Instant
  package let last: Instant
  package let times: Int

  package init(place: Int, first: Instant, last: Instant, times: Int) {
    self.place = place
    self.first = first
    self.last = last
    self.times = times
  }
}

extension OutboxStore {
  /// What a referral has of files in its revisions up to this one, by SHA-256.
  package func files(of referral: UniversalID, upTo revision: Int) async throws(OutboxError)
    -> [SHA256Digest: KeptFile]
  {
    try await read { (store) throws(StoreError) in
      var files: [SHA256Digest: KeptFile] = [:]
      let rows = try store.rows(
        """
        SELECT f.id, f.octets, f.parts, a.sha256, a.media_type FROM attachment AS a
        JOIN file AS f ON f.row = a.file WHERE a.referral = ? AND a.revision <= ? AND f.erased = 0
        """, .blob(referral.octets), SQLValue(revision))
      for row in rows {
        guard let digest = SHA256Digest(octets: try row.blob(3)) else { continue }
        files[digest] = KeptFile(stored: try StoredFile(row), mediaType: try row.text(4))
      }
      return files
    }
  }

  /// A document that an attempt may have brought to this partner; nil for any other id.
  package func sentDocument(_ id: UniversalID, to partner: String) async throws(OutboxError)
    -> StoredDelivery?
  {
    let found = try await read { (store) throws(StoreError) -> (Int64, Row, DeliveryProgress)? in
      let known = try store.row(
        "SELECT row FROM delivery WHERE id = ? AND partner = ? AND attempts > 0",
        .blob(id.octets), .text(partner))
      guard let row = try known?.integer(0), let progress = try progress(of: row, store),
        let content = try store.row(contentOfDelivery, .integer(row))
      else { return nil }
      return (row, content, progress)
    }
    guard let (row, content, progress) = found else { return nil }
    return try reopen(row, content, progress)
  }

  /// Before the first octet goes.
  package func noteFetch(of delivery: Int64, place: Int, at now: Instant)
    async throws(OutboxError)
  {
    try await write { (change) throws(StoreError) in
      try change.run(
        """
        INSERT INTO fetched VALUES(?1, ?2, ?3, ?3, 1)
        ON CONFLICT DO UPDATE SET last_at = ?3, times = times + 1
        """, .integer(delivery), SQLValue(place), .integer(now.milliseconds))
    }
  }

  package func fetchedFiles(of delivery: Int64) async throws(OutboxError) -> [FetchedFile] {
    try await read { (store) throws(StoreError) in
      try store.rows(
        "SELECT place, first_at, last_at, times FROM fetched WHERE delivery = ? ORDER BY place",
        .integer(delivery)
      ).map { (row) throws(StoreError) in
        FetchedFile(
          place: Int(try row.integer(0)), first: Instant(milliseconds: try row.integer(1)),
          last: Instant(milliseconds: try row.integer(2)), times: Int(try row.integer(3)))
      }
    }
  }

  /// One step: true where more is left. Small, because everybody waits for the store meanwhile.
  package func eraseFiles(at now: Instant) async throws(OutboxError) -> Bool {
    guard try await isAnythingToErase(at: now) else { return false }
    return try await write { (change) throws(StoreError) in
      try change.run(forgetOld, .integer(keptSince(now)))
      try change.run(markDoomed, .integer(handedSince(now)))
      guard let doomed = try change.row("SELECT row FROM file WHERE erased = 1 LIMIT 1") else {
        return false
      }
      let row = SQLValue.integer(try doomed.integer(0))
      let erased = try change.run(
        """
        DELETE FROM file_part WHERE rowid IN
          (SELECT rowid FROM file_part WHERE file = ? LIMIT ?)
        """, row, SQLValue(OutboxLimits.partsErasedAtOnce))
      if erased < OutboxLimits.partsErasedAtOnce {
        try change.run("DELETE FROM file WHERE row = ?", row)
      }
      return true
    }
  }

  /// What was erased is on the disk no more either.
  package func emptyLog() async throws(OutboxError) {
    do {
      try await store.checkpoint(truncate: true)
    } catch {
      throw OutboxError(error)
    }
  }

  private func isAnythingToErase(at now: Instant) async throws(OutboxError) -> Bool {
    try await read { (store) throws(StoreError) in
      try store.row(
        anythingToErase, .integer(keptSince(now)), .integer(handedSince(now))) != nil
    }
  }
}

/// At T0. False: a file has been erased meanwhile.
func areThere(_ files: [SubmittedFile], _ change: borrowing Transaction) throws(StoreError)
  -> Bool
{
  for one in files {
    let found = try change.row(
      "SELECT 1 FROM file WHERE id = ? AND erased = 0", .blob(one.file.octets))
    if found == nil { return false }
  }
  return true
}

/// At T0: what waited is the referral's now.
func take(
  _ files: [SubmittedFile], of referral: UniversalID, _ revision: Int,
  _ change: borrowing Transaction
) throws(StoreError) {
  for one in files {
    try change.run("UPDATE file SET bundle = NULL WHERE id = ?", .blob(one.file.octets))
    try change.run(
      """
      INSERT OR IGNORE INTO attachment(referral, revision, sha256, media_type, file)
      SELECT ?, ?, ?, ?, row FROM file WHERE id = ?
      """, .blob(referral.octets), SQLValue(revision), .blob(one.sha256.octets),
      .text(one.mediaType), .blob(one.file.octets))
  }
}

/// At T0 of a correction: what it names no more is nobody's to fetch. A withdrawal names nothing.
func dropFiles(before revision: Int, of referral: UniversalID, _ change: borrowing Transaction)
  throws(StoreError)
{
  try change.run(
    """
    DELETE FROM attachment WHERE referral = ?1 AND revision < ?2 AND sha256 NOT IN
      (SELECT sha256 FROM attachment WHERE referral = ?1 AND revision = ?2)
    """, .blob(referral.octets), SQLValue(revision))
}

private func keptSince(_ now: Instant) -> Int64 {
  now.adding(seconds: -OutboxLimits.fileKeptSeconds).milliseconds
}
private func handedSince(_ now: Instant) -> Int64 {
  now.adding(seconds: -OutboxLimits.bundleKeptSeconds).milliseconds
}

private let isOld: Statement = """
  NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.referral = a.referral AND d.expires >= ?)
  """
private let isDoomed: Statement = """
  (bundle IS NULL AND NOT EXISTS (SELECT 1 FROM attachment WHERE attachment.file = f.row))
  OR (bundle IS NOT NULL AND begun_at < ?)
  """
private let anythingToErase: Statement =
  "SELECT 1 FROM attachment AS a WHERE " + isOld + " UNION ALL SELECT 1 FROM file AS f WHERE "
  + isDoomed + " LIMIT 1"
private let forgetOld: Statement =
  "DELETE FROM attachment WHERE row IN (SELECT a.row FROM attachment AS a WHERE " + isOld + ")"
private let markDoomed: Statement =
  "UPDATE file SET erased = 1, bundle = NULL WHERE erased = 0 AND row IN (SELECT f.row FROM file"
  + " AS f WHERE " + isDoomed + ")"
