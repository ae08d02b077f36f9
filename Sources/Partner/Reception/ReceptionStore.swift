/// What the partner keeps: every document with the receipt given for it, in one transaction.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Platform
import Referrals
package import SQLite
import Signing
import Wire

/// An acknowledgement with its signature, as it goes out; a repeat gets the same octets.
struct SignedAnswer: Sendable, Equatable {
  let octets: [UInt8]
  let headerName: String
  let signature: String

  init(octets: [UInt8], headerName: String, signature: String) {
    self.octets = octets
    self.headerName = headerName
    self.signature = signature
  }
  init(_ answer: SignedAcknowledgement) {
    self.init(octets: answer.octets, headerName: answer.headerName, signature: answer.signature)
  }
}

enum RepeatOutcome: Sendable, Equatable {
  case receipt(SignedAnswer)
  /// The id stands for other octets.
  case reused
}

enum KeepOutcome: Sendable, Equatable {
  case kept
  /// The document came twice at the same time; the other one was first.
  case repeated(RepeatOutcome)
  /// A higher revision is here.
  case superseded
  /// This revision is here, and the document does not say that it replaces it.
  case duplicate
}

package final class ReceptionStore: Sendable {
  private static let fileName = "reception.sqlite"
  let store: Store
  /// Of the files that documents name; made when the first one comes.
  let attachmentFolder: String

  /// Opens or makes the file in the folder. An I/O error later ends the store's life (`onBroken`).
  package init(folder: String, onBroken: @escaping @Sendable (StoreError) -> Void)
    throws(StoreError)
  {
    attachmentFolder = folder + "/attachments"
    store = try Store(
      path: folder + "/" + Self.fileName, applicationID: ReceptionSchema.applicationID,
      migrations: ReceptionSchema.migrations, onBroken: onBroken)
  }

  /// Whether a folder holds a store.
  package static func exists(in folder: String) -> Bool {
    Files.exists(folder + "/" + fileName)
  }

  package func close() async { await store.close() }

  /// The answer to a document that is here already, counted as one more repeat; nil if it is new.
  func answerRepeat(of document: ReceivedDocument) async throws(StoreError) -> RepeatOutcome? {
    try await store.write { (transaction) throws(StoreError) in
      try Self.answerRepeat(of: document, transaction)
    }
  }

  private static func answerRepeat(
    of document: ReceivedDocument, _ transaction: borrowing Transaction
  ) throws(StoreError) -> RepeatOutcome? {
    let row = try transaction.row(
      """
      SELECT number, digest, receipt, receipt_header_name, receipt_signature
      FROM received WHERE sender = ? AND id = ?
      """, .text(document.sender), .text(document.content.id.description))
    guard let row else { return nil }
    guard SHA256Digest(octets: try row.blob(1)) == document.digest else { return .reused }
    try transaction.run(
      "UPDATE received SET repeats = repeats + 1 WHERE number = ?", .integer(try row.integer(0)))
    return .receipt(
      SignedAnswer(
        octets: try row.blob(2), headerName: try row.text(3), signature: try row.text(4)))
  }

  /// Document and receipt together, durable at return; a withdrawal erases what came before it.
  func keep(_ document: ReceivedDocument, with receipt: SignedAnswer, at now: Instant)
    async throws(StoreError) -> KeepOutcome
  {
    let outcome = try await store.write { (transaction) throws(StoreError) -> KeepOutcome in
      if let earlier = try Self.answerRepeat(of: document, transaction) {
        return .repeated(earlier)
      }
      switch try Self.standing(of: document, transaction) {
      case .next: try Self.putIntoEffect(document, transaction)
      case .reissue: break
      case .superseded: return .superseded
      case .duplicate: return .duplicate
      }
      try Self.insert(document, receipt, now, transaction)
      try Self.nameAttachments(of: document, now, transaction)
      if document.content.operation == .withdraw { try Self.erase(before: document, transaction) }
      return .kept
    }
    if outcome == .kept, document.content.operation == .withdraw {
      // Erased octets stay in the log until it is emptied.
      try await store.checkpoint(truncate: true)
    }
    return outcome
  }

  private enum Standing {
    case next
    /// It names a document of the same revision that it stands for.
    case reissue
    case superseded, duplicate
  }

  /// What a receiver does with revisions (docs/wire.md).
  private static func standing(
    of document: ReceivedDocument, _ transaction: borrowing Transaction
  ) throws(StoreError) -> Standing {
    let content = document.content
    let row = try transaction.row(
      "SELECT max(revision) FROM received WHERE sender = ? AND referral_id = ?",
      .text(document.sender), .text(content.referralID.description))
    guard let highest = try row?.optionalInteger(0), content.revision <= highest else {
      return .next
    }
    guard content.revision == highest else { return .superseded }
    let replaced = try transaction.row(
      """
      SELECT 1 FROM received
      WHERE sender = ? AND id = ? AND referral_id = ? AND revision = ?
      """, .text(document.sender), SQLValue(content.causationID?.description),
      .text(content.referralID.description), .integer(highest))
    return replaced == nil ? .duplicate : .reissue
  }

  private static func putIntoEffect(
    _ document: ReceivedDocument, _ transaction: borrowing Transaction
  ) throws(StoreError) {
    let content = document.content
    try transaction.run(
      """
      INSERT INTO effect (sender, referral_id, revision, document_id, effect_key)
      VALUES (?, ?, ?, ?, ?)
      """, .text(document.sender), .text(content.referralID.description),
      SQLValue(content.revision), .text(content.id.description),
      .blob(document.effectKey.octets))
  }

  private static func insert(
    _ document: ReceivedDocument, _ receipt: SignedAnswer, _ now: Instant,
    _ transaction: borrowing Transaction
  ) throws(StoreError) {
    let content = document.content
    try transaction.run(
      """
      INSERT INTO received (sender, id, referral_id, revision, operation, exercise, received_at,
        digest, signature_digest, header_name, signature, certificate, octets, receipt,
        receipt_header_name, receipt_signature, replaces)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      .text(document.sender), .text(content.id.description),
      .text(content.referralID.description), SQLValue(content.revision),
      .text(content.operation.rawValue), SQLValue(content.exercise),
      .integer(now.milliseconds), .blob(document.digest.octets),
      .blob(document.signatureDigest.octets), .text(document.headerName),
      .text(document.signature), .blob(document.certificate), .blob(document.octets),
      .blob(receipt.octets), .text(receipt.headerName), .text(receipt.signature),
      SQLValue(content.causationID?.description))
  }

  /// Digests, signatures and receipts stay: they prove what came without saying it.
  private static func erase(
    before document: ReceivedDocument, _ transaction: borrowing Transaction
  ) throws(StoreError) {
    let earlier: [SQLValue] = [
      .text(document.sender), .text(document.content.referralID.description),
      SQLValue(document.content.revision),
    ]
    try transaction.run(
      """
      UPDATE attachment SET state = 'erased' WHERE document_id IN (
        SELECT id FROM received WHERE sender = ? AND referral_id = ? AND revision < ?)
      """, values: earlier)
    try transaction.run(
      "UPDATE received SET octets = NULL WHERE sender = ? AND referral_id = ? AND revision < ?",
      values: earlier)
  }
}
