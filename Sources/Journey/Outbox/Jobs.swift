/// Orders over many deliveries as durable jobs: in chunks, each delivery once, whatever dies.
// SPDX-License-Identifier: Apache-2.0
package import Platform
import Seal
import SQLite

package enum JobState: String, Sendable, CaseIterable {
  case running = "RUNNING"
  case done = "DONE"
  case cancelled = "CANCELLED"
}

package struct NewJob: Sendable {
  package let id: UniversalID
  /// The operator's word for it.
  package let action: String
  package let selection: JobSelection
  /// What selected the deliveries, as people read it; no content.
  package let filterText: String
  package let actor: String
  package let reason: String
  package let madeAt: Instant
  /// Deliveries of one partner in a second.
  package let rate: Int

  package init(
    id: UniversalID, action: String, selection: JobSelection, filterText: String, actor: String,
    reason: String, madeAt: Instant, rate: Int
  ) {
    self.id = id
    self.action = action
    self.selection = selection
    self.filterText = filterText
    self.actor = actor
    self.reason = reason
    self.madeAt = madeAt
    self.rate = rate
  }
}

package struct JobSummary: Sendable {
  package let row: Int64
  package let id: UniversalID
  package let action: String
  package let filterText: String
  package let actor: String
  package let madeAt: Instant
  package let endedAt: Instant?
  package let state: JobState
  package let rate: Int
  package let total: Int
  package let done: Int
  package let refused: Int
}

/// What became of one delivery of a job.
package struct JobItem: Sendable {
  /// Its delivery's row: where the next page begins.
  package let row: Int64
  package let id: UniversalID
  package let partner: String
  /// "done" or the word of the refusal; nil while it waits.
  package let result: String?
  package let at: Instant?
}

/// One chunk of work.
package struct JobStep: Sendable, Equatable {
  package let worked: Int
  package let partners: Set<String>

  package init(worked: Int, partners: Set<String>) {
    self.worked = worked
    self.partners = partners
  }
}

extension OutboxStore {
  /// Fixes the deliveries of a job, in one commit with its audit entry. The same id again changes
  /// nothing. Nil when more than `limit` deliveries match.
  package func make(_ job: NewJob, limit: Int) async throws(OutboxError) -> JobSummary? {
    let entry = try sealed(
      AuditEntry(
        at: job.madeAt, actor: job.actor, action: job.action, subject: "job/\(job.id)",
        reason: job.reason))
    let reason = try sealing { () throws(SealError) in
      try seal(Array(job.reason.utf8), at: place(of: job.id), with: key)
    }
    return try await add { (change) throws(StoreError) in
      if let known = try summaries(of: job.id, change).first { return known }
      try change.run(
        """
        INSERT INTO job(id, action, filter, actor, made_at, state, rate, total, wrapped_key,
          sealed_reason) VALUES(?, ?, ?, ?, ?, 'RUNNING', ?, 0, ?, ?)
        """, .blob(job.id.octets), .text(job.action), .text(job.filterText), .text(job.actor),
        .integer(job.madeAt.milliseconds), SQLValue(job.rate), .blob(reason.wrappedKey),
        .blob(reason.octets))
      let row = change.lastInsertedRow
      let total = try addItems(of: job.selection, to: row, limit: limit + 1, change)
      guard total <= limit else {
        try change.run("DELETE FROM job_item WHERE job = ?", .integer(row))
        try change.run("DELETE FROM job WHERE row = ?", .integer(row))
        return nil
      }
      try change.run("UPDATE job SET total = ? WHERE row = ?", SQLValue(total), .integer(row))
      if total == 0 { try endIfWorked(row, at: job.madeAt, change) }
      try entry.write(change)
      return try summaries(of: job.id, change).first
    }
  }

