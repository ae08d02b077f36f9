/// Whether corrections and withdrawals were carried out, by every partner that has any revision.
// SPDX-License-Identifier: Apache-2.0
package import Platform
import SQLite

/// How far a partner is with a correction or withdrawal.
package enum ChangeStanding: Sendable, Equatable {
  /// Nothing of the kind is awaited.
  case none
  case waiting(until: Instant)
  case overdue(since: Instant)
  case done(ChangeResult)

  /// The word for people and programs.
  package var word: String {
    switch self {
    case .none: "not-awaited"
    case .waiting: "waiting"
    case .overdue: "overdue"
    case .done(.refusedLegalDuty): "refused-on-duty"
    case .done(.replaced), .done(.restricted), .done(.erased): "executed"
    }
  }
}

/// One revision of a referral at one partner.
package struct RecipientRevision: Sendable {
  package let delivery: DeliverySummary
  /// The partner has none that is later.
  package let isLatest: Bool
  package let change: ChangeStanding
}

/// A change that nobody has said was carried out.
package struct OverdueChange: Sendable {
  package let id: UniversalID
  package let partner: String
  package let due: Instant
}

extension OutboxStore {
  /// Every revision that any partner was sent, by partner and revision.
  /// - Parameter id: of the referral, or of any delivery of it.
  package func recipients(of id: UniversalID, at now: Instant) async throws(OutboxError)
    -> [RecipientRevision]
  {
    try await read { (store) throws(StoreError) in
      let named = try store.row("SELECT referral FROM delivery WHERE id = ?", .blob(id.octets))
      let referral = try named?.blob(0) ?? id.octets
      let summaries = try collect(
        try store.rows(
          deliverySummary + " WHERE referral = ? ORDER BY partner, revision, row",
          .blob(referral)), DeliverySummary.init)
      var found: [RecipientRevision] = []
      for delivery in summaries {
        let latest = summaries.last { $0.partner == delivery.partner }
        let row = try store.row(
          "SELECT change_due, change_result FROM delivery WHERE row = ?",
          .integer(delivery.row))
        let due = try row?.optionalInteger(0).map(Instant.init(milliseconds:))
        let result = try row?.optionalText(1).flatMap(ChangeResult.init)
        let isLatest = latest?.row == delivery.row
        found.append(
          RecipientRevision(
            delivery: delivery, isLatest: isLatest,
            change: ChangeStanding(
              due: delivery.state == .cancelled || !isLatest ? nil : due, result: result, now)))
      }
      return found
    }
  }

  /// Changes whose time has passed without a word, each named once.
  package func changesPastDue(at now: Instant) async throws(OutboxError) -> [OverdueChange] {
    let found = try await read { (store) throws(StoreError) in
      try collect(
        try store.rows(
          "SELECT id, partner, change_due FROM delivery AS d INDEXED BY delivery_change WHERE"
            + awaited + " AND change_alarmed = 0 AND change_due <= ?", .integer(now.milliseconds)),
        OverdueChange.init)
    }
    guard !found.isEmpty else { return [] }
    try await write { (change) throws(StoreError) in
      for one in found {
        try change.run(
          "UPDATE delivery SET change_alarmed = 1 WHERE id = ?", .blob(one.id.octets))
      }
    }
    return found
  }

  /// Those that were named and still wait.
  package func overdueChanges(limit: Int) async throws(OutboxError) -> [OverdueChange] {
    try await read { (store) throws(StoreError) in
      try collect(
        try store.rows(
          "SELECT id, partner, change_due FROM delivery AS d INDEXED BY delivery_change WHERE"
            + awaited + " AND change_alarmed = 1 AND settled_at IS NULL ORDER BY row LIMIT ?",
          SQLValue(limit)), OverdueChange.init)
    }
  }
}

/// The word that was signed last counts, as for the answer.
func keepChange(
  _ result: ChangeResult, signedAt: Instant, of row: Int64, _ change: borrowing Transaction
) throws(StoreError) {
  try change.run(
    """
    UPDATE delivery SET change_result = ?, change_signed_at = ?
    WHERE row = ? AND coalesce(change_signed_at, 0) <= ?
    """, .text(result.rawValue), .integer(signedAt.milliseconds), .integer(row),
    .integer(signedAt.milliseconds))
}

let changeColumns = """
  ALTER TABLE delivery ADD COLUMN change_due INTEGER;
  ALTER TABLE delivery ADD COLUMN change_result TEXT;
  ALTER TABLE delivery ADD COLUMN change_signed_at INTEGER;
  ALTER TABLE delivery ADD COLUMN change_alarmed INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX delivery_change ON delivery(change_due)
    WHERE change_due IS NOT NULL AND change_result IS NULL;
  """

/// A later revision at the same partner makes an earlier change a matter of the past.
private let awaited: Statement = """
   change_due IS NOT NULL AND change_result IS NULL AND state <> 'CANCELLED'
    AND NOT EXISTS (SELECT 1 FROM delivery AS e WHERE e.referral = d.referral
      AND e.partner = d.partner AND e.revision > d.revision)
  """

extension ChangeStanding {
  fileprivate init(due: Instant?, result: ChangeResult?, _ now: Instant) {
    if let result {
      self = .done(result)
    } else if let due {
      self = now < due ? .waiting(until: due) : .overdue(since: due)
    } else {
      self = .none
    }
  }
}

extension OverdueChange {
  fileprivate init?(_ row: Row) throws(StoreError) {
    guard let id = UniversalID(octets: try row.blob(0)) else { return nil }
    self.init(
      id: id, partner: try row.text(1), due: Instant(milliseconds: try row.integer(2)))
  }
}
