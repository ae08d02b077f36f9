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
      return try recipientRevisions(of: try named?.blob(0) ?? id.octets, at: now) {
        (statement, values) throws(StoreError) in try store.rows(statement, values: values)
      }
    }
  }

  /// Changes whose time has passed without a word, each named once. Asked again where it is
  /// written: the word may have come meanwhile.
  package func changesPastDue(at now: Instant) async throws(OutboxError) -> [OverdueChange] {
    let found = try await read { (store) throws(StoreError) in
      try collect(
        try store.rows(
          "SELECT id, partner, change_due FROM delivery AS d INDEXED BY delivery_change WHERE"
            + unnamed, .integer(now.milliseconds)), OverdueChange.init)
    }
    guard !found.isEmpty else { return [] }
    return try await write { (change) throws(StoreError) in
      try collect(found) { (one) throws(StoreError) in
        let named = try change.run(
          "UPDATE delivery AS d SET change_alarmed = 1 WHERE id = ?2 AND" + unnamed,
          .integer(now.milliseconds), .blob(one.id.octets))
        return named > 0 ? one : nil
      }
    }
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

/// In the words of whoever asks: a change or a read.
func recipientRevisions(
  of referral: [UInt8], at now: Instant,
  _ query: (Statement, [SQLValue]) throws(StoreError) -> [Row]
) throws(StoreError) -> [RecipientRevision] {
  let deliveries = try collect(
    try query(
      deliverySummary + " WHERE referral = ? ORDER BY partner, revision, row",
      [.blob(referral)]), DeliverySummary.init)
  var changes: [Int64: Row] = [:]
  for row in try query(
    "SELECT row, change_due, change_result FROM delivery WHERE referral = ?", [.blob(referral)])
  {
    changes[try row.integer(0)] = row
  }
  let latest = Dictionary(deliveries.map { ($0.partner, $0.row) }) { _, last in last }
  return try deliveries.map { (delivery) throws(StoreError) in
    let isLatest = latest[delivery.partner] == delivery.row
    let isAwaited = isLatest && delivery.state != .cancelled
    let due = try changes[delivery.row]?.optionalInteger(1).map(Instant.init(milliseconds:))
    let result = try changes[delivery.row]?.optionalText(2).flatMap(ChangeResult.init)
    return RecipientRevision(
      delivery: delivery, isLatest: isLatest,
      change: ChangeStanding(due: isAwaited ? due : nil, result: result, now))
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

/// The case system hears of it with the alarm.
let changeEvents = """
  CREATE TRIGGER event_of_change AFTER UPDATE OF change_alarmed ON delivery
    WHEN new.change_alarmed = 1 AND old.change_alarmed = 0 BEGIN
    INSERT INTO event(kind, referral, revision, exercise, delivery)
    VALUES('change-overdue', new.referral, new.revision, new.exercise, new.row);
  END;
  """

/// Past the time in the first parameter, and nobody has been told; what a person has settled is
/// that person's.
private let unnamed: Statement =
  awaited + " AND settled_at IS NULL AND change_alarmed = 0 AND change_due <= ?1"

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
