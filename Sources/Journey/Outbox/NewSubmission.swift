/// What a submission brings to the store: its octets, its files, and a signed document for each.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import Platform
package import Referrals
package import Signing

/// One document to one partner, signed and ready to be kept.
package struct NewDelivery: Sendable {
  package let document: SignedDocument
  package let terms: DeliveryTerms

  package init(document: SignedDocument, terms: DeliveryTerms) {
    self.document = document
    self.terms = terms
  }
}

/// What is known of a delivery besides its octets; no personal data.
package struct DeliveryTerms: Sendable {
  package let partner: String
  package let conversationID: UniversalID
  /// The word of a `DetailLevel`, or "anonymised" of a statistics batch.
  package let detailLevel: String
  package let operation: Referrals.Operation
  package let schemaVersion: String
  package let policyDigest: SHA256Digest
  package let partnerDigest: SHA256Digest
  package let schemaDigest: SHA256Digest
  package let ruleIDs: [String]
  package let legalBasis: [String]
  package let expires: Instant
  package let answerDeadline: Instant
  /// Not sent before; a copy without names leaves at a time that joins it to no other.
  package let notBefore: Instant
  /// The document that this one stands for, where it is a reissue.
  package let causation: UniversalID?
  /// Pointers to what its schema version cannot say.
  package let losses: [String]
  /// Until when the partner is to say that it carried out this correction or withdrawal; nil where
  /// nobody waits for that.
  package let changeDue: Instant?

  package init(
    partner: String, conversationID: UniversalID, detailLevel: DetailLevel,
    operation: Referrals.Operation, schemaVersion: String, policyDigest: SHA256Digest,
    partnerDigest: SHA256Digest, schemaDigest: SHA256Digest, ruleIDs: [String],
    legalBasis: [String], expires: Instant, answerDeadline: Instant, notBefore: Instant,
    causation: UniversalID? = nil, losses: [String] = [], changeDue: Instant? = nil
  ) {
    self.changeDue = changeDue
    self.causation = causation
    self.losses = losses
    self.notBefore = notBefore
    self.partner = partner
    self.conversationID = conversationID
    self.detailLevel = detailLevel.rawValue
    self.operation = operation
    self.schemaVersion = schemaVersion
    self.policyDigest = policyDigest
    self.partnerDigest = partnerDigest
    self.schemaDigest = schemaDigest
    self.ruleIDs = ruleIDs
    self.legalBasis = legalBasis
    self.expires = expires
    self.answerDeadline = answerDeadline
  }

  /// Of a statistics batch: it is one thing, told once, and nobody has to carry anything out.
  package init(
    batchFor partner: String, batchID: UniversalID, schemaVersion: String,
    policyDigest: SHA256Digest, partnerDigest: SHA256Digest, schemaDigest: SHA256Digest,
    ruleIDs: [String], legalBasis: [String], expires: Instant, answerDeadline: Instant,
    notBefore: Instant
  ) {
    self.partner = partner
    conversationID = batchID
    detailLevel = "anonymised"
    operation = .create
    self.schemaVersion = schemaVersion
    self.policyDigest = policyDigest
    self.partnerDigest = partnerDigest
    self.schemaDigest = schemaDigest
    self.ruleIDs = ruleIDs
    self.legalBasis = legalBasis
    self.expires = expires
    self.answerDeadline = answerDeadline
    self.notBefore = notBefore
    causation = nil
    losses = []
    changeDue = nil
  }
}

package struct NewSubmission: Sendable {
  package let header: ReferralHeader
  /// SHA-256 of the octets of the `referral` member.
  package let digest: SHA256Digest
  package let octets: [UInt8]
  package let submittedBy: String
  package let acceptedAt: Instant
  package let exercise: Bool
  package let deliveries: [NewDelivery]
  /// What chose the recipients, and who gets nothing: the case system is told.
  package let destinations: Destinations
  /// Its attachments, each once; those of earlier revisions too where it names them again.
  package let files: [SubmittedFile]
  /// What the caller saw; the transaction refuses when it has changed meanwhile.
  package let seen: EarlierRevisions

  package init(
    header: ReferralHeader, digest: SHA256Digest, octets: [UInt8], submittedBy: String,
    acceptedAt: Instant, exercise: Bool, deliveries: [NewDelivery],
    destinations: Destinations = Destinations(), files: [SubmittedFile] = [],
    seen: EarlierRevisions
  ) {
    self.header = header
    self.digest = digest
    self.octets = octets
    self.submittedBy = submittedBy
    self.acceptedAt = acceptedAt
    self.exercise = exercise
    self.deliveries = deliveries
    self.destinations = destinations
    self.files = files
    self.seen = seen
  }
}
