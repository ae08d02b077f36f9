/// Questions about what was received, asked of the store directly or over the admin socket.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
package import JSON
package import Platform
package import SQLite

package enum Inspection: Sendable, Equatable {
  /// How many documents came, took effect and were repeated.
  case effects
  case documents
  /// What was said about them later, and how far it has come.
  case statements
  /// The files that documents name, and how far each has come.
  case attachments
  /// Everything that is kept of one document.
  case document(UniversalID)
  /// How many kept documents hold these octets. They come in a body: no name stands in a path.
  case find([UInt8])

  /// How the question is asked over the admin socket: POST where there is a body, else GET.
  package var request: (path: String, body: [UInt8]?) {
    switch self {
    case .effects: ("/effects", nil)
    case .documents: ("/documents", nil)
    case .statements: ("/acknowledgements", nil)
    case .attachments: ("/attachments", nil)
    case .document(let id): ("/documents/\(id)", nil)
    case .find(let text): ("/find", text)
    }
  }

  init?(_ request: Request) {
    let prefix = "/documents/"
    switch (request.method, request.target) {
    case (.get, "/effects"): self = .effects
    case (.get, "/documents"): self = .documents
    case (.get, "/acknowledgements"): self = .statements
    case (.get, "/attachments"): self = .attachments
    case (.post, "/find") where !request.body.isEmpty: self = .find(request.body)
    case (.get, let target) where target.hasPrefix(prefix):
      guard let id = UniversalID(String(target.dropFirst(prefix.count))) else { return nil }
      self = .document(id)
    case (.get, _), (.post, _): return nil
    }
  }
}

extension ReceptionStore {
  /// Nil where there is no such document.
  package func answer(_ inspection: Inspection) async throws(StoreError) -> JSONValue? {
    try await store.read { (reading) throws(StoreError) in
      switch inspection {
      case .effects: try Self.effects(reading)
      case .documents: try Self.documents(reading)
      case .statements: try Self.statements(reading)
      case .attachments: try Self.attachments(reading)
      case .document(let id): try self.document(id, reading)
      case .find(let text): try Self.find(text, reading)
      }
    }
  }

  private static func effects(_ reading: borrowing Reading) throws(StoreError) -> JSONValue {
    let received = try reading.row(
      "SELECT count(*), coalesce(sum(repeats), 0), coalesce(sum(exercise), 0) FROM received")
    let effects = try reading.row("SELECT count(*), count(DISTINCT effect_key) FROM effect")
    let revisions = try reading.rows(
      """
      SELECT referral_id, revision, count(*) FROM effect
      GROUP BY sender, referral_id, revision ORDER BY min(number) LIMIT ?
      """, SQLValue(Limits.listedDocuments))
    var listed: [JSONValue] = []
    for row in revisions {
      listed.append([
        "referralId": .string(try row.text(0)), "revision": number(try row.integer(1)),
        "effects": number(try row.integer(2)),
      ])
    }
    return [
      "documents": number(try received?.integer(0)), "effects": number(try effects?.integer(0)),
      "revisions": number(Int64(revisions.count)), "contents": number(try effects?.integer(1)),
      "repeats": number(try received?.integer(1)), "exercises": number(try received?.integer(2)),
      "byRevision": .array(listed),
    ]
  }

  private static func number(_ value: Int64?) -> JSONValue { .number(JSONNumber(value ?? 0)) }

  private static func documents(_ reading: borrowing Reading) throws(StoreError) -> JSONValue {
    let rows = try reading.rows(
      """
      SELECT id, referral_id, revision, operation, exercise, received_at, repeats, digest,
        octets IS NULL
      FROM received ORDER BY number LIMIT ?
      """, SQLValue(Limits.listedDocuments))
    var listed: [JSONValue] = []
    for row in rows { listed.append(.object(try summary(row))) }
    return ["documents": .array(listed)]
  }

  private static func summary(_ row: Row) throws(StoreError) -> JSONObject {
    [
      "id": .string(try row.text(0)), "referralId": .string(try row.text(1)),
      "revision": number(try row.integer(2)), "operation": .string(try row.text(3)),
      "exercise": .bool(try row.integer(4) != 0),
      "receivedAt": .string(Instant(milliseconds: try row.integer(5)).description),
      "repeats": number(try row.integer(6)), "digest": .string(Hex.encode(try row.blob(7))),
      "erased": .bool(try row.integer(8) != 0),
    ]
  }

  /// Octets in base64; `body` is absent once a withdrawal has erased it. Files are named by paths.
  private func document(_ id: UniversalID, _ reading: borrowing Reading)
    throws(StoreError) -> JSONValue?
  {
    let row = try reading.row(
      """
      SELECT id, referral_id, revision, operation, exercise, received_at, repeats, digest,
        octets IS NULL, octets, header_name, signature, certificate, receipt,
        receipt_header_name, receipt_signature
      FROM received WHERE id = ?
      """, .text(id.description))
    guard let row else { return nil }
    var value = try Self.summary(row)
    if let octets = try row.optionalBlob(9) {
      value["body"] = .string(Base64.text(octets, .standard))
    }
    value["headerName"] = .string(try row.text(10))
    value["signature"] = .string(try row.text(11))
    value["certificate"] = .string(Base64.text(try row.blob(12), .standard))
    value["receipt"] = .string(Base64.text(try row.blob(13), .standard))
    value["receiptHeaderName"] = .string(try row.text(14))
    value["receiptSignature"] = .string(try row.text(15))
    value["attachments"] = try keptFiles(of: id, reading)
    return .object(value)
  }

  private static func find(_ text: [UInt8], _ reading: borrowing Reading) throws(StoreError)
    -> JSONValue
  {
    let row = try reading.row(
      "SELECT count(*) FROM received WHERE octets IS NOT NULL AND instr(octets, ?) > 0",
      .blob(text))
    return ["documents": number(try row?.integer(0))]
  }
}
