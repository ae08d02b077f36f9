/// What the case system has still to hear: rows that come with the change they tell of.
// SPDX-License-Identifier: Apache-2.0
package import Platform
package import Referrals
import Seal
import SQLite

/// What an event tells (schemas/event).
package enum CaseEventKind: String, Sendable, CaseIterable {
  case accepted, refused, delivered, answer, held, dead, expired, cancelled
  case notArrived = "not-arrived"
  case callPartner = "call-partner"
  case changeOverdue = "change-overdue"
}

/// One event that is durable and not yet told.
package struct StoredEvent: Sendable {
  /// Order of the events, from 1, without a repeat.
  package let number: Int64
  package let kind: CaseEventKind
  package let at: Instant
  package let referralID: UniversalID
  package let revision: Int
  package let exercise: Bool
  /// A closed word: the reason of a state.
  package let code: String?
  /// One for each recipient when the submission was accepted, else the one that it is about.
  package let deliveries: [EventDelivery]
  /// What came in the place of the delivery that it is about.
  package let replacement: EventDelivery?
  /// Recipients that get nothing, with the code.
  package let notSent: [Destinations.NotSent]
  /// Whoever has any revision, and how far each is; with what concerns them all.
  package let recipients: [RecipientRevision]
  package fileprivate(set) var acknowledgement: EventAcknowledgement?
}

package struct EventDelivery: Sendable {
  package let id: UniversalID
  package let partner: String
  package let detailLevel: String
  package let priority: Priority
  package let acceptedAt: Instant
  package let answerDeadline: Instant
  package let expires: Instant
  package let attempts: Int
  package let answer: DeliveryAnswer
  package let schemaVersion: String
  /// Pointers to what that version could not say.
  package let losses: [String]
  /// The routes that chose the partner; empty where the submission named it.
  package let routes: [String]
  /// When the word was due that it was carried out.
  package let changeDue: Instant?
}

package struct EventAcknowledgement: Sendable {
  package let id: UniversalID
  package let receivedAt: Instant
  /// Header fields and body as they came.
  package let octets: [UInt8]
}

/// Triggers write the rows, so that no way of changing a state can forget to tell.
let caseEventTables = """
  CREATE TABLE event(
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, referral BLOB NOT NULL,
    revision INTEGER NOT NULL, exercise INTEGER NOT NULL, delivery INTEGER, code TEXT,
    acknowledgement INTEGER, not_sent TEXT, at INTEGER) STRICT;
  ALTER TABLE delivery ADD COLUMN called_at INTEGER;
  CREATE INDEX delivery_to_call ON delivery(called_at)
    WHERE alarmed = 1 AND priority = 'immediate-danger'
      AND state IN ('QUEUED','SENDING','DEFERRED','AWAITING','HELD');
  CREATE TRIGGER event_of_state AFTER UPDATE OF state ON delivery
    WHEN new.state <> old.state AND new.state IN ('HELD','DEAD','EXPIRED','CANCELLED') BEGIN
    INSERT INTO event(kind, referral, revision, exercise, delivery, code) VALUES(
      lower(new.state), new.referral, new.revision, new.exercise, new.row, new.reason);
  END;
  CREATE TRIGGER event_of_receipt AFTER UPDATE OF receipt ON delivery
    WHEN new.receipt IS NOT NULL AND old.receipt IS NULL BEGIN
    INSERT INTO event(kind, referral, revision, exercise, delivery, acknowledgement)
    SELECT 'delivered', new.referral, new.revision, new.exercise, new.row, a.row
    FROM acknowledgement a
    WHERE a.partner = new.partner AND a.id = new.receipt AND a.verdict = 'verified';
  END;
  CREATE TRIGGER event_of_answer AFTER INSERT ON acknowledgement
    WHEN new.verdict = 'verified' AND new.kind <> 'receipt' BEGIN
    INSERT INTO event(kind, referral, revision, exercise, delivery, acknowledgement)
    SELECT 'answer', d.referral, d.revision, d.exercise, d.row, new.row
    FROM delivery d WHERE d.row = new.delivery;
  END;
  CREATE TRIGGER event_of_alarm AFTER UPDATE OF alarmed ON delivery
    WHEN new.alarmed = 1 AND old.alarmed = 0 BEGIN
    INSERT INTO event(kind, referral, revision, exercise, delivery)
    VALUES('not-arrived', new.referral, new.revision, new.exercise, new.row);
  END;
  CREATE TRIGGER event_of_call AFTER UPDATE OF called_at ON delivery
    WHEN new.called_at IS NOT old.called_at BEGIN
    INSERT INTO event(kind, referral, revision, exercise, delivery, at)
    VALUES('call-partner', new.referral, new.revision, new.exercise, new.row, new.called_at);
  END;
  """

