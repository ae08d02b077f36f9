/// T1 and T2: an attempt is on record before it begins, and its outcome before anybody believes it.
// SPDX-License-Identifier: Apache-2.0
import Digest
package import Platform
package import Referrals
import Seal
package import Signing
import SQLite

/// Who started an attempt.
package enum AttemptTrigger: String, Sendable { case automatic, manual }

/// A delivery that may be sent now: its T1 row is durable.
package struct StoredDelivery: Sendable {
  package let row: Int64
  package let partner: String
  package let priority: Priority
  package let expires: Instant
  package let progress: DeliveryProgress
  package let document: SignedDocument
  package let conversationID: UniversalID
  package let schemaVersion: String
  package let issuedAt: Instant
  package let answerDeadline: Instant
  package let referralID: UniversalID
  package let revision: Int
  package let kind: String
  package let exercise: Bool
  /// It stands for an earlier document that its partner could not read.
  package let isReissue: Bool
}

/// How an attempt ended, without the answer's octets.
package struct AttemptResult: Sendable {
  package let endedAt: Instant
  package let outcome: String
  package let status: Int?
  /// A closed word, never text of the partner.
  package let error: String?
  package let peerAddress: String?
  package let tls: String?
  package let answer: [UInt8]?

  package init(
    endedAt: Instant, outcome: String, status: Int?, error: String?, peerAddress: String?,
    tls: String?, answer: [UInt8]?
  ) {
    self.endedAt = endedAt
    self.outcome = outcome
    self.status = status
    self.error = error
    self.peerAddress = peerAddress
    self.tls = tls
    self.answer = answer
  }
}

/// What became of a result that was to be recorded.
package enum Recording: Sendable {
  case recorded(DeliveryProgress)
  /// Nothing was written: another acknowledgement was kept under this id meanwhile. Judge again.
  case idTaken
  case unknownDelivery
}

extension OutboxStore {
  /// T1. Nil when the delivery is no longer ready.
  package func begin(
    _ row: Int64, at now: Instant, trigger: AttemptTrigger, actor: String,
    decide: @escaping ProgressDecision
  ) async throws(OutboxError) -> StoredDelivery? {
    let found = try await write { (change) throws(StoreError) -> (Row, DeliveryProgress)? in
      guard let progress = try progress(of: row, change), let next = decide(progress) else {
        return nil
      }
      try save(next, of: row, change)
      try change.run(
        "INSERT INTO attempt(delivery, number, begun_at, trigger, actor) VALUES(?, ?, ?, ?, ?)",
        .integer(row), SQLValue(next.attempts), .integer(now.milliseconds),
        .text(trigger.rawValue), .text(actor))
      guard let content = try change.row(contentOfDelivery, .integer(row)) else {
        throw StoreError(.other, place: "body")
      }
      return (content, next)
    }
    guard let (content, progress) = found else { return nil }
    return try reopen(row, content, progress)
  }

  func reopen(_ row: Int64, _ content: Row, _ progress: DeliveryProgress)
    throws(OutboxError) -> StoredDelivery
  {
    do {
      guard let id = UniversalID(octets: try content.blob(0)),
        let priority = Priority(rawValue: try content.text(2)),
        let conversation = UniversalID(octets: try content.blob(5)),
        let referralID = UniversalID(octets: try content.blob(10))
      else { throw OutboxError(.other, "delivery row") }
      let partner = try content.text(1)
      let place = documentPlace(id, partner, try content.text(4))
      let sealed = Sealed(wrappedKey: try content.blob(8), octets: try content.blob(9))
      let unsealed = try sealing { () throws(SealError) in
        try unseal(sealed, at: place, with: key)
      }
      let issuedAt = Instant(milliseconds: try content.integer(6))
      guard let document = SignedDocument(reopening: unsealed, issuedAt: issuedAt) else {
        throw OutboxError(.sealed, "document")
      }
      return StoredDelivery(
        row: row, partner: partner, priority: priority,
        expires: Instant(milliseconds: try content.integer(3)), progress: progress,
        document: document, conversationID: conversation,
        schemaVersion: try content.text(4), issuedAt: issuedAt,
        answerDeadline: Instant(milliseconds: try content.integer(7)), referralID: referralID,
        revision: Int(try content.integer(11)), kind: try content.text(12),
        exercise: try content.integer(13) != 0, isReissue: try content.integer(14) != 0)
    } catch let error as StoreError {
      throw OutboxError(error)
    } catch let error as OutboxError {
      throw error
    } catch {
      throw OutboxError(.other, "delivery row")
    }
  }

