/// Who did what and why: append-only, and durable before it is done.
// SPDX-License-Identifier: Apache-2.0
package import Platform
import Seal
import SQLite

/// One entry to write. The reason is sealed: an operator may have typed a name into it.
package struct AuditEntry: Sendable {
  package let at: Instant
  package let actor: String
  package let action: String
  package let subject: String
  package let reason: String?

  package init(at: Instant, actor: String, action: String, subject: String, reason: String?) {
    self.at = at
    self.actor = actor
    self.action = action
    self.subject = subject
    self.reason = reason
  }

  fileprivate var place: SealPlace {
    SealPlace(record: "audit", id: subject, partner: "-", schemaVersion: "-")
  }
}

/// An entry as the transaction takes it.
struct SealedEntry: Sendable {
  fileprivate let entry: AuditEntry
  fileprivate let reason: Sealed?

  func write(_ change: borrowing Transaction) throws(StoreError) {
    try change.run(
      "INSERT INTO audit(at, actor, action, subject, wrapped_key, sealed_reason) "
        + "VALUES(?, ?, ?, ?, ?, ?)",
      .integer(entry.at.milliseconds), .text(entry.actor), .text(entry.action),
      .text(entry.subject), SQLValue(reason?.wrappedKey), SQLValue(reason?.octets))
  }
}

extension OutboxStore {
  /// Writes who did what, durably, before it is done.
  package func audit(_ entry: AuditEntry) async throws(OutboxError) {
    let sealed = try sealed(entry)
    try await write { (change) throws(StoreError) in try sealed.write(change) }
  }

  func sealed(_ entry: AuditEntry) throws(OutboxError) -> SealedEntry {
    let reason = try entry.reason.map { (reason) throws(OutboxError) in
      try sealing { () throws(SealError) in
        try seal(Array(reason.utf8), at: entry.place, with: key)
      }
    }
    return SealedEntry(entry: entry, reason: reason)
  }

  /// The latest entries, newest first, with their reasons.
  package func audits(since: Instant?, limit: Int) async throws(OutboxError) -> [AuditEntry] {
    let found = try await read { (store) throws(StoreError) in
      try store.rows(
        """
        SELECT at, actor, action, subject, wrapped_key, sealed_reason FROM audit
        WHERE (?1 IS NULL OR at >= ?1) ORDER BY row DESC LIMIT ?2
        """, SQLValue(since?.milliseconds), SQLValue(limit)
      ).map { (row) throws(StoreError) in
        let entry = AuditEntry(
          at: Instant(milliseconds: try row.integer(0)), actor: try row.text(1),
          action: try row.text(2), subject: try row.text(3), reason: nil)
        guard let key = try row.optionalBlob(4), let octets = try row.optionalBlob(5) else {
          return SealedEntry(entry: entry, reason: nil)
        }
        return SealedEntry(entry: entry, reason: Sealed(wrappedKey: key, octets: octets))
      }
    }
    return try found.map { (sealed) throws(OutboxError) in
      guard let reason = sealed.reason else { return sealed.entry }
      let entry = sealed.entry
      let opened = try sealing { () throws(SealError) in
        try unseal(reason, at: entry.place, with: key)
      }
      return AuditEntry(
        at: entry.at, actor: entry.actor, action: entry.action, subject: entry.subject,
        reason: String(decoding: opened.octets, as: UTF8.self))
    }
  }
}
