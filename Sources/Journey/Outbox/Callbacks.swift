/// Acknowledgements that partners bring by themselves, good and refused, each in one transaction.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import Platform
import Seal
import SQLite

/// What an acknowledgement is compared with: our delivery to the partner that brings it.
package struct AcknowledgedDelivery: Sendable {
  package let row: Int64
  package let id: UniversalID
  package let payloadDigest: SHA256Digest
  package let signatureDigest: SHA256Digest
  package let issuedAt: Instant
}

/// What became of a verified acknowledgement.
package enum CallbackRecording: Sendable {
  case kept(DeliveryProgress)
  /// The same octets were kept before: nothing changes.
  case repeated
  /// Nothing was written: another acknowledgement was kept under this id meanwhile. Judge again.
  case idTaken
  case unknownDelivery
}

/// What became of the octets of a refused one.
package enum RefusalRecording: Sendable, Equatable {
  case kept
  /// The same octets were refused for the same reason before.
  case repeated
  /// The partner has brought more than is kept of one day; only counted.
  case notKept
}

extension OutboxStore {
  /// Nil also for a message that another partner was sent.
  package func delivery(_ id: UniversalID, to partner: String) async throws(OutboxError)
    -> AcknowledgedDelivery?
  {
    try await read { (store) throws(StoreError) in
      let row = try store.row(
        """
        SELECT row, payload_digest, signature_digest, issued_at FROM delivery
        WHERE id = ? AND partner = ?
        """, .blob(id.octets), .text(partner))
      guard let row, let payload = SHA256Digest(octets: try row.blob(1)),
        let signature = SHA256Digest(octets: try row.blob(2))
      else { return nil }
      return AcknowledgedDelivery(
        row: try row.integer(0), id: id, payloadDigest: payload, signatureDigest: signature,
        issuedAt: Instant(milliseconds: try row.integer(3)))
    }
  }

  /// A verified acknowledgement and what follows from it; durable at return.
  package func bring(
    _ acknowledgement: NewAcknowledgement, to row: Int64, partner: String, at now: Instant,
    decide: @escaping StepDecision
  ) async throws(OutboxError) -> CallbackRecording {
    let sealed = try seal(acknowledgement, partner)
    return try await write { (change) throws(StoreError) in
      guard let before = try progress(of: row, change) else { return .unknownDelivery }
      if try isTaken(acknowledgement, partner, change) { return .idTaken }
      guard try keep(acknowledgement, sealed, row, partner, change) else { return .repeated }
      let next = try step(row, decide, change) ?? before
      if next.state == .delivered, before.state != .delivered {
        try recordReceipt(acknowledgement, row, partner, now, change)
      }
      return .kept(next)
    }
  }

  /// A refused acknowledgement is evidence, and nothing else: no state and no answer changes.
  /// - Parameter row: the delivery that it is about; nil where that is not known.
  package func keepRefused(
    _ acknowledgement: NewAcknowledgement, row: Int64?, partner: String
  ) async throws(OutboxError) -> RefusalRecording {
    let sealed = try seal(acknowledgement, partner)
    return try await write { (change) throws(StoreError) in
      if try isRefusedAlready(acknowledgement, row, partner, change) { return .repeated }
      let dayBefore = acknowledgement.receivedAt.adding(seconds: -86_400).milliseconds
      let recent = try change.row(
        refusedSince, .text(partner), .integer(dayBefore), .text(partner), .integer(dayBefore))
      guard try recent?.integer(0) ?? 0 < Int64(OutboxLimits.refusedCallbacksOfADay) else {
        return .notKept
      }
      if let row {
        _ = try keep(acknowledgement, sealed, row, partner, change)
        return .kept
      }
      try change.run(
        """
        INSERT INTO stray(partner, digest, verdict, step, received_at, report, wrapped_key, sealed)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?)
        """, .text(partner), .blob(acknowledgement.digest.octets),
        .text(acknowledgement.verdict), SQLValue(acknowledgement.step.map(Int64.init)),
        .integer(acknowledgement.receivedAt.milliseconds), .text(acknowledgement.report),
        .blob(sealed.wrappedKey), .blob(sealed.octets))
      return .kept
    }
  }

  private func seal(_ acknowledgement: NewAcknowledgement, _ partner: String)
    throws(OutboxError) -> Sealed
  {
    let place = acknowledgementPlace(acknowledgement.digest.octets, partner)
    return try sealing { () throws(SealError) in
      try Seal.seal(acknowledgement.octets, at: place, with: key)
    }
  }

  /// Octets of a partner that belong to no delivery, the last first; opened.
  package func strays(from partner: String, limit: Int) async throws(OutboxError)
    -> [KeptAcknowledgement]
  {
    let rows = try await read { (store) throws(StoreError) in
      try store.rows(
        """
        SELECT digest, partner, verdict, wrapped_key, sealed FROM stray WHERE partner = ?
        ORDER BY row DESC LIMIT ?
        """, .text(partner), SQLValue(limit))
    }
    var kept: [KeptAcknowledgement] = []
    for row in rows { kept.append(try open(row)) }
    return kept
  }
}

private func isRefusedAlready(
  _ acknowledgement: NewAcknowledgement, _ row: Int64?, _ partner: String,
  _ change: borrowing Transaction
) throws(StoreError) -> Bool {
  let digest = SQLValue.blob(acknowledgement.digest.octets)
  let verdict = SQLValue.text(acknowledgement.verdict)
  if let row {
    return try change.row(
      "SELECT 1 FROM acknowledgement WHERE delivery = ? AND digest = ? AND verdict = ?",
      .integer(row), digest, verdict) != nil
  }
  return try change.run(
    "UPDATE stray SET repeats = repeats + 1 WHERE partner = ? AND digest = ? AND verdict = ?",
    .text(partner), digest, verdict) > 0
}

private let refusedSince: Statement = """
  SELECT (SELECT count(*) FROM stray WHERE partner = ? AND received_at >= ?)
    + (SELECT count(*) FROM acknowledgement INDEXED BY acknowledgement_refused
      WHERE partner = ? AND received_at >= ? AND verdict <> 'verified')
  """

/// Kept apart, because an acknowledgement belongs to a delivery and these name none that counts.
let strayTable = """
  CREATE TABLE stray(
    row INTEGER PRIMARY KEY, partner TEXT NOT NULL, digest BLOB NOT NULL, verdict TEXT NOT NULL,
    step INTEGER, received_at INTEGER NOT NULL, report TEXT NOT NULL,
    repeats INTEGER NOT NULL DEFAULT 0, wrapped_key BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE UNIQUE INDEX stray_once ON stray(partner, digest, verdict);
  CREATE INDEX stray_of ON stray(partner, received_at);
  CREATE INDEX acknowledgement_refused ON acknowledgement(partner, received_at)
    WHERE verdict <> 'verified';
  CREATE INDEX attempt_open ON attempt(row) WHERE outcome IS NULL;
  """
