/// What the operator asks the record; no content, only ids, codes and times.
// SPDX-License-Identifier: Apache-2.0
package import Platform
package import Referrals
import SQLite

/// One line of `list`.
package struct DeliverySummary: Sendable {
  package let row: Int64
  package let id: UniversalID
  package let referralID: UniversalID
  package let revision: Int
  package let partner: String
  package let kind: String
  package let operation: String
  package let detailLevel: String
  package let priority: Priority
  package let schemaVersion: String
  package let state: DeliveryState
  package let reason: DeliveryReason?
  package let answer: DeliveryAnswer
  package let attempts: Int
  package let acceptedAt: Instant
  package let nextAt: Instant
  package let expires: Instant
  package let deliveredAt: Instant?
  /// The document that this one stands for.
  package let causation: UniversalID?
  /// Pointers to what its schema version could not say.
  package let losses: [String]
}

package struct DeliveryFilter: Sendable {
  package var partner: String?
  /// Empty: any.
  package var states: [DeliveryState] = []
  package var since: Instant?
  package var kind: String?
  /// The submission's id of the referral, for lists only.
  package var referral: UniversalID?
  package var limit = 1_000

  package init() {}
}

/// What was fixed when a delivery was accepted.
package struct DeliveryFacts: Sendable {
  package let payloadDigest: [UInt8]
  package let signatureDigest: [UInt8]
  package let policyDigest: [UInt8]
  package let partnerDigest: [UInt8]
  package let schemaDigest: [UInt8]
  package let ruleIDs: String
  package let legalBasis: String
}

package struct AttemptSummary: Sendable {
  package let number: Int
  package let begunAt: Instant
  package let endedAt: Instant?
  package let outcome: String?
  package let late: Bool
  package let status: Int?
  package let error: String?
  package let peer: String?
  package let tls: String?
  package let trigger: String
  package let actor: String
}

package struct AcknowledgementSummary: Sendable {
  package let id: UniversalID?
  package let kind: String?
  package let verdict: String
  package let step: Int?
  package let receivedAt: Instant
  package let signedAt: Instant?
  package let report: String
  /// Of a verified one: header fields and body as they came.
  package let octets: [UInt8]?
}

package struct PartnerDepth: Sendable {
  package let partner: String
  package let state: DeliveryState
  package let count: Int
}

extension OutboxStore {
  package func list(_ filter: DeliveryFilter) async throws(OutboxError) -> [DeliverySummary] {
    try await read { (store) throws(StoreError) in
      var matching = deliverySummary + " AS d WHERE" + selected
      var values = filter.values(limit: filter.limit)
      // A condition only where it is wanted, so that the index over referrals is used.
      if let referral = filter.referral {
        matching = matching + " AND d.referral = ?6"
        values.append(.blob(referral.octets))
      }
      let rows = try store.rows(matching + " ORDER BY row DESC LIMIT ?5", values: values)
      return try collect(rows, DeliverySummary.init)
    }
  }

  package func delivery(_ id: UniversalID) async throws(OutboxError) -> DeliverySummary? {
    try await read { (store) throws(StoreError) in
      let rows = try store.rows(deliverySummary + " WHERE id = ?", .blob(id.octets))
      return try collect(rows, DeliverySummary.init).first
    }
  }

  package func deliveries(of referral: UniversalID, revision: Int) async throws(OutboxError)
    -> [DeliverySummary]
  {
    try await read { (store) throws(StoreError) in
      let rows = try store.rows(
        deliverySummary + " WHERE referral = ? AND revision = ? ORDER BY row",
        .blob(referral.octets), SQLValue(revision))
      return try collect(rows, DeliverySummary.init)
    }
  }

  package func facts(_ row: Int64) async throws(OutboxError) -> DeliveryFacts? {
    try await read { (store) throws(StoreError) in
      guard
        let found = try store.row(
          """
          SELECT payload_digest, signature_digest, policy_digest, partner_digest, schema_digest,
            rule_ids, legal_basis FROM delivery WHERE row = ?
          """, .integer(row))
      else { return nil }
      return DeliveryFacts(
        payloadDigest: try found.blob(0), signatureDigest: try found.blob(1),
        policyDigest: try found.blob(2), partnerDigest: try found.blob(3),
        schemaDigest: try found.blob(4), ruleIDs: try found.text(5),
        legalBasis: try found.text(6))
    }
  }

  package func attempts(of row: Int64) async throws(OutboxError) -> [AttemptSummary] {
    try await read { (store) throws(StoreError) in
      try store.rows(
        """
        SELECT number, begun_at, ended_at, outcome, late, status, error, peer, tls, trigger, actor
        FROM attempt WHERE delivery = ? ORDER BY number
        """, .integer(row)
      ).map { (row) throws(StoreError) in
        AttemptSummary(
          number: Int(try row.integer(0)), begunAt: Instant(milliseconds: try row.integer(1)),
          endedAt: try row.optionalInteger(2).map(Instant.init(milliseconds:)),
          outcome: try row.optionalText(3), late: try row.integer(4) != 0,
          status: try row.optionalInteger(5).map(Int.init), error: try row.optionalText(6),
          peer: try row.optionalText(7), tls: try row.optionalText(8),
          trigger: try row.text(9), actor: try row.text(10))
      }
    }
  }

  package func acknowledgements(of row: Int64) async throws(OutboxError)
    -> [AcknowledgementSummary]
  {
    let rows = try await read { (store) throws(StoreError) in
      try store.rows(
        """
        SELECT digest, partner, verdict, wrapped_key, sealed, id, kind, step, received_at,
          signed_at, report
        FROM acknowledgement WHERE delivery = ? ORDER BY row
        """, .integer(row))
    }
    var all: [AcknowledgementSummary] = []
    for row in rows { all.append(try acknowledgement(row)) }
    return all
  }

