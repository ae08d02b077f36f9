/// An acknowledgement on its way into the record, and what it changes there.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import Platform
import Seal
import SQLite

/// An acknowledgement to keep, verified or refused.
package struct NewAcknowledgement: Sendable {
  /// Nil when not even that could be read.
  package let id: UniversalID?
  package let kind: String?
  /// Of the received octets.
  package let digest: SHA256Digest
  /// "verified", "undecided" or the code of the refusal.
  package let verdict: String
  package let step: Int?
  package let receivedAt: Instant
  package let signedAt: Instant?
  /// The verification report as JSON; no content.
  package let report: String
  /// Header fields and body as they came.
  package let octets: [UInt8]
  /// What it changes besides the state; nil when it does not verify or never changes the answer.
  package let answer: DeliveryAnswer?
  package let changeResult: ChangeResult?
  package let isReceipt: Bool

  package init(
    id: UniversalID?, kind: String?, digest: SHA256Digest, verdict: String, step: Int?,
    receivedAt: Instant, signedAt: Instant?, report: String, octets: [UInt8],
    answer: DeliveryAnswer?, changeResult: ChangeResult? = nil, isReceipt: Bool
  ) {
    self.id = id
    self.kind = kind
    self.digest = digest
    self.verdict = verdict
    self.step = step
    self.receivedAt = receivedAt
    self.signedAt = signedAt
    self.report = report
    self.octets = octets
    self.answer = answer
    self.changeResult = changeResult
    self.isReceipt = isReceipt
  }
}

/// Whether another acknowledgement than this is kept as verified under its id (step 18). It was
/// looked for before, but answers are judged side by side.
func isTaken(
  _ acknowledgement: NewAcknowledgement?, _ partner: String, _ change: borrowing Transaction
) throws(StoreError) -> Bool {
  guard let acknowledgement, acknowledgement.verdict == "verified", let id = acknowledgement.id
  else { return false }
  let known = try change.row(
    "SELECT digest FROM acknowledgement WHERE partner = ? AND id = ? AND verdict = 'verified'",
    .text(partner), .blob(id.octets))
  return try known.map { (row) throws(StoreError) in try row.blob(0) }
    .map { $0 != acknowledgement.digest.octets } ?? false
}

/// False when it was kept before as verified, and nothing changes (step 18).
@discardableResult
func keep(
  _ acknowledgement: NewAcknowledgement, _ sealed: Sealed, _ row: Int64, _ partner: String,
  _ change: borrowing Transaction
) throws(StoreError) -> Bool {
  let kept = try change.run(
    """
    INSERT OR IGNORE INTO acknowledgement(delivery, partner, id, kind, digest, verdict, step,
      received_at, signed_at, report, wrapped_key, sealed)
    VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """, .integer(row), .text(partner), SQLValue(acknowledgement.id?.octets),
    SQLValue(acknowledgement.kind), .blob(acknowledgement.digest.octets),
    .text(acknowledgement.verdict), SQLValue(acknowledgement.step.map(Int64.init)),
    .integer(acknowledgement.receivedAt.milliseconds),
    SQLValue(acknowledgement.signedAt?.milliseconds), .text(acknowledgement.report),
    .blob(sealed.wrappedKey), .blob(sealed.octets))
  guard kept > 0 else { return false }
  guard let answer = acknowledgement.answer else { return true }
  // The answer follows the acknowledgement signed last; ties go to the one that came last.
  let signedAt = acknowledgement.signedAt ?? acknowledgement.receivedAt
  try change.run(
    """
    UPDATE delivery SET answer = ?, answer_signed_at = ?
    WHERE row = ? AND coalesce(answer_signed_at, 0) <= ?
    """, .text(answer.rawValue), .integer(signedAt.milliseconds), .integer(row),
    .integer(signedAt.milliseconds))
  if let result = acknowledgement.changeResult {
    try keepChange(result, signedAt: signedAt, of: row, change)
  }
  return true
}

func recordReceipt(
  _ acknowledgement: NewAcknowledgement?, _ row: Int64, _ partner: String, _ now: Instant,
  _ change: borrowing Transaction
) throws(StoreError) {
  try change.run(
    "UPDATE delivery SET delivered_at = ?, receipt = ? WHERE row = ?",
    .integer(now.milliseconds), SQLValue(acknowledgement?.id?.octets), .integer(row))
  try change.run(
    "UPDATE partner_state SET last_receipt = ? WHERE partner = ?", .integer(now.milliseconds),
    .text(partner))
}

func acknowledgementPlace(_ digest: [UInt8], _ partner: String) -> SealPlace {
  SealPlace(
    record: "acknowledgement", id: Hex.encode(digest), partner: partner, schemaVersion: "1.0.0")
}