/// Written beside the submission (T0).
func tellAccepted(
  _ header: ReferralHeader, exercise: Bool, notSent: String, at now: Instant,
  _ change: borrowing Transaction
) throws(StoreError) {
  try change.run(
    """
    INSERT INTO event(kind, referral, revision, exercise, not_sent, at)
    VALUES('accepted', ?, ?, ?, ?, ?)
    """, .blob(header.referralID.octets), SQLValue(header.revision), SQLValue(exercise),
    .text(notSent), .integer(now.milliseconds))
}

extension OutboxStore {
  /// The oldest events that nobody has told yet; their time is fixed at the first look.
  package func untoldEvents(at now: Instant, limit: Int) async throws(OutboxError)
    -> [StoredEvent]
  {
    let found = try await write { (change) throws(StoreError) -> [Gathered] in
      try change.run("UPDATE event SET at = ? WHERE at IS NULL", .integer(now.milliseconds))
      var all: [Gathered] = []
      for event in try change.rows(pendingEvents, SQLValue(limit)) {
        all.append(try gather(event, change))
      }
      return all
    }
    var events: [StoredEvent] = []
    for gathered in found {
      if let event = try storedEvent(gathered) { events.append(event) }
    }
    return events
  }

  /// Somebody has it durably: it need not be told again.
  package func told(_ numbers: [Int64]) async throws(OutboxError) {
    guard !numbers.isEmpty else { return }
    try await write { (change) throws(StoreError) in
      for number in numbers {
        try change.run("DELETE FROM event WHERE number = ?", .integer(number))
      }
    }
  }

  /// Nobody listens, so nothing of them is read. (Without a condition SQLite would write to an
  /// empty table too.)
  package func forgetEvents() async throws(OutboxError) {
    try await write { (change) throws(StoreError) in
      try change.run("DELETE FROM event WHERE number > 0")
    }
  }

  /// Immediate danger and still no receipt: an event for each that has not been called about since
  /// `before`. How many there were.
  package func callAgain(at now: Instant, before: Instant) async throws(OutboxError) -> Int {
    try await write { (change) throws(StoreError) in
      try change.run(
        """
        UPDATE delivery SET called_at = ? WHERE alarmed = 1 AND priority = 'immediate-danger'
          AND state IN ('QUEUED','SENDING','DEFERRED','AWAITING','HELD')
          AND (called_at IS NULL OR called_at <= ? OR called_at > ?)
        """, .integer(now.milliseconds), .integer(before.milliseconds),
        .integer(now.milliseconds))
    }
  }

  /// Nil for a kind of event that only a later version knows.
  private func storedEvent(_ gathered: Gathered) throws(OutboxError) -> StoredEvent? {
    let event: StoredEvent?
    let kept: SealedAcknowledgement?
    do {
      kept = try gathered.acknowledgement.flatMap { (row) throws(StoreError) in
        try SealedAcknowledgement(row)
      }
      event = try StoredEvent(gathered)
    } catch {
      throw OutboxError(error)
    }
    guard var event, let kept else { return event }
    let unsealed = try sealing { () throws(SealError) in
      try unseal(kept.sealed, at: acknowledgementPlace(kept.digest, kept.partner), with: key)
    }
    event.acknowledgement = EventAcknowledgement(
      id: kept.id, receivedAt: kept.receivedAt, octets: unsealed.octets)
    return event
  }
}

extension StoredEvent {
  fileprivate init?(_ gathered: Gathered) throws(StoreError) {
    let row = gathered.event
    guard let kind = CaseEventKind(rawValue: try row.text(1)),
      let referral = UniversalID(octets: try row.blob(2))
    else { return nil }
    var deliveries: [EventDelivery] = []
    for found in gathered.deliveries {
      if let delivery = try EventDelivery(found) { deliveries.append(delivery) }
    }
    self.init(
      number: try row.integer(0), kind: kind, at: Instant(milliseconds: try row.integer(5)),
      referralID: referral, revision: Int(try row.integer(3)),
      exercise: try row.integer(4) != 0, code: try row.optionalText(6), deliveries: deliveries,
      replacement: try gathered.replacement.flatMap { (found) throws(StoreError) in
        try EventDelivery(found)
      },
      notSent: Destinations(chosenText: "", notSentText: try row.optionalText(9) ?? "").notSent,
      recipients: gathered.recipients,
      acknowledgement: nil)
  }
}

