/// The way of a submission, written once: read, disclose, encode, sign, keep, answer.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Intake
import JSON
import JSONSchema
import Log
import OpenSSL
import Outbox
import Platform
import Referrals
import Register
import Sending
import Signing
import Wire

struct Submissions: Sendable {
  let inForce: InForce
  let schemas: SchemaFolder
  let intake: Intake
  let outbox: OutboxStore
  let log: EventLog
  let clock: GatewayClock
  /// Of it only what a reload leaves as it is.
  private var configuration: Configuration { inForce.configuration }

  /// Another submission of the same referral may come between look and write this often.
  private static let tries = 5

  func submit(_ octets: [UInt8], by actor: String, as origin: SubmissionOrigin = .caseSystem)
    async throws(OutboxError) -> SubmissionAnswer
  {
    let submission: ReadSubmission
    switch intake.read(octets) {
    case .read(let found): submission = found
    case .refused(let reasons): return refuse(reasons)
    }
    for _ in 0..<Submissions.tries {
      do throws(OutboxError) {
        if let answer = try await attempt(submission, by: actor, as: origin) { return answer }
      } catch {
        guard error.code == .full else { throw error }
        return .unavailable(.storeFull)
      }
    }
    return .unavailable(.busy)
  }

  func preview(
    _ octets: [UInt8], for partner: String, as origin: SubmissionOrigin = .caseSystem
  ) async throws(OutboxError) -> Result<Preview, Refusals> {
    // A preview needs the description of its files only.
    switch intake.read(octets, files: nil) {
    case .refused(let reasons): return .failure(Refusals(reasons: reasons))
    case .read(let submission):
      let header = submission.referral.header
      let earlier = try await outbox.earlier(header.referralID, revision: header.revision)
      return try await compose(
        submission.referral, for: partner, of: submission.recipients, earlier, as: origin,
        at: clock.now())
    }
  }

  private func refuse(_ reasons: [Reason]) -> SubmissionAnswer {
    log.write(.refused(reasons: reasons.count))
    return .refused(reasons)
  }

  /// Nil when the store changed meanwhile.
  private func attempt(
    _ submission: ReadSubmission, by actor: String, as origin: SubmissionOrigin
  ) async throws(OutboxError) -> SubmissionAnswer? {
    guard !clock.isInDoubt else { return .unavailable(.clockSuspect) }
    let now = clock.now()
    let main = Part(
      read: submission.main, recipients: submission.recipients, member: "referral")
    var parts = [main]
    // A reclassification: both are kept in one commit, or neither.
    if let withdrawal = submission.withdrawal {
      parts.append(Part(read: withdrawal, recipients: [], member: "withdraws"))
    }
    var new: [NewSubmission] = []
    var notSent: [(partner: String, ground: NotSentGround)] = []
    var reasons: [Reason] = []
    for part in parts {
      switch try await prepare(part, by: actor, as: origin, at: now) {
      case .success(let prepared):
        if let submission = prepared.submission { new.append(submission) }
        notSent += prepared.notSent
      case .failure(let refusals):
        reasons += refusals.reasons.map { $0.moved(to: part.member) }
      }
    }
    guard reasons.isEmpty else { return refuse(reasons) }
    if !new.isEmpty {
      guard try await keep(new) else { return nil }
      for one in new {
        log.write(.accepted(one.header.referralID, deliveries: one.deliveries.count))
      }
    }
    var deliveries: [DeliverySummary] = []
    for part in parts {
      deliveries += try await outbox.deliveries(
        of: part.header.referralID, revision: part.header.revision)
    }
    return .accepted(
      AcceptedSubmission(
        referralID: main.header.referralID, revision: main.header.revision,
        repeated: new.isEmpty, deliveries: deliveries, notSent: notSent,
        advice: submission.advice))
  }

  /// T0.
  private func keep(_ submissions: [NewSubmission]) async throws(OutboxError) -> Bool {
    #if DEBUG
      if PlantedFault.current == .answerBeforeCommit {
        Task {
          try await Task.sleep(for: .milliseconds(100))
          return try await outbox.accept(submissions)
        }
        return true
      }
    #endif
    return try await outbox.accept(submissions)
  }

  /// One referral of a submission, and where in the submission it stands.
  private struct Part {
    let read: ReadReferral
    let recipients: [String]
    let member: String

    var header: ReferralHeader { read.referral.header }
  }

