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

/// What the case system hears at once.
enum SubmissionAnswer: Sendable {
  case accepted(AcceptedSubmission)
  case refused([Reason])
  /// Neither taken nor refused: the same may be tried again later.
  case unavailable(Unavailability)
}

enum Unavailability: String, Sendable, CaseIterable {
  case storeFull = "store-full"
  case busy
  case stopping
}

/// Who made a submission; decides about exercises between real identities (rule R22).
enum SubmissionOrigin: Sendable {
  case caseSystem
  /// The gateway itself, from the document that the product ships.
  case shippedExercise
}

struct AcceptedSubmission: Sendable {
  let referralID: UniversalID
  let revision: Int
  /// The same had been accepted before; nothing was done again.
  let repeated: Bool
  let deliveries: [DeliverySummary]
  /// Recipients that get nothing, with the ground.
  let notSent: [(partner: String, ground: NotSentGround)]
}

enum NotSentGround: String, Sendable, CaseIterable {
  /// A withdrawal of something that no attempt can have brought there.
  case neverReached = "never-reached"
}

/// What one partner would get.
struct Preview: Sendable {
  let disclosed: DisclosedReferral
  let document: WireDocument
  let report: DisclosureReport
}

struct Submissions: Sendable {
  let configuration: Configuration
  let links: [String: PartnerLink]
  let schemas: SchemaFolder
  let intake: Intake
  let outbox: OutboxStore
  let log: EventLog

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
    switch intake.read(octets) {
    case .refused(let reasons): return .failure(Refusals(reasons: reasons))
    case .read(let submission):
      let header = submission.referral.header
      let earlier = try await outbox.earlier(header.referralID, revision: header.revision)
      return try await compose(
        submission, for: partner, earlier, as: origin, at: SystemClock.now())
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
    let now = SystemClock.now()
    let header = submission.referral.header
    let earlier = try await outbox.earlier(header.referralID, revision: header.revision)
    if let reason = RevisionOrder.refusal(of: submission, earlier) { return refuse([reason]) }
    let wanted = recipients(of: submission, earlier)
    if earlier.digest != nil, wanted.new.isEmpty {
      return .accepted(
        AcceptedSubmission(
          referralID: header.referralID, revision: header.revision, repeated: true,
          deliveries: try await outbox.deliveries(
            of: header.referralID, revision: header.revision), notSent: wanted.notSent))
    }
    var documents: [(PartnerLink, WireDocument)] = []
    var reasons: [Reason] = []
    for partner in wanted.new {
      switch try await compose(submission, for: partner, earlier, as: origin, at: now) {
      case .success(let preview):
        if let link = links[partner] { documents.append((link, preview.document)) }
      case .failure(let refusals): reasons += refusals.reasons
      }
    }
    guard reasons.isEmpty else { return refuse(reasons) }
    let deliveries: [NewDelivery]
    switch seal(documents, at: now) {
    case .success(let signed): deliveries = signed
    case .failure(let refusals): return refuse(refusals.reasons)
    }
    let kept = try await outbox.accept(
      NewSubmission(
        header: header, digest: submission.digest, octets: submission.octets, submittedBy: actor,
        acceptedAt: now, exercise: submission.referral.exercise, deliveries: deliveries,
        seen: earlier))
    guard kept else { return nil }
    log.write(.accepted(header.referralID, deliveries: deliveries.count))
    return .accepted(
      AcceptedSubmission(
        referralID: header.referralID, revision: header.revision, repeated: false,
        deliveries: try await outbox.deliveries(
          of: header.referralID, revision: header.revision), notSent: wanted.notSent))
  }