extension EventDelivery {
  fileprivate init?(_ row: Row) throws(StoreError) {
    guard let id = UniversalID(octets: try row.blob(0)),
      let priority = Priority(rawValue: try row.text(3)),
      let answer = DeliveryAnswer(rawValue: try row.text(8))
    else { return nil }
    self.init(
      id: id, partner: try row.text(1), detailLevel: try row.text(2), priority: priority,
      acceptedAt: Instant(milliseconds: try row.integer(4)),
      answerDeadline: Instant(milliseconds: try row.integer(5)),
      expires: Instant(milliseconds: try row.integer(6)), attempts: Int(try row.integer(7)),
      answer: answer, schemaVersion: try row.text(9),
      losses: try row.text(10).split(separator: " ").map(String.init),
      routes: Destinations(chosenText: try row.optionalText(11) ?? "", notSentText: "")
        .chosen[try row.text(1)] ?? [],
      changeDue: try row.optionalInteger(12).map(Instant.init(milliseconds:)))
  }
}

/// As it lies in the store.
private struct SealedAcknowledgement {
  let id: UniversalID
  let partner: String
  let receivedAt: Instant
  let digest: [UInt8]
  let sealed: Sealed

  init?(_ row: Row) throws(StoreError) {
    guard let id = UniversalID(octets: try row.blob(0)) else { return nil }
    self.id = id
    digest = try row.blob(3)
    partner = try row.text(1)
    receivedAt = Instant(milliseconds: try row.integer(2))
    sealed = Sealed(wrappedKey: try row.blob(4), octets: try row.blob(5))
  }
}

private struct Gathered: Sendable {
  let event: Row
  let deliveries: [Row]
  let replacement: Row?
  let acknowledgement: Row?
  let recipients: [RecipientRevision]
}

private func gather(_ event: Row, _ change: borrowing Transaction) throws(StoreError) -> Gathered {
  let deliveries =
    if let row = try event.optionalInteger(7) {
      try change.rows(eventDelivery + " WHERE row = ?", .integer(row))
    } else {
      try change.rows(
        eventDelivery + " WHERE referral = ? AND revision = ? AND causation IS NULL ORDER BY row",
        .blob(try event.blob(2)), .integer(try event.integer(3)))
    }
  let replacement = try event.optionalInteger(7).flatMap { (row) throws(StoreError) in
    try change.row(
      eventDelivery + " WHERE causation = (SELECT id FROM delivery WHERE row = ?)", .integer(row))
  }
  let acknowledgement = try event.optionalInteger(8).flatMap { (row) throws(StoreError) in
    try change.row(
      """
      SELECT id, partner, received_at, digest, wrapped_key, sealed, kind FROM acknowledgement
      WHERE row = ?
      """, .integer(row))
  }
  let concernsAll =
    switch CaseEventKind(rawValue: try event.text(1)) {
    case .accepted: try event.integer(3) > 1
    case .changeOverdue: true
    case .answer: try acknowledgement?.optionalText(6) == "change-executed"
    case .refused, .delivered, .held, .dead, .expired, .cancelled, .notArrived, .callPartner, nil:
      false
    }
  let recipients =
    concernsAll
    ? try recipientRevisions(
      of: try event.blob(2), at: Instant(milliseconds: try event.integer(5))
    ) { (statement, values) throws(StoreError) in
      try change.rows(statement, values: values)
    } : []
  return Gathered(
    event: event, deliveries: deliveries, replacement: replacement,
    acknowledgement: acknowledgement, recipients: recipients)
}

private let pendingEvents: Statement = """
  SELECT number, kind, referral, revision, exercise, at, code, delivery, acknowledgement, not_sent
  FROM event ORDER BY number LIMIT ?
  """
private let eventDelivery: Statement = """
  SELECT id, partner, detail_level, priority, accepted_at, answer_deadline, expires, attempts,
    answer, schema_version, losses, (SELECT chosen FROM submission AS s
      WHERE s.referral = delivery.referral AND s.revision = delivery.revision), change_due
    FROM delivery
  """