  private func acknowledgement(_ row: Row) throws(OutboxError) -> AcknowledgementSummary {
    do {
      let verdict = try row.text(2)
      return AcknowledgementSummary(
        id: try row.optionalBlob(5).flatMap(UniversalID.init(octets:)),
        kind: try row.optionalText(6), verdict: verdict,
        step: try row.optionalInteger(7).map(Int.init),
        receivedAt: Instant(milliseconds: try row.integer(8)),
        signedAt: try row.optionalInteger(9).map(Instant.init(milliseconds:)),
        report: try row.text(10), octets: verdict == "verified" ? try open(row).octets : nil)
    } catch let error as StoreError {
      throw OutboxError(error)
    } catch let error as OutboxError {
      throw error
    } catch {
      throw OutboxError(.other, "acknowledgement row")
    }
  }

  /// Digest of a verified acknowledgement with this id, if one is kept (step 18).
  package func acknowledgementDigest(_ id: UniversalID, from partner: String)
    async throws(OutboxError) -> [UInt8]?
  {
    try await read { (store) throws(StoreError) in
      try store.row(
        "SELECT digest FROM acknowledgement WHERE partner = ? AND id = ? AND verdict = 'verified'",
        .text(partner), .blob(id.octets))?.blob(0)
    }
  }

  /// Counted when states change, never by scanning.
  package func depths() async throws(OutboxError) -> [PartnerDepth] {
    try await read { (store) throws(StoreError) in
      let rows = try store.rows(
        "SELECT partner, state, n FROM counter WHERE n > 0 ORDER BY partner, state")
      return try collect(rows) { (row) throws(StoreError) in
        guard let state = DeliveryState(rawValue: try row.text(1)) else { return nil }
        return PartnerDepth(
          partner: try row.text(0), state: state, count: Int(try row.integer(2)))
      }
    }
  }

  /// Deliveries ever accepted; rows are never taken away. What `depths` counts adds up to it.
  package func acceptedCount() async throws(OutboxError) -> Int {
    try await read { (store) throws(StoreError) in
      Int(try store.row("SELECT coalesce(max(row), 0) FROM delivery")?.integer(0) ?? 0)
    }
  }

  package func lastReceipts() async throws(OutboxError) -> [String: Instant] {
    try await read { (store) throws(StoreError) in
      var last: [String: Instant] = [:]
      for row in try store.rows(
        "SELECT partner, last_receipt FROM partner_state WHERE last_receipt IS NOT NULL")
      {
        last[try row.text(0)] = Instant(milliseconds: try row.integer(1))
      }
      return last
    }
  }

  /// Accepted time of the oldest delivery that waits to be sent.
  package func oldestOpen() async throws(OutboxError) -> Instant? {
    try await read { (store) throws(StoreError) in
      try store.row(
        "SELECT min(accepted_at) FROM delivery WHERE state IN ('QUEUED','DEFERRED')")?
        .optionalInteger(0).map(Instant.init(milliseconds:))
    }
  }

  /// By partner: accepted time of the oldest delivery that waits for whatever it is. The index
  /// holds just these rows; without its name the whole table would be read.
  package func oldestOpenByPartner() async throws(OutboxError) -> [String: Instant] {
    try await read { (store) throws(StoreError) in
      var oldest: [String: Instant] = [:]
      for row in try store.rows(
        """
        SELECT partner, min(accepted_at) FROM delivery INDEXED BY delivery_expires
        WHERE state IN ('QUEUED','DEFERRED','AWAITING','HELD') GROUP BY partner
        """)
      {
        oldest[try row.text(0)] = Instant(milliseconds: try row.integer(1))
      }
      return oldest
    }
  }
}

/// `compactMap` with the error's type kept.
func collect<Source, Value>(
  _ rows: [Source], _ make: (Source) throws(StoreError) -> Value?
) throws(StoreError) -> [Value] {
  var values: [Value] = []
  for row in rows {
    if let value = try make(row) { values.append(value) }
  }
  return values
}

let deliverySummary: Statement = """
  SELECT row, id, referral, revision, partner, kind, operation, detail_level, priority,
    schema_version, state, reason, answer, attempts, accepted_at, next_at, expires, delivered_at,
    causation, losses
  FROM delivery
  """

extension DeliverySummary {
  /// Nil for words that this version does not know.
  init?(_ found: Row) throws(StoreError) {
    guard let id = UniversalID(octets: try found.blob(1)),
      let referralID = UniversalID(octets: try found.blob(2)),
      let priority = Priority(rawValue: try found.text(8)),
      let state = DeliveryState(rawValue: try found.text(10)),
      let answer = DeliveryAnswer(rawValue: try found.text(12))
    else { return nil }
    self.init(
      row: try found.integer(0), id: id, referralID: referralID,
      revision: Int(try found.integer(3)), partner: try found.text(4), kind: try found.text(5),
      operation: try found.text(6), detailLevel: try found.text(7), priority: priority,
      schemaVersion: try found.text(9), state: state,
      reason: try found.optionalText(11).flatMap(DeliveryReason.init(rawValue:)), answer: answer,
      attempts: Int(try found.integer(13)),
      acceptedAt: Instant(milliseconds: try found.integer(14)),
      nextAt: Instant(milliseconds: try found.integer(15)),
      expires: Instant(milliseconds: try found.integer(16)),
      deliveredAt: try found.optionalInteger(17).map(Instant.init(milliseconds:)),
      causation: try found.optionalBlob(18).flatMap(UniversalID.init(octets:)),
      losses: try found.text(19).split(separator: " ").map(String.init))
  }
}