  /// T2. A result of an earlier claim is kept as late; `late` then decides whether a receipt in it
  /// still wins. Where the decision is a reissue, `replacement` is accepted in the same commit.
  package func finish(
    _ delivery: StoredDelivery, result: AttemptResult, acknowledgement: NewAcknowledgement?,
    replacement: NewDelivery? = nil, decide: @escaping ProgressDecision,
    late: @escaping ProgressDecision
  ) async throws(OutboxError) -> Recording {
    let (row, partner) = (delivery.row, delivery.partner)
    let (attempt, epoch) = (delivery.progress.attempts, delivery.progress.epoch)
    let sealedReplacement = try replacement.map { (new) throws(OutboxError) in
      try sealBody(of: new)
    }
    let origin = DeliveryOrigin(
      referralID: delivery.referralID, revision: delivery.revision, kind: delivery.kind,
      priority: delivery.priority, exercise: delivery.exercise, acceptedAt: result.endedAt)
    let sealedAnswer = try result.answer.map { (octets) throws(OutboxError) in
      try sealing { () throws(SealError) in
        try seal(octets, at: answerPlace(row, attempt, partner), with: key)
      }
    }
    let sealedAcknowledgement = try acknowledgement.map { (ack) throws(OutboxError) in
      try sealing { () throws(SealError) in
        try seal(ack.octets, at: acknowledgementPlace(ack.digest.octets, partner), with: key)
      }
    }
    return try await write { (change) throws(StoreError) in
      guard let progress = try progress(of: row, change) else { return .unknownDelivery }
      if try isTaken(acknowledgement, partner, change) { return .idTaken }
      let current = progress.state == .sending && progress.epoch == epoch
      try change.run(
        """
        UPDATE attempt SET ended_at = ?, outcome = ?, late = ?, status = ?, error = ?, peer = ?,
          tls = ?, answer_digest = ?, wrapped_key = ?, sealed = ?
        WHERE delivery = ? AND number = ? AND (outcome IS NULL OR outcome = 'unknown')
        """, .integer(result.endedAt.milliseconds), .text(result.outcome), SQLValue(!current),
        SQLValue(result.status.map(Int64.init)), SQLValue(result.error),
        SQLValue(result.peerAddress), SQLValue(result.tls),
        SQLValue(result.answer.map { SHA256Digest(of: $0).octets }),
        SQLValue(sealedAnswer?.wrappedKey), SQLValue(sealedAnswer?.octets), .integer(row),
        SQLValue(attempt))
      if let acknowledgement, let sealedAcknowledgement {
        try keep(acknowledgement, sealedAcknowledgement, row, partner, change)
      }
      guard let next = current ? decide(progress) : late(progress) else {
        return .recorded(progress)
      }
      try save(next, of: row, change)
      if next.state == .delivered, progress.state != .delivered {
        try recordReceipt(acknowledgement, row, partner, result.endedAt, change)
      }
      if next.reason == .reissued, let replacement, let sealedReplacement {
        try insert(replacement, sealedReplacement, origin, change)
      }
      return .recorded(next)
    }
  }

  /// At start: whatever was being sent by the process before is unknown, and goes again at once.
  package func recover(at now: Instant, decide: @escaping ProgressDecision)
    async throws(OutboxError)
    -> Int
  {
    try await write { (change) throws(StoreError) in
      // Also of a delivery that came to its end while its attempt was on the wire.
      try change.run(
        """
        UPDATE attempt SET ended_at = ?, outcome = 'unknown', error = 'crash'
        WHERE outcome IS NULL
        """, .integer(now.milliseconds))
      let rows = try change.rows("SELECT row FROM delivery WHERE state = 'SENDING'")
      for found in rows {
        let row = try found.integer(0)
        if let progress = try progress(of: row, change), let next = decide(progress) {
          try save(next, of: row, change)
        }
      }
      return rows.count
    }
  }

  /// One step of the machine outside of an attempt. The new progress, or nil when nothing changed.
  @discardableResult
  package func change(_ row: Int64, decide: @escaping StepDecision) async throws(OutboxError)
    -> DeliveryProgress?
  {
    try await write { (change) throws(StoreError) in try step(row, decide, change) }
  }

  /// The same for several deliveries in one commit; how many changed.
  package func changeAll(_ rows: [Int64], decide: @escaping StepDecision)
    async throws(OutboxError) -> Int
  {
    try await write { (change) throws(StoreError) in
      var changed = 0
      for row in rows where try step(row, decide, change) != nil { changed += 1 }
      return changed
    }
  }
}

#if DEBUG
  extension OutboxStore {
    /// The planted fault of the crash tests: a delivery that goes out without a T1 row.
    package func withoutBeginning(_ row: Int64) async throws(OutboxError) -> StoredDelivery? {
      let found = try await write { (change) throws(StoreError) -> (Row, DeliveryProgress)? in
        guard let progress = try progress(of: row, change), progress.state.isReady,
          let content = try change.row(contentOfDelivery, .integer(row))
        else { return nil }
        return (content, progress)
      }
      guard let (content, progress) = found else { return nil }
      return try reopen(row, content, progress)
    }
  }
#endif

let contentOfDelivery: Statement = """
  SELECT d.id, d.partner, d.priority, d.expires, d.schema_version, d.conversation,
    d.issued_at, d.answer_deadline, b.wrapped_key, b.sealed, d.referral, d.revision, d.kind,
    d.exercise, d.causation IS NOT NULL
  FROM delivery d JOIN body b ON b.row = d.row WHERE d.row = ?
  """

private func answerPlace(_ row: Int64, _ attempt: Int, _ partner: String) -> SealPlace {
  SealPlace(record: "answer", id: "\(row)/\(attempt)", partner: partner, schemaVersion: "-")
}
