/// What the sending loop asks: which deliveries are due, and which have had their time.
// SPDX-License-Identifier: Apache-2.0
package import Platform
package import Referrals
import SQLite

/// A ready delivery, as the scheduler wants it.
package struct DueDelivery: Sendable {
  package let row: Int64
  package let partner: String
  package let priority: Priority
  package let expires: Instant
}

/// A delivery that time alone moves or raises an alarm for.
package struct OverdueDelivery: Sendable {
  package let row: Int64
  package let id: UniversalID
  package let partner: String
  package let priority: Priority
}

extension OutboxStore {
  /// A partner's ready deliveries whose time has come: whoever is in immediate danger, then the
  /// longest due. A revision waits for the one before it (docs/states.md).
  package func due(for partner: String, at now: Instant, limit: Int) async throws(OutboxError)
    -> [DueDelivery]
  {
    try await read { (store) throws(StoreError) in
      let values: [SQLValue] = [
        .text(partner), .integer(now.milliseconds), SQLValue(limit),
      ]
      let danger = try store.rows(readyInDanger + inOrder, values: values)
      let rest = try store.rows(ready + inOrder, values: values)
      return try collect(danger + rest) { (row) throws(StoreError) in
        guard let priority = Priority(rawValue: try row.text(2)) else { return nil }
        return DueDelivery(
          row: try row.integer(0), partner: try row.text(1), priority: priority,
          expires: Instant(milliseconds: try row.integer(3)))
      }
    }
  }

  /// When a partner's next delivery that is not due yet will be.
  package func nextDue(for partner: String, after now: Instant) async throws(OutboxError)
    -> Instant?
  {
    try await read { (store) throws(StoreError) in
      try store.row(
        "SELECT min(next_at) FROM delivery WHERE partner = ? AND state IN ('QUEUED','DEFERRED') "
          + "AND next_at > ?", .text(partner), .integer(now.milliseconds))?
        .optionalInteger(0).map(Instant.init(milliseconds:))
    }
  }

  /// Deliveries whose awaited answer or decision is due, and open ones past `expires`.
  package func overdue(at now: Instant) async throws(OutboxError) -> [OverdueDelivery] {
    try await read { (store) throws(StoreError) in
      let awaiting = try store.rows(
        "SELECT row, id, partner, priority FROM delivery WHERE state = 'AWAITING' "
          + "AND reason IN ('receipt-due','revocation') AND next_at <= ?",
        .integer(now.milliseconds))
      let expired = try store.rows(
        "SELECT row, id, partner, priority FROM delivery "
          + "WHERE state IN ('QUEUED','DEFERRED','AWAITING','HELD') AND expires <= ?",
        .integer(now.milliseconds))
      return try collect(awaiting + expired, OverdueDelivery.init)
    }
  }

  /// Deliveries that have no receipt in the time that their priority allows; each is named once.
  package func withoutReceipt(at now: Instant) async throws(OutboxError) -> [OverdueDelivery] {
    try await write { (change) throws(StoreError) in
      let rows = try change.rows(
        "SELECT row, id, partner, priority FROM delivery WHERE alarmed = 0 "
          + "AND state IN ('QUEUED','SENDING','DEFERRED','AWAITING','HELD') "
          + "AND answer_deadline <= ?", .integer(now.milliseconds))
      for row in rows {
        try change.run(
          "UPDATE delivery SET alarmed = 1 WHERE row = ?", .integer(try row.integer(0)))
      }
      return try collect(rows, OverdueDelivery.init)
    }
  }
}

private let ready: Statement = """
  SELECT row, partner, priority, expires FROM delivery AS d
  WHERE partner = ? AND state IN ('QUEUED','DEFERRED') AND next_at <= ?
  """
private let readyInDanger: Statement = """
  SELECT row, partner, priority, expires FROM delivery AS d
  WHERE priority = 'immediate-danger' AND partner = ? AND state IN ('QUEUED','DEFERRED')
    AND next_at <= ?
  """
private let inOrder: Statement = """

    AND NOT EXISTS (SELECT 1 FROM delivery AS e WHERE e.referral = d.referral
      AND e.partner = d.partner AND e.revision < d.revision
      AND e.state IN ('QUEUED','SENDING','AWAITING','DEFERRED'))
  ORDER BY next_at LIMIT ?
  """

extension OverdueDelivery {
  fileprivate init?(_ found: Row) throws(StoreError) {
    guard let id = UniversalID(octets: try found.blob(1)),
      let priority = Priority(rawValue: try found.text(3))
    else { return nil }
    self.init(row: try found.integer(0), id: id, partner: try found.text(2), priority: priority)
  }
}
