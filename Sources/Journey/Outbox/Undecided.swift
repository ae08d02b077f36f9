/// Receipts that wait for a revocation list, and what was kept of every acknowledgement.
// SPDX-License-Identifier: Apache-2.0
import Digest
package import Platform
import Seal
import SQLite

/// A delivery in AWAITING whose receipt holds but for its signer's revocation.
package struct UndecidedDelivery: Sendable {
  package let delivery: StoredDelivery
  /// The receipt as it came: `name: value` lines, an empty line, the body.
  package let receipt: [UInt8]
}

/// One acknowledgement as it was kept, refused or not.
package struct KeptAcknowledgement: Sendable {
  package let verdict: String
  /// As it came: `name: value` lines, an empty line, the body.
  package let octets: [UInt8]
}

extension OutboxStore {
  /// The first of a partner's waiting deliveries after `row`, at most `limit`.
  package func undecided(for partner: String, after row: Int64, limit: Int)
    async throws(OutboxError) -> [UndecidedDelivery]
  {
    let found = try await read { (store) throws(StoreError) in
      try store.rows(undecidedRows, .text(partner), .integer(row), SQLValue(limit))
        .map { (found) throws(StoreError) in
          let row = try found.integer(0)
          return (
            row: row, progress: try progress(of: row, store),
            content: try store.row(contentOfDelivery, .integer(row)),
            receipt: try store.row(keptRows + lastUndecided, .integer(row))
          )
        }
    }
    var waiting: [UndecidedDelivery] = []
    for entry in found {
      guard let progress = entry.progress, let content = entry.content,
        let receipt = entry.receipt
      else { continue }
      waiting.append(
        UndecidedDelivery(
          delivery: try reopen(entry.row, content, progress),
          receipt: try open(receipt).octets))
    }
    return waiting
  }

  /// Every acknowledgement of a delivery in the order in which they came, opened.
  package func keptAcknowledgements(of row: Int64) async throws(OutboxError)
    -> [KeptAcknowledgement]
  {
    let rows = try await read { (store) throws(StoreError) in
      try store.rows(keptRows + inOrderOfArrival, .integer(row))
    }
    var kept: [KeptAcknowledgement] = []
    for row in rows { kept.append(try open(row)) }
    return kept
  }

  /// The later verdict on a kept receipt, and the state that follows. Nothing is written when the
  /// machine has nothing to change any more.
  package func decide(
    _ row: Int64, partner: String, at now: Instant, acknowledgement: NewAcknowledgement,
    decide: @escaping ProgressDecision
  ) async throws(OutboxError) -> Recording {
    let place = acknowledgementPlace(acknowledgement.digest.octets, partner)
    let sealed = try sealing { () throws(SealError) in
      try seal(acknowledgement.octets, at: place, with: key)
    }
    return try await write { (change) throws(StoreError) in
      guard let progress = try progress(of: row, change) else { return .unknownDelivery }
      if try isTaken(acknowledgement, partner, change) { return .idTaken }
      guard let next = decide(progress), next != progress else { return .recorded(progress) }
      try keep(acknowledgement, sealed, row, partner, change)
      try save(next, of: row, change)
      if next.state == .delivered {
        try recordReceipt(acknowledgement, row, partner, now, change)
      }
      return .recorded(next)
    }
  }

  func open(_ row: Row) throws(OutboxError) -> KeptAcknowledgement {
    do {
      let digest = try row.blob(0)
      let partner = try row.text(1)
      let sealed = Sealed(wrappedKey: try row.blob(3), octets: try row.blob(4))
      let unsealed = try sealing { () throws(SealError) in
        try unseal(sealed, at: acknowledgementPlace(digest, partner), with: key)
      }
      return KeptAcknowledgement(verdict: try row.text(2), octets: unsealed.octets)
    } catch let error as StoreError {
      throw OutboxError(error)
    } catch let error as OutboxError {
      throw error
    } catch {
      throw OutboxError(.other, "acknowledgement row")
    }
  }
}

private let undecidedRows: Statement = """
  SELECT row FROM delivery WHERE partner = ? AND row > ? AND state = 'AWAITING'
    AND reason = 'revocation' ORDER BY row LIMIT ?
  """
private let keptRows: Statement = """
  SELECT digest, partner, verdict, wrapped_key, sealed FROM acknowledgement WHERE delivery = ?
  """
private let lastUndecided: Statement = """
   AND verdict = 'revocation-unknown' AND kind = 'receipt' ORDER BY row DESC LIMIT 1
  """
private let inOrderOfArrival: Statement = " ORDER BY row"