  private struct PreparedPart {
    /// Nil where nothing is left to be done.
    let submission: NewSubmission?
    let notSent: [(partner: String, ground: NotSentGround)]
  }

  /// Everything that is decided before the commit: order, disclosure, signatures.
  private func prepare(
    _ part: Part, by actor: String, as origin: SubmissionOrigin, at now: Instant
  ) async throws(OutboxError) -> Result<PreparedPart, Refusals> {
    let header = part.header
    let earlier = try await outbox.earlier(header.referralID, revision: header.revision)
    if let reason = RevisionOrder.refusal(of: part.read, to: part.recipients, earlier) {
      return .failure(Refusals(reasons: [reason]))
    }
    let wanted = recipients(of: part, earlier)
    if earlier.digest != nil, wanted.new.isEmpty {
      return .success(PreparedPart(submission: nil, notSent: wanted.notSent))
    }
    if header.revision > 1 {
      let kept = try await outbox.keptRevisions(
        of: header.referralID, before: header.revision)
      let reasons = RevisionRules.reasons(
        part.read.referral, after: kept.compactMap(EarlierRevision.init(kept:)))
      guard reasons.isEmpty else { return .failure(Refusals(reasons: reasons)) }
    }
    var documents: [(PartnerLink, WireDocument)] = []
    var reasons: [Reason] = []
    for partner in wanted.new {
      let composed = try await compose(
        part.read.referral, for: partner, of: part.recipients, earlier, as: origin, at: now)
      switch composed {
      case .success(let preview): documents.append((preview.link, preview.document))
      case .failure(let refusals): reasons += refusals.reasons
      }
    }
    guard reasons.isEmpty else { return .failure(Refusals(reasons: reasons)) }
    return seal(documents, at: now).map { deliveries in
      PreparedPart(
        submission: NewSubmission(
          header: header, digest: part.read.digest, octets: part.read.octets, submittedBy: actor,
          acceptedAt: now, exercise: part.read.referral.exercise, deliveries: deliveries,
          notSent: wanted.notSent.map { (partner: $0.partner, code: $0.ground.rawValue) },
          seen: earlier), notSent: wanted.notSent)
    }
  }

  /// Who gets a document now: the named ones, and with a later revision everybody who has one.
  private func recipients(of part: Part, _ earlier: EarlierRevisions)
    -> (new: [String], notSent: [(partner: String, ground: NotSentGround)])
  {
    let operation = part.header.operation
    let named = Set(part.recipients)
    let all = operation == .create ? named : named.union(earlier.recipients)
    let missing = all.filter { earlier.deliveries[$0] == nil }.sorted()
    guard operation == .withdraw else { return (missing, []) }
    let unreached = missing.filter { earlier.reached[$0] == nil }
    return (
      missing.filter { earlier.reached[$0] != nil },
      unreached.map { (partner: $0, ground: .neverReached) }
    )
  }

  /// Disclosure and encoding for one partner; nothing is signed yet.
  func compose(
    _ referral: Referral, for code: String, of recipients: [String], _ earlier: EarlierRevisions,
    as origin: SubmissionOrigin, at now: Instant, again: Reissue? = nil
  ) async throws(OutboxError) -> Result<Preview, Refusals> {
    guard let link = inForce.links[code] else {
      return .failure(Refusals(.unknownPartner, recipientPlace(recipients, code), code))
    }
    guard link.partner.isEnabled else {
      return .failure(Refusals(.partnerDisabled, recipientPlace(recipients, code), code))
    }
    let situation = DisclosureSituation(
      partner: link.partner, policy: link.policy,
      exercisesOnly: configuration.identity.oin.isTest || configuration.profile == .acceptance,
      isShippedExercise: origin == .shippedExercise,
      predecessor: earlier.reached[code].map {
        Predecessor(revision: $0.revision, digest: $0.digest, detailLevel: $0.detailLevel)
      },
      pseudonyms: try await outbox.aliasKey(of: code, fresh: SecureRandom.octets(32)),
      shuffle: SecureRandom.octets(16),
      today: CivilDate(daysSince1970: Int(now.startOfDay.seconds / 86_400)))
    switch disclose(referral, in: situation) {
    case .refused(let reasons): return .failure(Refusals(reasons: reasons))
    case .disclosed(let disclosed, let report):
      guard let version = again?.version ?? version(for: link.partner) else {
        return .failure(
          Refusals(.noCommonVersion, recipientPlace(recipients, code), code))
      }
      let envelope = envelope(now, disclosed, version, again)
      switch WireDocument.encode(disclosed, in: envelope, schemas: schemas.wire) {
      case .document(let document):
        return .success(
          Preview(link: link, disclosed: disclosed, document: document, report: report))
      case .invalid(let violations):
        let places = violations.prefix(10).map { violation in
          Reason(
            .documentInvalid, at: violation.pointer, partner: code, detail: violation.message)
        }
        return .failure(Refusals(reasons: places))
      case .tooLarge:
        return .failure(Refusals(.tooLarge, JSONPointer(), code))
      case .unknownVersion:
        return .failure(
          Refusals(.noCommonVersion, recipientPlace(recipients, code), code))
      case .misleading(let losses):
        return .failure(
          Refusals(
            reasons: losses.map { loss in
              Reason(
                .versionLoss, at: JSONPointer(tokens: ["data"] + loss.pointer.tokens),
                partner: code, detail: "schema version \(loss.version)")
            }))
      }
    }
  }