  /// Works on the deliveries that a job still has to do, so many of each partner as `quota` says.
  /// Nothing is done for a job that is no longer running.
  package func work(
    _ job: Int64, quota: [String: Int], at now: Instant, decide: @escaping OrderDecision
  ) async throws(OutboxError) -> JobStep {
    try await write { (change) throws(StoreError) in
      guard
        try change.row("SELECT 1 FROM job WHERE row = ? AND state = 'RUNNING'", .integer(job))
          != nil
      else { return JobStep(worked: 0, partners: []) }
      var done = 0
      var refused = 0
      var partners: Set<String> = []
      for (partner, count) in quota.sorted(by: { $0.key < $1.key }) where count > 0 {
        let rows = try change.rows(
          orderedRows + """
             JOIN job_item AS i ON i.delivery = d.row
            WHERE i.job = ? AND i.partner = ? AND i.result IS NULL ORDER BY i.delivery LIMIT ?
            """, .integer(job), .text(partner), SQLValue(count))
        for delivery in try collect(rows, OrderedDelivery.init) {
          let effect = decide(delivery)
          try apply(effect, to: delivery, at: now, change)
          try change.run(
            "UPDATE job_item SET result = ?, at = ? WHERE job = ? AND delivery = ?",
            .text(effect.result), .integer(now.milliseconds), .integer(job),
            .integer(delivery.row))
          if case .refused = effect { refused += 1 } else { done += 1 }
          partners.insert(partner)
        }
      }
      try change.run(
        "UPDATE job SET done = done + ?, refused = refused + ? WHERE row = ?", SQLValue(done),
        SQLValue(refused), .integer(job))
      try endIfWorked(job, at: now, change)
      return JobStep(worked: done + refused, partners: partners)
    }
  }

  /// How many deliveries of each partner a job still has to do.
  package func waiting(of job: Int64) async throws(OutboxError) -> [String: Int] {
    try await read { (store) throws(StoreError) in
      var counts: [String: Int] = [:]
      for row in try store.rows(
        "SELECT partner, count(*) FROM job_item WHERE job = ? AND result IS NULL GROUP BY partner",
        .integer(job))
      {
        counts[try row.text(0)] = Int(try row.integer(1))
      }
      return counts
    }
  }

  /// Nil when there is no such job. One that has ended stays as it is.
  package func cancelJob(_ id: UniversalID, _ entry: AuditEntry) async throws(OutboxError)
    -> (job: JobSummary, cancelled: Bool)?
  {
    let sealed = try sealed(entry)
    return try await write { (change) throws(StoreError) in
      let cancelled = try change.run(
        "UPDATE job SET state = 'CANCELLED', ended_at = ? WHERE id = ? AND state = 'RUNNING'",
        .integer(entry.at.milliseconds), .blob(id.octets))
      if cancelled > 0 { try sealed.write(change) }
      return try summaries(of: id, change).first.map { ($0, cancelled > 0) }
    }
  }

  /// In the order in which they were made.
  package func runningJobs() async throws(OutboxError) -> [JobSummary] {
    try await read { (store) throws(StoreError) in
      try collect(
        try store.rows(jobRows + " WHERE state = 'RUNNING' ORDER BY row"), JobSummary.init)
    }
  }

  /// The latest, newest first.
  package func jobs(limit: Int) async throws(OutboxError) -> [JobSummary] {
    try await read { (store) throws(StoreError) in
      try collect(
        try store.rows(jobRows + " ORDER BY row DESC LIMIT ?", SQLValue(limit)), JobSummary.init)
    }
  }

  /// A job with the reason that was given for it.
  package func job(_ id: UniversalID) async throws(OutboxError)
    -> (job: JobSummary, reason: String)?
  {
    let found = try await read { (store) throws(StoreError) -> (JobSummary, Sealed)? in
      guard let row = try store.row(jobRows + " WHERE id = ?", .blob(id.octets)),
        let job = try JobSummary(row)
      else { return nil }
      return (job, Sealed(wrappedKey: try row.blob(12), octets: try row.blob(13)))
    }
    guard let (job, sealed) = found else { return nil }
    let reason = try sealing { () throws(SealError) in
      try unseal(sealed, at: place(of: id), with: key)
    }
    return (job, String(decoding: reason.octets, as: UTF8.self))
  }

