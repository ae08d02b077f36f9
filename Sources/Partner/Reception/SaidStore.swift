/// What the partner said after the receipt, kept until the sender has taken it.
// SPDX-License-Identifier: Apache-2.0
import Digest
import JSON
import Platform
import Referrals
import SQLite
import Signing
import Wire

/// How far an acknowledgement has come.
enum SaidState: String, Sendable, CaseIterable {
  case waiting
  /// The sender has verified and stored it.
  case taken
  /// The sender says that it will never take it.
  case refused
}

/// One that waits to be brought: the same octets each time.
struct WaitingStatement: Sendable {
  let number: Int64
  let id: UniversalID
  let kind: String
  let attempts: Int
  let answer: SignedAnswer
}

/// A document that something can be said about.
struct KnownDocument: Sendable {
  let message: AcknowledgedMessage
  let receivedAt: Instant
  let exercise: Bool
  let operation: Referrals.Operation
}

extension ReceptionStore {
  func document(_ id: UniversalID) async throws(StoreError) -> KnownDocument? {
    try await store.read { (reading) throws(StoreError) in
      try reading.row(knownDocument + " WHERE id = ?", .text(id.description))
        .flatMap { (row) throws(StoreError) in try KnownDocument(row) }
    }
  }

  /// Corrections and withdrawals that came before `moment` and that nobody has said were executed.
  func changesToConfirm(before moment: Instant) async throws(StoreError) -> [KnownDocument] {
    try await store.read { (reading) throws(StoreError) in
      let rows = try reading.rows(
        knownDocument + """
           WHERE operation IN ('correct', 'withdraw') AND received_at <= ? AND NOT EXISTS (
            SELECT 1 FROM said WHERE document_id = received.id AND kind = 'change-executed')
          ORDER BY number LIMIT ?
          """, .integer(moment.milliseconds), SQLValue(Limits.broughtAtOnce))
      var documents: [KnownDocument] = []
      for row in rows { if let document = try KnownDocument(row) { documents.append(document) } }
      return documents
    }
  }

  /// Durable at return.
  func keep(
    _ said: SignedAnswer, _ id: UniversalID, _ kind: AcknowledgementKind,
    about document: UniversalID, at now: Instant, nextAt: Instant
  ) async throws(StoreError) -> WaitingStatement {
    let number = try await store.write { (transaction) throws(StoreError) in
      try transaction.run(
        """
        INSERT INTO said (document_id, kind, id, said_at, octets, header_name, signature, state,
          next_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)
        """, .text(document.description), .text(kind.rawValue), .text(id.description),
        .integer(now.milliseconds), .blob(said.octets), .text(said.headerName),
        .text(said.signature), .integer(nextAt.milliseconds))
      return transaction.lastInsertedRow
    }
    return WaitingStatement(
      number: number, id: id, kind: kind.rawValue, attempts: 0, answer: said)
  }

  func statements(due now: Instant) async throws(StoreError) -> [WaitingStatement] {
    try await store.read { (reading) throws(StoreError) in
      let rows = try reading.rows(
        """
        SELECT number, id, kind, attempts, octets, header_name, signature FROM said
        WHERE state = 'waiting' AND next_at <= ? ORDER BY number LIMIT ?
        """, .integer(now.milliseconds), SQLValue(Limits.broughtAtOnce))
      var waiting: [WaitingStatement] = []
      for row in rows {
        guard let id = UniversalID(try row.text(1)) else { continue }
        waiting.append(
          WaitingStatement(
            number: try row.integer(0), id: id, kind: try row.text(2),
            attempts: Int(try row.integer(3)),
            answer: SignedAnswer(
              octets: try row.blob(4), headerName: try row.text(5), signature: try row.text(6))))
      }
      return waiting
    }
  }

  /// - Parameter problem: the last word of the problem's `type`; nil without one.
  func note(
    _ statement: WaitingStatement, _ state: SaidState, status: Int?, problem: String?,
    nextAt: Instant
  ) async throws(StoreError) {
    try await store.write { (transaction) throws(StoreError) in
      _ = try transaction.run(
        """
        UPDATE said SET state = ?, attempts = attempts + 1, next_at = ?, status = ?, problem = ?
        WHERE number = ?
        """, .text(state.rawValue), .integer(nextAt.milliseconds),
        SQLValue(status.map(Int64.init)), SQLValue(problem), .integer(statement.number))
    }
  }

  static func statements(_ reading: borrowing Reading) throws(StoreError) -> JSONValue {
    let rows = try reading.rows(
      """
      SELECT id, document_id, kind, said_at, state, attempts, status, problem FROM said
      ORDER BY number LIMIT ?
      """, SQLValue(Limits.listedDocuments))
    var listed: [JSONValue] = []
    for row in rows {
      var line: JSONObject = [
        "id": .string(try row.text(0)), "documentId": .string(try row.text(1)),
        "kind": .string(try row.text(2)),
        "saidAt": .string(Instant(milliseconds: try row.integer(3)).description),
        "state": .string(try row.text(4)), "attempts": .number(JSONNumber(try row.integer(5))),
      ]
      if let status = try row.optionalInteger(6) { line["status"] = .number(JSONNumber(status)) }
      if let problem = try row.optionalText(7) { line["problem"] = .string(problem) }
      listed.append(.object(line))
    }
    return ["acknowledgements": .array(listed)]
  }
}

private let knownDocument: Statement = """
  SELECT id, sender, digest, signature_digest, received_at, exercise, operation, receipt
  FROM received
  """

extension KnownDocument {
  fileprivate init?(_ row: Row) throws(StoreError) {
    // A withdrawal erases the document; our receipt still names the conversation.
    guard let id = UniversalID(try row.text(0)),
      let receipt = try? JSONReader.read(try row.blob(7)),
      let conversation = receipt["conversationid"]?.text.flatMap(UniversalID.init),
      let digest = SHA256Digest(octets: try row.blob(2)),
      let signature = SHA256Digest(octets: try row.blob(3)),
      let operation = Referrals.Operation(rawValue: try row.text(6))
    else { return nil }
    message = AcknowledgedMessage(
      id: id, conversationID: conversation, sender: try row.text(1), payloadDigest: digest,
      signatureDigest: signature)
    receivedAt = Instant(milliseconds: try row.integer(4))
    exercise = try row.integer(5) != 0
    self.operation = operation
  }
}
