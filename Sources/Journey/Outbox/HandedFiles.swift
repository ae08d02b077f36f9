/// Files that come beside a submission: kept part by part, sealed, until a submission takes them.
// SPDX-License-Identifier: Apache-2.0
package import Platform
import Seal
import SQLite

/// A file of which every part is in the store.
package struct StoredFile: Sendable, Hashable {
  package let id: UniversalID
  package let octets: Int
  package let parts: Int
}

/// What became of one part.
package enum HandingIn: Sendable, Equatable {
  case kept
  /// Another part comes next.
  case outOfOrder
  /// A file, a bundle or what waits altogether is larger than may be; or there are too many files.
  case tooMuch
}

extension OutboxStore {
  /// Keeps the next part of a file. Files that belong together have one `bundle`, which is the
  /// owner's alone; a bundle that no submission takes is forgotten after an hour.
  ///
  /// - Parameters:
  ///   - number: from 0.
  ///   - name: the id of the attachment.
  ///   - fresh: for a file that begins here.
  package func handIn(
    _ octets: [UInt8], part number: Int, of name: String, in bundle: UniversalID,
    by owner: String, fresh: UniversalID, at now: Instant
  ) async throws(OutboxError) -> HandingIn {
    let known = try await waiting(in: bundle, by: owner)
    let file = known[name] ?? StoredFile(id: fresh, octets: 0, parts: 0)
    guard number == file.parts, !octets.isEmpty else { return .outOfOrder }
    guard octets.count <= OutboxLimits.partOctets,
      file.octets + octets.count <= OutboxLimits.fileOctets,
      known[name] != nil || known.count < OutboxLimits.bundleFiles,
      known.values.map(\.octets).reduce(octets.count, +) <= OutboxLimits.bundleOctets
    else { return .tooMuch }
    let sealed = try sealing { () throws(SealError) in
      try seal(octets, at: partPlace(file.id, number), with: key)
    }
    let handed = try await add { (change) throws(StoreError) -> HandingIn in
      let waits = try change.row(
        "SELECT coalesce(sum(octets), 0) FROM file WHERE bundle IS NOT NULL")
      guard try waits?.integer(0) ?? 0 <= OutboxLimits.waitingOctets else { return .tooMuch }
      if number == 0 {
        try change.run(
          """
          INSERT OR IGNORE INTO file(id, bundle, owner, name, begun_at, octets, parts)
          VALUES(?, ?, ?, ?, ?, 0, 0)
          """, .blob(file.id.octets), .blob(bundle.octets), .text(owner), .text(name),
          .integer(now.milliseconds))
      }
      // Another caller may have been quicker.
      let taken = try change.run(
        """
        UPDATE file SET parts = parts + 1, octets = octets + ?
        WHERE id = ? AND bundle = ? AND parts = ? AND erased = 0
        """, SQLValue(octets.count), .blob(file.id.octets), .blob(bundle.octets),
        SQLValue(number))
      guard taken == 1 else { return .outOfOrder }
      try change.run(
        """
        INSERT INTO file_part(file, number, wrapped_key, sealed)
        SELECT row, ?, ?, ? FROM file WHERE id = ?
        """, SQLValue(number), .blob(sealed.wrappedKey), .blob(sealed.octets),
        .blob(file.id.octets))
      return .kept
    }
    try await releaseMemory()
    return handed
  }

  /// The files of a bundle, by attachment id.
  package func waiting(in bundle: UniversalID, by owner: String) async throws(OutboxError)
    -> [String: StoredFile]
  {
    try await read { (store) throws(StoreError) in
      var files: [String: StoredFile] = [:]
      let rows = try store.rows(
        """
        SELECT id, octets, parts, name FROM file WHERE bundle = ? AND owner = ? AND erased = 0
        """, .blob(bundle.octets), .text(owner))
      for row in rows { files[try row.text(3)] = try StoredFile(row) }
      return files
    }
  }

  /// Forgets a bundle before its time. What a submission has taken is in none any more.
  package func forget(bundle: UniversalID, of owner: String) async throws(OutboxError) {
    try await write { (change) throws(StoreError) in
      try change.run(
        "UPDATE file SET begun_at = 0 WHERE bundle = ? AND owner = ?", .blob(bundle.octets),
        .text(owner))
    }
  }

  /// Nil where the file has been erased meanwhile.
  package func part(_ number: Int, of file: UniversalID) async throws(OutboxError) -> [UInt8]? {
    let found = try await read { (store) throws(StoreError) in
      try store.row(
        """
        SELECT p.wrapped_key, p.sealed FROM file_part AS p JOIN file AS f ON f.row = p.file
        WHERE f.id = ? AND f.erased = 0 AND p.number = ?
        """, .blob(file.octets), SQLValue(number)
      ).map { (row) throws(StoreError) in
        Sealed(wrappedKey: try row.blob(0), octets: try row.blob(1))
      }
    }
    guard let found else { return nil }
    try await releaseMemory()
    return try sealing { () throws(SealError) in
      try unseal(found, at: partPlace(file, number), with: key)
    }.octets
  }

  /// Or the parts of every file would stay in memory as the store's pages.
  private func releaseMemory() async throws(OutboxError) {
    do {
      try await store.releaseMemory()
    } catch {
      throw OutboxError(error)
    }
  }
}

extension StoredFile {
  /// Of `id, octets, parts`.
  init(_ row: Row) throws(StoreError) {
    guard let id = UniversalID(octets: try row.blob(0)) else {
      throw StoreError(.other, place: "file")
    }
    self.init(id: id, octets: Int(try row.integer(1)), parts: Int(try row.integer(2)))
  }
}

private func partPlace(_ file: UniversalID, _ number: Int) -> SealPlace {
  SealPlace(record: "file", id: "\(file)/\(number)", partner: "-", schemaVersion: "-")
}

/// `attachment` says which referrals have which file; a file that none has is erased.
let fileTables = """
  CREATE TABLE file(
    row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, bundle BLOB, owner TEXT NOT NULL,
    name TEXT NOT NULL, begun_at INTEGER NOT NULL, octets INTEGER NOT NULL,
    parts INTEGER NOT NULL, erased INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE UNIQUE INDEX file_waiting ON file(bundle, owner, name) WHERE bundle IS NOT NULL;
  CREATE TABLE file_part(
    file INTEGER NOT NULL REFERENCES file(row), number INTEGER NOT NULL,
    wrapped_key BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY(file, number)) STRICT;
  CREATE TABLE attachment(
    row INTEGER PRIMARY KEY, referral BLOB NOT NULL, revision INTEGER NOT NULL,
    sha256 BLOB NOT NULL, media_type TEXT NOT NULL, file INTEGER NOT NULL REFERENCES file(row),
    UNIQUE(referral, revision, sha256)) STRICT;
  CREATE INDEX attachment_file ON attachment(file);
  CREATE TABLE fetched(
    delivery INTEGER NOT NULL REFERENCES delivery(row), place INTEGER NOT NULL,
    first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY(delivery, place)) STRICT, WITHOUT ROWID;
  """
