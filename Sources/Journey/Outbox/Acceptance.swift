/// T0: a submission and all its deliveries become durable together, or not at all.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import Platform
package import Referrals
import Seal
import Signing
import SQLite

/// What a partner has of a referral.
package struct ReachedPartner: Sendable, Equatable {
  package let revision: Int
  package let digest: SHA256Digest
  package let detailLevel: DetailLevel
}

/// What the store knows of a referral before a submission.
package struct EarlierRevisions: Sendable, Equatable {
  /// 0 when there is none.
  package let latest: Int
  /// Of the revision asked for, when it is there.
  package let digest: SHA256Digest?
  /// Partners that have a delivery of the revision asked for, with its id.
  package let deliveries: [String: UniversalID]
  /// Every partner that has a delivery of any earlier revision.
  package let recipients: Set<String>
  /// By partner: digest of the policy of its latest earlier revision.
  package let policies: [String: SHA256Digest]
  /// Partners that an attempt of an earlier revision may have reached; the latest such revision.
  package let reached: [String: ReachedPartner]
}

extension OutboxStore {
  package func earlier(_ referral: UniversalID, revision: Int) async throws(OutboxError)
    -> EarlierRevisions
  {
    try await read { (store) throws(StoreError) in
      try earlierRevisions(referral, revision) { (sql, values) throws(StoreError) in
        try store.rows(sql, values: values)
      }
    }
  }

  /// All of them in one commit or none; false when another submission came between: look again and
  /// repeat. Refused with `.full` as long as there is room for recording only.
  package func accept(_ submissions: [NewSubmission]) async throws(OutboxError) -> Bool {
    var sealed: [SealedSubmission] = []
    for submission in submissions { sealed.append(try seal(submission)) }
    let all = sealed
    return try await add { (change) throws(StoreError) in
      for one in all {
        let header = one.submission.header
        let now = try earlierRevisions(header.referralID, header.revision) {
          (sql, values) throws(StoreError) in try change.rows(sql, values: values)
        }
        guard now == one.submission.seen, try areThere(one.submission.files, change) else {
          return false
        }
      }
      for one in all { try insert(one, change) }
      return true
    }
  }

  package func accept(_ submission: NewSubmission) async throws(OutboxError) -> Bool {
    try await accept([submission])
  }

  private func seal(_ submission: NewSubmission) throws(OutboxError) -> SealedSubmission {
    let place = submissionPlace(submission.header.referralID, submission.header.revision)
    let content = try sealing { () throws(SealError) in
      try Seal.seal(submission.octets, at: place, with: key)
    }
    var bodies: [Sealed] = []
    for delivery in submission.deliveries { bodies.append(try sealBody(of: delivery)) }
    return SealedSubmission(submission: submission, content: content, bodies: bodies)
  }

  func sealBody(of delivery: NewDelivery) throws(OutboxError) -> Sealed {
    let place = documentPlace(
      delivery.document.id, delivery.terms.partner, delivery.terms.schemaVersion)
    return try sealing { () throws(SealError) in
      try Seal.seal(delivery.document.storedForm, at: place, with: key)
    }
  }
}

private struct SealedSubmission: Sendable {
  let submission: NewSubmission
  let content: Sealed
  let bodies: [Sealed]
}