  private func envelope(
    _ now: Instant, _ disclosed: DisclosedReferral, _ version: SchemaVersion, _ again: Reissue?
  ) -> Envelope {
    Envelope(
      source: configuration.identity.source, recordedAt: now,
      lifetimeSeconds: SendingLimits.lifetimeSeconds(disclosed.priority),
      answerWithinSeconds: answerWithinSeconds(disclosed.priority),
      schemaVersion: version.description, idOctets: SecureRandom.octets(16),
      nonceOctets: SecureRandom.octets(16), causationID: again?.causation)
  }

  private func answerWithinSeconds(_ priority: Priority) -> Int64 {
    Int64(Double(SendingLimits.answerWithinSeconds(priority)) * configuration.answerScale)
  }

  /// The newest version that both sides know.
  private func version(for partner: Partner) -> SchemaVersion? {
    partner.versions(among: schemas.wire.documentVersions).max()
  }

  func seal(_ documents: [(PartnerLink, WireDocument)], at now: Instant)
    -> Result<[NewDelivery], Refusals>
  {
    var deliveries: [NewDelivery] = []
    for (link, document) in documents {
      // Evidence outlives the delivery only under a certificate that does (docs/verification.md).
      guard link.signing.covers(document.issuedAt, document.expires),
        let signed = try? sign(document, with: link.signing, style: link.style)
      else {
        return .failure(
          Refusals(.signingCertificateTime, JSONPointer(), link.partner.code.text))
      }
      deliveries.append(NewDelivery(document: signed, terms: terms(of: document, link, now)))
    }
    return .success(deliveries)
  }

  private func terms(of document: WireDocument, _ link: PartnerLink, _ now: Instant)
    -> DeliveryTerms
  {
    let disclosed = document.disclosed
    let departure = departure(of: disclosed, now)
    return DeliveryTerms(
      partner: link.partner.code.text, conversationID: disclosed.conversationID,
      detailLevel: disclosed.detailLevel, operation: disclosed.operation,
      schemaVersion: document.schemaVersion, policyDigest: disclosed.policyDigest,
      partnerDigest: link.partner.digest,
      schemaDigest: schemas.digests["referral/\(document.schemaVersion)"]
        ?? SHA256Digest(of: []),
      ruleIDs: disclosed.ruleIDs, legalBasis: disclosed.legalBasis, expires: document.expires,
      // The deadline on the wire may count from a time that was cut; ours counts from now.
      answerDeadline: departure.adding(seconds: answerWithinSeconds(disclosed.priority)),
      notBefore: departure, causation: document.causationID,
      losses: document.losses.map(\.pointer.description))
  }

  /// A copy without names leaves after a random while, so that the moment does not join it to the
  /// copy that has them.
  private func departure(of disclosed: DisclosedReferral, _ now: Instant) -> Instant {
    switch disclosed.detailLevel {
    case .full, .pseudonymised: return now
    case .deidentified:
      guard configuration.profile != .development, disclosed.priority != .immediateDanger else {
        return now
      }
      return now.adding(seconds: Int64.random(in: SendingLimits.unlinkableDelaySeconds))
    }
  }

  private func recipientPlace(_ recipients: [String], _ code: String) -> JSONPointer {
    let index = recipients.firstIndex(of: code)
    return JSONPointer(tokens: ["recipients"] + (index.map { [String($0)] } ?? []))
  }
}
