/// T4: what an operator orders about a delivery, in one commit with the entry that says who.
// SPDX-License-Identifier: Apache-2.0
package import Platform
package import Referrals
import SQLite

/// A delivery with all that an order is judged by.
package struct OrderedDelivery: Sendable {
  package let row: Int64
  package let id: UniversalID
  package let partner: String
  package let progress: DeliveryProgress
  package let priority: Priority
  package let acceptedAt: Instant
  package let expires: Instant
  package let answer: DeliveryAnswer
  /// A person has dealt with its end.
  package let isSettled: Bool
  /// A later revision may have reached the partner: this one must not follow it.
  package let isOvertaken: Bool
  /// Of the document with its signature; 0 once its content is destroyed.
  package let octets: Int
  /// A correction or withdrawal that nobody has said was carried out in its time.
  package let changeIsOverdue: Bool

  package init(
    row: Int64, id: UniversalID, partner: String, progress: DeliveryProgress, priority: Priority,
    acceptedAt: Instant, expires: Instant, answer: DeliveryAnswer, isSettled: Bool,
    isOvertaken: Bool, octets: Int, changeIsOverdue: Bool = false
  ) {
    self.changeIsOverdue = changeIsOverdue
    self.row = row
    self.id = id
    self.partner = partner
    self.progress = progress
    self.priority = priority
    self.acceptedAt = acceptedAt
    self.expires = expires
    self.answer = answer
    self.isSettled = isSettled
    self.isOvertaken = isOvertaken
    self.octets = octets
  }
}

/// The judgement of an order, made inside the transaction.
package enum OrderEffect: Sendable, Equatable {
  case progress(DeliveryProgress)
  case settled
  /// A closed word.
  case refused(String)
}

package typealias OrderDecision = @Sendable (OrderedDelivery) -> OrderEffect

/// Which deliveries a job is about.
package enum JobSelection: Sendable {
  case ids([UniversalID])
  case filter(DeliveryFilter)
}

extension OutboxStore {
  package func ordered(_ id: UniversalID) async throws(OutboxError) -> OrderedDelivery? {
    try await read { (store) throws(StoreError) in
      try store.row(orderedRows + " WHERE d.id = ?", .blob(id.octets))
        .flatMap { (row) throws(StoreError) in try OrderedDelivery(row) }
    }
  }

  /// Carries out an order about one delivery. Nil when there is no such delivery; what is refused
  /// leaves no trace.
  package func order(_ id: UniversalID, _ entry: AuditEntry, decide: @escaping OrderDecision)
    async throws(OutboxError) -> (delivery: OrderedDelivery, effect: OrderEffect)?
  {
    let sealed = try sealed(entry)
    return try await write { (change) throws(StoreError) in
      guard let row = try change.row(orderedRows + " WHERE d.id = ?", .blob(id.octets)),
        let delivery = try OrderedDelivery(row)
      else { return nil }
      let effect = decide(delivery)
      try apply(effect, to: delivery, at: entry.at, change)
      if case .refused = effect { return (delivery, effect) }
      try sealed.write(change)
      return (delivery, effect)
    }
  }

  /// A part of what a filter matches, oldest first, after the row `after`; for looking before
  /// acting.
  package func ordered(_ filter: DeliveryFilter, after: Int64, limit: Int)
    async throws(OutboxError) -> [OrderedDelivery]
  {
    try await read { (store) throws(StoreError) in
      let rows = try store.rows(
        orderedRows + " WHERE d.row > ?6 AND" + selected + " ORDER BY d.row LIMIT ?5",
        values: filter.values(limit: limit) + [.integer(after)])
      return try collect(rows, OrderedDelivery.init)
    }
  }

  /// Those of the ids that are deliveries; a few hundred ids at a time.
  package func ordered(_ ids: some Collection<UniversalID> & Sendable) async throws(OutboxError)
    -> [OrderedDelivery]
  {
    try await read { (store) throws(StoreError) in
      try collect(Array(ids)) { (id) throws(StoreError) in
        try store.row(orderedRows + " WHERE d.id = ?", .blob(id.octets))
          .flatMap { (row) throws(StoreError) in try OrderedDelivery(row) }
      }
    }
  }
}

func apply(
  _ effect: OrderEffect, to delivery: OrderedDelivery, at now: Instant,
  _ change: borrowing Transaction
) throws(StoreError) {
  switch effect {
  case .refused: return
  case .settled:
    try change.run(
      "UPDATE delivery SET settled_at = ? WHERE row = ?", .integer(now.milliseconds),
      .integer(delivery.row))
  case .progress(let next):
    try save(next, of: delivery.row, change)
    // What goes again may end badly again.
    try change.run("UPDATE delivery SET settled_at = NULL WHERE row = ?", .integer(delivery.row))
  }
}

let orderedRows: Statement = """
  SELECT d.state, d.reason, d.next_at, d.attempts, d.epoch, d.unverified, d.refused_unsigned,
    d.superseded, d.row, d.id, d.partner, d.priority, d.accepted_at, d.expires, d.answer,
    d.settled_at,
    coalesce((SELECT length(b.sealed) - 28 FROM body AS b WHERE b.row = d.row), 0),
    EXISTS (SELECT 1 FROM delivery AS e WHERE e.referral = d.referral AND e.partner = d.partner
      AND e.revision > d.revision AND e.attempts > 0),
    d.change_alarmed = 1 AND d.change_result IS NULL
  FROM delivery AS d
  """

/// The condition of a filter over `delivery AS d`; its parameters are `DeliveryFilter.values`.
let selected: Statement = """
   (?1 IS NULL OR d.partner = ?1)
    AND (?2 IS NULL OR d.state IN (SELECT value FROM json_each(?2)))
    AND (?3 IS NULL OR d.accepted_at >= ?3) AND (?4 IS NULL OR d.kind = ?4)
  """

extension DeliveryFilter {
  /// Partner, states as a JSON array, since, kind, limit.
  func values(limit: Int) -> [SQLValue] {
    let words = states.map { "\"\($0.rawValue)\"" }.joined(separator: ",")
    return [
      SQLValue(partner), states.isEmpty ? .null : .text("[\(words)]"),
      SQLValue(since?.milliseconds), SQLValue(kind), SQLValue(limit),
    ]
  }
}

extension OrderedDelivery {
  /// Nil for words that this version does not know.
  init?(_ found: Row) throws(StoreError) {
    guard let progress = try DeliveryProgress(found, from: 0),
      let id = UniversalID(octets: try found.blob(9)),
      let priority = Priority(rawValue: try found.text(11)),
      let answer = DeliveryAnswer(rawValue: try found.text(14))
    else { return nil }
    self.init(
      row: try found.integer(8), id: id, partner: try found.text(10), progress: progress,
      priority: priority, acceptedAt: Instant(milliseconds: try found.integer(12)),
      expires: Instant(milliseconds: try found.integer(13)), answer: answer,
      isSettled: try !found.isNull(15), isOvertaken: try found.integer(17) != 0,
      octets: Int(try found.integer(16)), changeIsOverdue: try found.integer(18) != 0)
  }
}