private func insert(_ sealed: SealedSubmission, _ change: borrowing Transaction)
  throws(StoreError)
{
  let (submission, header) = (sealed.submission, sealed.submission.header)
  if submission.seen.digest == nil {
    try change.run(
      """
      INSERT INTO submission(referral, revision, digest, operation, kind, submitted_by,
        accepted_at, wrapped_key, sealed, chosen, not_sent, exercise)
      VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, .blob(header.referralID.octets), SQLValue(header.revision),
      .blob(submission.digest.octets), .text(header.operation.rawValue),
      .text(header.kind.rawValue), .text(submission.submittedBy),
      .integer(submission.acceptedAt.milliseconds), .blob(sealed.content.wrappedKey),
      .blob(sealed.content.octets), .text(submission.destinations.chosenText),
      .text(submission.destinations.notSentText), SQLValue(submission.exercise))
    try take(submission.files, of: header.referralID, header.revision, change)
  }
  switch header.operation {
  case .correct, .withdraw:
    try supersede(header, change)
    try dropFiles(before: header.revision, of: header.referralID, change)
  case .create, .update: break
  }
  let origin = DeliveryOrigin(
    referralID: header.referralID, revision: header.revision, kind: header.kind.rawValue,
    priority: header.priority, exercise: submission.exercise, acceptedAt: submission.acceptedAt)
  for (delivery, body) in zip(submission.deliveries, sealed.bodies) {
    try insert(delivery, body, origin, change)
  }
  try tellAccepted(
    header, exercise: submission.exercise, notSent: submission.destinations.notSentText,
    at: submission.acceptedAt, change)
  try change.run(
    "INSERT INTO audit(at, actor, action, subject) VALUES(?, ?, 'accept', ?)",
    .integer(submission.acceptedAt.milliseconds), .text(submission.submittedBy),
    .text("\(header.referralID)/\(header.revision)"))
}

func documentPlace(_ id: UniversalID, _ partner: String, _ schemaVersion: String) -> SealPlace {
  SealPlace(
    record: "document", id: id.description, partner: partner, schemaVersion: schemaVersion)
}

private typealias Query = (Statement, [SQLValue]) throws(StoreError) -> [Row]

private func earlierRevisions(_ referral: UniversalID, _ revision: Int, _ query: Query)
  throws(StoreError) -> EarlierRevisions
{
  let id = SQLValue.blob(referral.octets)
  let latest = try query(
    "SELECT coalesce(max(revision), 0) FROM submission WHERE referral = ?", [id])
  let digest = try query(
    "SELECT digest FROM submission WHERE referral = ? AND revision = ?", [id, SQLValue(revision)])
  let rows = try query(
    """
    SELECT partner, revision, payload_digest, detail_level, attempts, id, policy_digest
    FROM delivery WHERE referral = ? AND revision <= ? ORDER BY revision, row
    """, [id, SQLValue(revision)])
  var deliveries: [String: UniversalID] = [:]
  var recipients: Set<String> = []
  var policies: [String: SHA256Digest] = [:]
  var reached: [String: ReachedPartner] = [:]
  for row in rows {
    let partner = try row.text(0)
    let number = Int(try row.integer(1))
    if number == revision {
      deliveries[partner] = UniversalID(octets: try row.blob(5))
      continue
    }
    recipients.insert(partner)
    policies[partner] = SHA256Digest(octets: try row.blob(6))
    if try row.integer(4) > 0, let digest = SHA256Digest(octets: try row.blob(2)),
      let level = DetailLevel(rawValue: try row.text(3))
    {
      reached[partner] = ReachedPartner(revision: number, digest: digest, detailLevel: level)
    }
  }
  return EarlierRevisions(
    latest: Int(try latest.first?.integer(0) ?? 0),
    digest: try digest.first.flatMap { (row) throws(StoreError) in
      SHA256Digest(octets: try row.blob(0))
    },
    deliveries: deliveries, recipients: recipients, policies: policies, reached: reached)
}

/// A correction or withdrawal ends every earlier revision that is still open (docs/states.md); one
/// that is on the wire ends after its attempt.
private func supersede(_ header: ReferralHeader, _ change: borrowing Transaction)
  throws(StoreError)
{
  try change.run(
    """
    UPDATE delivery SET state = 'CANCELLED', reason = 'superseded'
    WHERE referral = ? AND revision < ? AND state IN ('QUEUED','DEFERRED','HELD','AWAITING')
    """, .blob(header.referralID.octets), SQLValue(header.revision))
  try change.run(
    "UPDATE delivery SET superseded = 1 WHERE referral = ? AND revision < ? AND state = 'SENDING'",
    .blob(header.referralID.octets), SQLValue(header.revision))
}

/// What a delivery has of its submission.
struct DeliveryOrigin: Sendable {
  let referralID: UniversalID
  let revision: Int
  let kind: String
  let priority: Priority
  let exercise: Bool
  let acceptedAt: Instant
}

func insert(
  _ delivery: NewDelivery, _ body: Sealed, _ origin: DeliveryOrigin,
  _ change: borrowing Transaction
) throws(StoreError) {
  let (document, terms) = (delivery.document, delivery.terms)
  let now = SQLValue.integer(origin.acceptedAt.milliseconds)
  try change.run(
    """
    INSERT INTO delivery(id, referral, revision, partner, conversation, kind, operation,
      detail_level, priority, schema_version, exercise, payload_digest, signature_digest,
      policy_digest, partner_digest, schema_digest, rule_ids, legal_basis, issued_at,
      accepted_at, expires, answer_deadline, state, next_at, attempts, epoch, unverified,
      refused_unsigned, superseded, answer, causation, losses, change_due)
    VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'QUEUED', ?,
      0, 0, 0, 0, 0, 'none', ?, ?, ?)
    """, .blob(document.id.octets), .blob(origin.referralID.octets), SQLValue(origin.revision),
    .text(terms.partner), .blob(terms.conversationID.octets), .text(origin.kind),
    .text(terms.operation.rawValue), .text(terms.detailLevel),
    .text(origin.priority.rawValue), .text(terms.schemaVersion), SQLValue(origin.exercise),
    .blob(document.digest.octets), .blob(document.signatureDigest.octets),
    .blob(terms.policyDigest.octets), .blob(terms.partnerDigest.octets),
    .blob(terms.schemaDigest.octets), .text(terms.ruleIDs.joined(separator: " ")),
    .text(terms.legalBasis.joined(separator: " ")), .integer(document.issuedAt.milliseconds),
    now, .integer(terms.expires.milliseconds), .integer(terms.answerDeadline.milliseconds),
    .integer(terms.notBefore.milliseconds), SQLValue(terms.causation?.octets),
    .text(terms.losses.joined(separator: " ")), SQLValue(terms.changeDue?.milliseconds))
  try change.run(
    "INSERT INTO body(row, wrapped_key, sealed) VALUES(?, ?, ?)",
    .integer(change.lastInsertedRow), .blob(body.wrappedKey), .blob(body.octets))
}
