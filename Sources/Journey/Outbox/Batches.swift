/// Statistics batches: what of a quarter is still kept, and that each partner gets one batch of it.
// SPDX-License-Identifier: Apache-2.0
package import Platform
import Referrals
import Seal
import Signing
import SQLite

/// A referral of a quarter, as it stood at the quarter's end.
package struct QuarterReferral: Sendable {
  package let id: UniversalID
  package let revision: Int
  /// Nil where an earlier version of the gateway has not recorded it.
  package let exercise: Bool?
}

/// A signed batch, ready to be kept.
package struct NewBatch: Sendable {
  /// "2026-Q3".
  package let quarter: String
  package let delivery: NewDelivery
  package let exercise: Bool
  /// The numbers that it was made from; kept sealed, so that those of another partner's batch can
  /// be compared with them.
  package let numbers: [UInt8]
  /// How many batches of the quarter there were when those were compared.
  package let seen: Int

  package init(
    quarter: String, delivery: NewDelivery, exercise: Bool, numbers: [UInt8], seen: Int
  ) {
    self.quarter = quarter
    self.delivery = delivery
    self.exercise = exercise
    self.numbers = numbers
    self.seen = seen
  }
}

/// One line of `statistics list`.
package struct BatchSummary: Sendable {
  package let quarter: String
  package let partner: String
  package let orderedAt: Instant
  /// Of the delivery.
  package let id: UniversalID
  package let state: DeliveryState
  package let exercise: Bool
}

package enum BatchRecording: Sendable {
  case kept
  /// This partner has its batch of the quarter; this is its delivery.
  case exists(UniversalID)
  /// Another batch of the quarter came between: compare with it.
  case otherCameBetween
}

extension OutboxStore {
  /// Every referral first accepted in a span of time, in its last revision of that span.
  package func referrals(acceptedFrom start: Instant, before end: Instant)
    async throws(OutboxError) -> [QuarterReferral]
  {
    try await read { (store) throws(StoreError) in
      let rows = try store.rows(
        """
        SELECT s.referral, s.revision, s.exercise
        FROM submission AS f JOIN submission AS s ON s.referral = f.referral
        WHERE f.revision = 1 AND f.accepted_at >= ?1 AND f.accepted_at < ?2
          AND s.revision = (SELECT max(l.revision) FROM submission AS l
            WHERE l.referral = f.referral AND l.accepted_at < ?2)
        ORDER BY f.row
        """, .integer(start.milliseconds), .integer(end.milliseconds))
      return try collect(rows) { (row) throws(StoreError) in
        guard let id = UniversalID(octets: try row.blob(0)) else { return nil }
        return QuarterReferral(
          id: id, revision: Int(try row.integer(1)),
          exercise: try row.optionalInteger(2).map { $0 != 0 })
      }
    }
  }

  /// All batches, the latest first.
  package func batches() async throws(OutboxError) -> [BatchSummary] {
    try await read { (store) throws(StoreError) in
      let rows = try store.rows(
        """
        SELECT b.quarter, b.partner, d.accepted_at, d.id, d.state, d.exercise
        FROM batch AS b JOIN delivery AS d ON d.row = b.delivery ORDER BY b.delivery DESC
        """)
      return try collect(rows) { (row) throws(StoreError) in
        guard let id = UniversalID(octets: try row.blob(3)),
          let state = DeliveryState(rawValue: try row.text(4))
        else { return nil }
        return BatchSummary(
          quarter: try row.text(0), partner: try row.text(1),
          orderedAt: Instant(milliseconds: try row.integer(2)), id: id, state: state,
          exercise: try row.integer(5) != 0)
      }
    }
  }

