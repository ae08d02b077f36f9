/// How far a delivery has come, read and written inside the transaction that decides it.
// SPDX-License-Identifier: Apache-2.0
package import Platform
package import Referrals
import SQLite

/// The pure machine's word on a delivery, asked inside the transaction. Nil: nothing changes.
package typealias ProgressDecision = @Sendable (DeliveryProgress) -> DeliveryProgress?

/// The same outside of an attempt, where the delivery's terms count too.
package typealias StepDecision =
  @Sendable (DeliveryProgress, Priority, _ expires: Instant) -> DeliveryProgress

private let progressOfDelivery: Statement = """
  SELECT state, reason, next_at, attempts, epoch, unverified, refused_unsigned, superseded
  FROM delivery WHERE row = ?
  """

func progress(of row: Int64, _ change: borrowing Transaction) throws(StoreError)
  -> DeliveryProgress?
{
  try change.row(progressOfDelivery, .integer(row)).flatMap { (found) throws(StoreError) in
    try DeliveryProgress(found, from: 0)
  }
}

func progress(of row: Int64, _ store: borrowing Reading) throws(StoreError) -> DeliveryProgress? {
  try store.row(progressOfDelivery, .integer(row)).flatMap { (found) throws(StoreError) in
    try DeliveryProgress(found, from: 0)
  }
}

extension DeliveryProgress {
  /// From eight columns, state first; nil for a state that this version does not know.
  init?(_ found: Row, from first: Int) throws(StoreError) {
    guard let state = DeliveryState(rawValue: try found.text(first)) else { return nil }
    self.init(
      state: state,
      reason: try found.optionalText(first + 1).flatMap(DeliveryReason.init(rawValue:)),
      nextAt: Instant(milliseconds: try found.integer(first + 2)),
      attempts: Int(try found.integer(first + 3)), epoch: Int(try found.integer(first + 4)),
      unverified: Int(try found.integer(first + 5)),
      refusedUnsigned: Int(try found.integer(first + 6)),
      superseded: try found.integer(first + 7) != 0)
  }
}

func step(_ row: Int64, _ decide: StepDecision, _ change: borrowing Transaction)
  throws(StoreError) -> DeliveryProgress?
{
  guard let progress = try progress(of: row, change),
    let terms = try change.row(
      "SELECT priority, expires FROM delivery WHERE row = ?", .integer(row)),
    let priority = Priority(rawValue: try terms.text(0))
  else { return nil }
  let next = decide(progress, priority, Instant(milliseconds: try terms.integer(1)))
  guard next != progress else { return nil }
  try save(next, of: row, change)
  return next
}

func save(_ next: DeliveryProgress, of row: Int64, _ change: borrowing Transaction)
  throws(StoreError)
{
  try change.run(
    """
    UPDATE delivery SET state = ?, reason = ?, next_at = ?, attempts = ?, epoch = ?,
      unverified = ?, refused_unsigned = ?, superseded = ? WHERE row = ?
    """, .text(next.state.rawValue), SQLValue(next.reason?.rawValue),
    .integer(next.nextAt.milliseconds), SQLValue(next.attempts), SQLValue(next.epoch),
    SQLValue(next.unverified), SQLValue(next.refusedUnsigned), SQLValue(next.superseded),
    .integer(row))
}
