/// What is kept of the files that documents name; their octets stand in a folder beside the store.
// SPDX-License-Identifier: Apache-2.0
import Digest
import JSON
import Platform
import SQLite
import Wire

/// A file to fetch, or to take away.
struct NamedAttachment: Sendable {
  let number: Int64
  let document: UniversalID
  /// Index in the document's attachments.
  let place: Int
  /// The last part of its address.
  let id: String
  let size: Int
  let sha256: SHA256Digest
  let progress: AttachmentProgress

  /// In the folder. Names of the sender's are not used: they are somebody's words.
  var fileName: String { "\(document)-\(place)" }
}

extension ReceptionStore {
  static func nameAttachments(
    of document: ReceivedDocument, _ now: Instant, _ transaction: borrowing Transaction
  ) throws(StoreError) {
    for file in NamedFile.all(in: .object(document.content.data)) {
      try transaction.run(
        """
        INSERT OR IGNORE INTO attachment (document_id, place, id, size, sha256, state, next_at)
        VALUES (?, ?, ?, ?, ?, 'waiting', ?)
        """, .text(document.content.id.description), SQLValue(file.place), .text(file.id),
        SQLValue(file.size), .blob(file.sha256.octets), .integer(now.milliseconds))
    }
  }

  func attachments(due now: Instant) async throws(StoreError) -> [NamedAttachment] {
    try await store.read { (reading) throws(StoreError) in
      try named(
        reading.rows(
          namedAttachment + " WHERE state = 'waiting' AND next_at <= ? ORDER BY number LIMIT ?",
          .integer(now.milliseconds), SQLValue(Limits.attachmentsAtOnce)))
    }
  }

  /// Those that a withdrawal has ended and whose files are still here.
  func attachmentsToErase() async throws(StoreError) -> [NamedAttachment] {
    try await store.read { (reading) throws(StoreError) in
      try named(
        reading.rows(
          namedAttachment + " WHERE state = 'erased' AND is_here = 1 ORDER BY number LIMIT ?",
          SQLValue(Limits.attachmentsAtOnce)))
    }
  }

  /// Before its file appears in the folder: whoever finds it there knows that it may be.
  func expectFile(of attachment: NamedAttachment) async throws(StoreError) {
    try await store.write { (transaction) throws(StoreError) in
      _ = try transaction.run(
        "UPDATE attachment SET is_here = 1 WHERE number = ?", .integer(attachment.number))
    }
  }

  func forgetFile(of attachment: NamedAttachment) async throws(StoreError) {
    try await store.write { (transaction) throws(StoreError) in
      _ = try transaction.run(
        "UPDATE attachment SET is_here = 0 WHERE number = ?", .integer(attachment.number))
    }
  }

  /// What a withdrawal has ended meanwhile stays so.
  func note(
    _ attachment: NamedAttachment, _ progress: AttachmentProgress, status: Int?, problem: String?,
    nextAt: Instant
  ) async throws(StoreError) {
    try await store.write { (transaction) throws(StoreError) in
      _ = try transaction.run(
        """
        UPDATE attachment SET state = ?, attempts = ?, mismatches = ?, next_at = ?, status = ?,
          problem = ? WHERE number = ? AND state = 'waiting'
        """, .text(progress.state.rawValue), SQLValue(progress.attempts),
        SQLValue(progress.mismatches), .integer(nextAt.milliseconds),
        SQLValue(status.map(Int64.init)), SQLValue(problem), .integer(attachment.number))
    }
  }

  static func attachments(_ reading: borrowing Reading) throws(StoreError) -> JSONValue {
    let rows = try reading.rows(
      """
      SELECT document_id, place, id, size, sha256, state, attempts, status, problem
      FROM attachment ORDER BY number LIMIT ?
      """, SQLValue(Limits.listedDocuments))
    var listed: [JSONValue] = []
    for row in rows {
      var line: JSONObject = [
        "documentId": .string(try row.text(0)),
        "pointer": .string("/data/attachments/\(try row.integer(1))"),
        "id": .string(try row.text(2)), "size": .number(JSONNumber(try row.integer(3))),
        "sha256": .string(Hex.encode(try row.blob(4))), "state": .string(try row.text(5)),
        "attempts": .number(JSONNumber(try row.integer(6))),
      ]
      if let status = try row.optionalInteger(7) { line["status"] = .number(JSONNumber(status)) }
      if let problem = try row.optionalText(8) { line["problem"] = .string(problem) }
      listed.append(.object(line))
    }
    return ["attachments": .array(listed)]
  }

  /// Of one document, those whose files are here, with their paths.
  func keptFiles(of document: UniversalID, _ reading: borrowing Reading) throws(StoreError)
    -> JSONValue
  {
    let rows = try reading.rows(
      namedAttachment + " WHERE document_id = ? AND state = 'kept' ORDER BY place",
      .text(document.description))
    return .array(
      try named(rows).map { attachment in
        [
          "id": .string(attachment.id),
          "file": .string(attachmentFolder + "/" + attachment.fileName),
        ]
      })
  }
}

private let namedAttachment: Statement = """
  SELECT number, document_id, place, id, size, sha256, state, attempts, mismatches FROM attachment
  """

private func named(_ rows: [Row]) throws(StoreError) -> [NamedAttachment] {
  var found: [NamedAttachment] = []
  for row in rows {
    guard let document = UniversalID(try row.text(1)),
      let digest = SHA256Digest(octets: try row.blob(5)),
      let state = AttachmentState(rawValue: try row.text(6))
    else { continue }
    found.append(
      NamedAttachment(
        number: try row.integer(0), document: document, place: Int(try row.integer(2)),
        id: try row.text(3), size: Int(try row.integer(4)), sha256: digest,
        progress: AttachmentProgress(
          state: state, attempts: Int(try row.integer(7)), mismatches: Int(try row.integer(8)))))
  }
  return found
}
