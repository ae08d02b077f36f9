/// T3: what holds a partner up is durable, and so is who ordered it.
// SPDX-License-Identifier: Apache-2.0
package import Platform
import SQLite

package struct StoredSuspension: Sendable {
  package let partner: String
  package let cause: String
  /// Nil: until somebody resumes it.
  package let until: Instant?
  package let since: Instant?
}

extension OutboxStore {
  /// A partner's suspension survives a restart; `cause` nil ends it. With `order` the operator's
  /// entry is in the same commit; without one an operator's pause stays as it is.
  package func setSuspension(
    _ partner: String, cause: String?, until: Instant?, at now: Instant, order: AuditEntry? = nil
  ) async throws(OutboxError) {
    let entry = try order.map { (order) throws(OutboxError) in try sealed(order) }
    try await write { (change) throws(StoreError) in
      try entry?.write(change)
      try change.run(
        """
        UPDATE partner_state SET cause = ?1, until = ?2, since = CASE WHEN ?1 IS NULL THEN NULL
          WHEN cause = ?1 THEN coalesce(since, ?3) ELSE ?3 END
        WHERE partner = ?4 AND (?5 OR cause IS NOT 'paused')
        """, SQLValue(cause), SQLValue(until?.milliseconds), .integer(now.milliseconds),
        .text(partner), SQLValue(order != nil))
    }
  }

  package func suspensions() async throws(OutboxError) -> [StoredSuspension] {
    try await read { (store) throws(StoreError) in
      try store.rows(
        "SELECT partner, cause, until, since FROM partner_state WHERE cause IS NOT NULL"
      ).map { (row) throws(StoreError) in
        StoredSuspension(
          partner: try row.text(0), cause: try row.text(1),
          until: try row.optionalInteger(2).map(Instant.init(milliseconds:)),
          since: try row.optionalInteger(3).map(Instant.init(milliseconds:)))
      }
    }
  }
}