  /// The numbers that every batch of a quarter was made from, opened.
  package func batchNumbers(of quarter: String) async throws(OutboxError) -> [[UInt8]] {
    let rows = try await read { (store) throws(StoreError) in
      try store.rows(
        "SELECT partner, wrapped_key, sealed FROM batch WHERE quarter = ? ORDER BY delivery",
        .text(quarter)
      ).map { (row) throws(StoreError) in
        (
          partner: try row.text(0),
          sealed: Sealed(wrappedKey: try row.blob(1), octets: try row.blob(2))
        )
      }
    }
    var all: [[UInt8]] = []
    for row in rows {
      let opened = try sealing { () throws(SealError) in
        try unseal(row.sealed, at: numbersPlace(quarter, row.partner), with: key)
      }
      all.append(opened.octets)
    }
    return all
  }

  /// T0 of a batch: the delivery, that it was made, and who ordered it; one commit.
  package func accept(_ batch: NewBatch, _ entry: AuditEntry) async throws(OutboxError)
    -> BatchRecording
  {
    let terms = batch.delivery.terms
    let body = try sealBody(of: batch.delivery)
    let numbers = try sealing { () throws(SealError) in
      try seal(batch.numbers, at: numbersPlace(batch.quarter, terms.partner), with: key)
    }
    let sealedEntry = try sealed(entry)
    let origin = DeliveryOrigin(
      referralID: terms.conversationID, revision: 1, kind: OutboxStore.batchKind,
      priority: .routine, exercise: batch.exercise, acceptedAt: entry.at)
    return try await add { (change) throws(StoreError) in
      let there = try change.row(
        """
        SELECT d.id FROM batch AS b JOIN delivery AS d ON d.row = b.delivery
        WHERE b.quarter = ? AND b.partner = ?
        """, .text(batch.quarter), .text(terms.partner))
      if let id = try there.flatMap({ (row) throws(StoreError) in
        UniversalID(octets: try row.blob(0))
      }) {
        return .exists(id)
      }
      let others = try change.row(
        "SELECT count(*) FROM batch WHERE quarter = ?", .text(batch.quarter))
      guard Int(try others?.integer(0) ?? 0) == batch.seen else { return .otherCameBetween }
      try insert(batch.delivery, body, origin, change)
      try change.run(
        """
        INSERT INTO batch(quarter, partner, delivery, wrapped_key, sealed)
        SELECT ?, ?, row, ?, ? FROM delivery WHERE id = ?
        """, .text(batch.quarter), .text(terms.partner), .blob(numbers.wrappedKey),
        .blob(numbers.octets), .blob(batch.delivery.document.id.octets))
      try sealedEntry.write(change)
      return .kept
    }
  }

  /// In place of a referral's kind.
  package static let batchKind = "STATISTICS"
}

private func numbersPlace(_ quarter: String, _ partner: String) -> SealPlace {
  SealPlace(record: "batch", id: quarter, partner: partner, schemaVersion: "-")
}

/// The case system is told of what it handed in; a batch is nothing of that.
let batchTables = """
  ALTER TABLE submission ADD COLUMN exercise INTEGER;
  UPDATE submission SET exercise = (
    SELECT max(d.exercise) FROM delivery AS d WHERE d.referral = submission.referral);
  CREATE INDEX submission_first ON submission(accepted_at) WHERE revision = 1;
  CREATE TABLE batch(
    quarter TEXT NOT NULL, partner TEXT NOT NULL,
    delivery INTEGER NOT NULL UNIQUE REFERENCES delivery(row),
    wrapped_key BLOB NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY(quarter, partner)) STRICT, WITHOUT ROWID;
  CREATE TRIGGER batch_kept BEFORE DELETE ON batch BEGIN SELECT RAISE(ABORT, 'append only'); END;
  CREATE TRIGGER batch_same BEFORE UPDATE ON batch BEGIN SELECT RAISE(ABORT, 'append only'); END;
  CREATE TRIGGER event_of_batch AFTER INSERT ON event
    WHEN (SELECT kind FROM delivery WHERE row = new.delivery) = 'STATISTICS' BEGIN
    DELETE FROM event WHERE number = new.number;
  END;
  """
