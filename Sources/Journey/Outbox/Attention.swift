/// What waits and for how long, and what asks for a person; counted from the record itself.
// SPDX-License-Identifier: Apache-2.0
package import Platform
import SQLite

/// How many open deliveries of one partner are of one age.
package struct ShapeCell: Sendable, Equatable {
  package let partner: String
  /// The place of the first bound that the age is below; the number of bounds when there is none.
  package let bucket: Int
  package let count: Int
  /// Of these, how many are on the wire.
  package let sending: Int

  package init(partner: String, bucket: Int, count: Int, sending: Int) {
    self.partner = partner
    self.bucket = bucket
    self.count = count
    self.sending = sending
  }
}

/// A delivery that asks for a person.
package struct AttentionDelivery: Sendable {
  package let id: UniversalID
  package let partner: String
  package let state: DeliveryState
  package let reason: DeliveryReason?
  /// End of the last attempt, or when it was accepted; for what is overdue its deadline.
  package let since: Instant
}

extension OutboxStore {
  /// Upper bounds of the ages in minutes, as Postfix's qshape has them.
  package static let shapeMinutes: [Int64] = [5, 10, 20, 40, 80, 160, 320, 640, 1_280]

  package func shape(at now: Instant) async throws(OutboxError) -> [ShapeCell] {
    try await read { (store) throws(StoreError) in
      let bounds = OutboxStore.shapeMinutes.map { minutes in
        SQLValue.integer(now.adding(seconds: -60 * minutes).milliseconds)
      }
      return try store.rows(agesRows, values: bounds).map { (row) throws(StoreError) in
        ShapeCell(
          partner: try row.text(0), bucket: Int(try row.integer(1)),
          count: Int(try row.integer(2)), sending: Int(try row.integer(3)))
      }
    }
  }

  /// Held or ended badly, and nobody has settled it.
  package func unsettled(limit: Int) async throws(OutboxError) -> [AttentionDelivery] {
    try await read { (store) throws(StoreError) in
      try collect(try store.rows(unsettledRows, SQLValue(limit)), AttentionDelivery.init)
    }
  }

  /// Without a receipt in the time that the priority allows; not what is held, which is named
  /// already.
  package func overdueReceipts(at now: Instant, limit: Int) async throws(OutboxError)
    -> [AttentionDelivery]
  {
    try await read { (store) throws(StoreError) in
      let rows = try store.rows(
        """
        SELECT id, partner, state, reason, answer_deadline
        FROM delivery INDEXED BY delivery_overdue
        WHERE alarmed = 1 AND state IN ('QUEUED','SENDING','DEFERRED','AWAITING','HELD')
          AND state <> 'HELD' AND coalesce(reason, '') <> 'revocation' AND answer_deadline <= ?
        ORDER BY row LIMIT ?
        """, .integer(now.milliseconds), SQLValue(limit))
      return try collect(rows, AttentionDelivery.init)
    }
  }

  /// A good receipt whose signer's revocation nobody can decide now.
  package func undecided(limit: Int) async throws(OutboxError) -> [AttentionDelivery] {
    try await read { (store) throws(StoreError) in
      let rows = try store.rows(
        """
        SELECT id, partner, state, reason,
          coalesce((SELECT max(ended_at) FROM attempt WHERE delivery = d.row), accepted_at)
        FROM delivery AS d WHERE state = 'AWAITING' AND reason = 'revocation' LIMIT ?
        """, SQLValue(limit))
      return try collect(rows, AttentionDelivery.init)
    }
  }

  /// Writes and commits a row: only that shows that the record can be written.
  package func proveWritable(at now: Instant) async throws(OutboxError) {
    _ = try await add { (change) throws(StoreError) in
      try change.run(
        "INSERT OR REPLACE INTO setting VALUES('checked-at', ?)", .text(now.description))
    }
  }
}

private let agesRows: Statement = """
  SELECT partner, bucket, count(*), sum(sending) FROM (
    SELECT partner, sending, CASE WHEN accepted_at > ?1 THEN 0 WHEN accepted_at > ?2 THEN 1
      WHEN accepted_at > ?3 THEN 2 WHEN accepted_at > ?4 THEN 3 WHEN accepted_at > ?5 THEN 4
      WHEN accepted_at > ?6 THEN 5 WHEN accepted_at > ?7 THEN 6 WHEN accepted_at > ?8 THEN 7
      WHEN accepted_at > ?9 THEN 8 ELSE 9 END AS bucket
    FROM (
      SELECT partner, accepted_at, 0 AS sending FROM delivery INDEXED BY delivery_expires
        WHERE state IN ('QUEUED','DEFERRED','AWAITING','HELD')
      UNION ALL
      SELECT partner, accepted_at, 1 FROM delivery INDEXED BY delivery_sending
        WHERE state = 'SENDING'))
  GROUP BY partner, bucket ORDER BY partner, bucket
  """

private let unsettledRows: Statement = """
  SELECT id, partner, state, reason, CASE WHEN state = 'EXPIRED' THEN expires ELSE
    coalesce((SELECT max(ended_at) FROM attempt WHERE delivery = d.row), accepted_at) END
  FROM delivery AS d INDEXED BY delivery_attention
  WHERE (state IN ('HELD','DEAD','EXPIRED') OR answer = 'rejected') AND settled_at IS NULL
  ORDER BY row LIMIT ?
  """

extension AttentionDelivery {
  /// Nil for words that this version does not know.
  fileprivate init?(_ found: Row) throws(StoreError) {
    guard let id = UniversalID(octets: try found.blob(0)),
      let state = DeliveryState(rawValue: try found.text(2))
    else { return nil }
    self.init(
      id: id, partner: try found.text(1), state: state,
      reason: try found.optionalText(3).flatMap(DeliveryReason.init(rawValue:)),
      since: Instant(milliseconds: try found.integer(4)))
  }
}