  /// Who gets a document now: the named ones, and with a later revision everybody who has one.
  private func recipients(of submission: ReadSubmission, _ earlier: EarlierRevisions)
    -> (new: [String], notSent: [(partner: String, ground: NotSentGround)])
  {
    let operation = submission.referral.header.operation
    let named = Set(submission.recipients)
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
  private func compose(
    _ submission: ReadSubmission, for code: String, _ earlier: EarlierRevisions,
    as origin: SubmissionOrigin, at now: Instant
  ) async throws(OutboxError) -> Result<Preview, Refusals> {
    guard let link = links[code] else {
      return .failure(Refusals(.unknownPartner, recipientPlace(submission, code), code))
    }
    guard link.partner.isEnabled else {
      return .failure(Refusals(.partnerDisabled, recipientPlace(submission, code), code))
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
    switch disclose(submission.referral, in: situation) {
    case .refused(let reasons): return .failure(Refusals(reasons: reasons))
    case .disclosed(let disclosed, let report):
      switch WireDocument.encode(disclosed, in: envelope(now, disclosed), schemas: schemas.wire) {
      case .document(let document):
        return .success(Preview(disclosed: disclosed, document: document, report: report))
      case .invalid(let violations):
        let places = violations.prefix(10).map { violation in
          Reason(
            .documentInvalid, at: violation.pointer, partner: code, detail: violation.message)
        }
        return .failure(Refusals(reasons: places))
      case .tooLarge:
        return .failure(Refusals(.tooLarge, JSONPointer(), code))
      }
    }
  }

  private func envelope(_ now: Instant, _ disclosed: DisclosedReferral) -> Envelope {
    Envelope(
      source: configuration.identity.source, recordedAt: now,
      lifetimeSeconds: SendingLimits.lifetimeSeconds(disclosed.priority),
      answerWithinSeconds: SendingLimits.answerWithinSeconds(disclosed.priority),
      schemaVersion: version(for: disclosed.partner), idOctets: SecureRandom.octets(16),
      nonceOctets: SecureRandom.octets(16))
  }

  /// The newest version that both sides know.
  private func version(for partner: Partner) -> String {
    let known = schemas.wire.referralVersions.compactMap(SchemaVersion.init)
      .filter(partner.schema.contains)
    return (known.max() ?? partner.schema.upperBound).description
  }

  private func seal(_ documents: [(PartnerLink, WireDocument)], at now: Instant)
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
      answerDeadline: departure.adding(
        seconds: SendingLimits.answerWithinSeconds(disclosed.priority)),
      notBefore: departure)
  }

  /// A copy without names leaves after a random while, so that the moment does not join it to the
  /// copy that has them.
  private func departure(of disclosed: DisclosedReferral, _ now: Instant) -> Instant {
    switch disclosed.detailLevel {
    case .full: return now
    case .deidentified:
      guard configuration.profile != .development, disclosed.priority != .immediateDanger else {
        return now
      }
      return now.adding(seconds: Int64.random(in: SendingLimits.unlinkableDelaySeconds))
    }
  }

  private func recipientPlace(_ submission: ReadSubmission, _ code: String) -> JSONPointer {
    let index = submission.recipients.firstIndex(of: code)
    return JSONPointer(tokens: ["recipients"] + (index.map { [String($0)] } ?? []))
  }
}

/// Reasons as an error value, for `Result`.
struct Refusals: Error, Sendable {
  let reasons: [Reason]

  init(reasons: [Reason]) { self.reasons = reasons }
  init(_ rule: Rule, _ place: JSONPointer, _ partner: String) {
    reasons = [Reason(rule, at: place, partner: partner)]
  }
}

/// The identity of a submission (docs/rules.md): same pair and octets, or the next revision.
enum RevisionOrder {
  static func refusal(of submission: ReadSubmission, _ earlier: EarlierRevisions) -> Reason? {
    let header = submission.referral.header
    let place = JSONPointer(tokens: ["referral", "header", "revision"])
    if let digest = earlier.digest {
      if digest != submission.digest { return Reason(.revisionReused, at: place) }
      let adds = submission.recipients.contains { earlier.deliveries[$0] == nil }
      return adds && header.revision < earlier.latest
        ? Reason(.revisionSuperseded, at: place) : nil
    }
    return header.revision == earlier.latest + 1 ? nil : Reason(.revisionGap, at: place)
  }
}