  package func items(of job: Int64, after: Int64, limit: Int) async throws(OutboxError)
    -> [JobItem]
  {
    try await read { (store) throws(StoreError) in
      let rows = try store.rows(
        """
        SELECT i.delivery, d.id, i.partner, i.result, i.at FROM job_item AS i
        JOIN delivery AS d ON d.row = i.delivery
        WHERE i.job = ? AND i.delivery > ? ORDER BY i.delivery LIMIT ?
        """, .integer(job), .integer(after), SQLValue(limit))
      return try collect(rows) { (row) throws(StoreError) in
        guard let id = UniversalID(octets: try row.blob(1)) else { return nil }
        return JobItem(
          row: try row.integer(0), id: id, partner: try row.text(2),
          result: try row.optionalText(3),
          at: try row.optionalInteger(4).map(Instant.init(milliseconds:)))
      }
    }
  }

  private func place(of job: UniversalID) -> SealPlace {
    SealPlace(record: "job", id: job.description, partner: "-", schemaVersion: "-")
  }
}

extension OrderEffect {
  fileprivate var result: String {
    switch self {
    case .progress, .settled: "done"
    case .refused(let word): word
    }
  }
}

private func addItems(
  of selection: JobSelection, to job: Int64, limit: Int, _ change: borrowing Transaction
) throws(StoreError) -> Int {
  switch selection {
  case .filter(let filter):
    return try change.run(
      """
      INSERT INTO job_item(job, delivery, partner)
      SELECT ?6, d.row, d.partner FROM delivery AS d WHERE
      """ + selected + " ORDER BY d.row LIMIT ?5",
      values: filter.values(limit: limit) + [.integer(job)])
  case .ids(let ids):
    var total = 0
    for id in ids {
      total += try change.run(
        """
        INSERT OR IGNORE INTO job_item(job, delivery, partner)
        SELECT ?, row, partner FROM delivery WHERE id = ?
        """, .integer(job), .blob(id.octets))
    }
    return total
  }
}

private func endIfWorked(_ job: Int64, at now: Instant, _ change: borrowing Transaction)
  throws(StoreError)
{
  try change.run(
    """
    UPDATE job SET state = 'DONE', ended_at = ?1 WHERE row = ?2
      AND NOT EXISTS (SELECT 1 FROM job_item WHERE job = ?2 AND result IS NULL)
    """, .integer(now.milliseconds), .integer(job))
}

private func summaries(of id: UniversalID, _ change: borrowing Transaction) throws(StoreError)
  -> [JobSummary]
{
  try collect(try change.rows(jobRows + " WHERE id = ?", .blob(id.octets)), JobSummary.init)
}

private let jobRows: Statement = """
  SELECT row, id, action, filter, actor, made_at, ended_at, state, rate, total, done, refused,
    wrapped_key, sealed_reason
  FROM job
  """

extension JobSummary {
  /// Nil for words that this version does not know.
  fileprivate init?(_ found: Row) throws(StoreError) {
    guard let id = UniversalID(octets: try found.blob(1)),
      let state = JobState(rawValue: try found.text(7))
    else { return nil }
    self.init(
      row: try found.integer(0), id: id, action: try found.text(2),
      filterText: try found.text(3), actor: try found.text(4),
      madeAt: Instant(milliseconds: try found.integer(5)),
      endedAt: try found.optionalInteger(6).map(Instant.init(milliseconds:)), state: state,
      rate: Int(try found.integer(8)), total: Int(try found.integer(9)),
      done: Int(try found.integer(10)), refused: Int(try found.integer(11)))
  }
}
