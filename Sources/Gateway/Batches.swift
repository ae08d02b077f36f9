/// The way of a statistics batch: count a quarter, disclose, encode and sign, keep; once.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Intake
import JSON
import OpenSSL
import Outbox
import Platform
import Referrals
import Register
import Sending
import Signing
import Statistics
import Wire

/// Why no batch is made or shown.
struct BatchRefusal: Error, Sendable {
  enum Code: String, Sendable {
    case quarterOpen = "quarter-open"
    case unknownPartner = "unknown-partner"
    case partnerDisabled = "partner-disabled"
    case notTaken = "statistics-not-taken"
    case notAgreed = "statistics-not-agreed"
    case exercise = "R22"
    /// No version of the batch that both sides know.
    case noCommonVersion = "no-common-version"
    case exists = "batch-exists"
    /// Another partner's batch was made from other numbers.
    case numbersChanged = "quarter-changed"
    case clockSuspect = "clock-suspect"
    case signingCertificate = "signing-certificate-time"
    /// A batch did not fit its own schema.
    case invalid
  }
  let code: Code
  /// The delivery of the batch that the partner has.
  let existing: UniversalID?

  init(_ code: Code, existing: UniversalID? = nil) {
    self.code = code
    self.existing = existing
  }

  fileprivate init(_ refusal: StatisticsRefusal) {
    switch refusal {
    case .notTaken: self.init(Code.notTaken)
    case .notAgreed: self.init(Code.notAgreed)
    case .exercise: self.init(Code.exercise)
    }
  }
}

/// What one partner would get.
struct BatchPreview: Sendable {
  let link: PartnerLink
  let statistics: WireStatistics
  let report: StatisticsReport
}

extension Submissions {
  private static let batchTries = 3

  /// Nothing is signed or kept.
  func previewBatch(_ quarter: Quarter, for code: String) async throws(OutboxError)
    -> Result<BatchPreview, BatchRefusal>
  {
    let now = clock.now()
    guard quarter.isOver(at: now) else { return .failure(BatchRefusal(.quarterOpen)) }
    return compose(
      try await count(quarter), for: code,
      by: Circumstances(generation: inForce.now, origin: .caseSystem, now: now))
  }

  /// The id of the delivery.
  func sendBatch(_ quarter: Quarter, to code: String, by entry: AuditEntry)
    async throws(OutboxError) -> Result<UniversalID, BatchRefusal>
  {
    guard !clock.isInDoubt else { return .failure(BatchRefusal(.clockSuspect)) }
    guard quarter.isOver(at: entry.at) else { return .failure(BatchRefusal(.quarterOpen)) }
    let circumstances = Circumstances(
      generation: inForce.now, origin: .caseSystem, now: entry.at)
    for _ in 0..<Submissions.batchTries {
      let count = try await count(quarter)
      let preview: BatchPreview
      switch compose(count, for: code, by: circumstances) {
      case .success(let made): preview = made
      case .failure(let refusal): return .failure(refusal)
      }
      let others = try await outbox.batchNumbers(of: quarter.description)
      let delivery: NewDelivery
      switch seal(preview, by: circumstances) {
      case .success(let sealed): delivery = sealed
      case .failure(let refusal): return .failure(refusal)
      }
      // Whoever has its batch hears that, whatever has become of the numbers since.
      let batch = NewBatch(
        quarter: quarter.description, delivery: delivery, exercise: count.exercise,
        numbers: count.octets,
        seen: others.allSatisfy { $0 == count.octets } ? others.count : -1)
      switch try await outbox.accept(batch, entry) {
      case .kept: return .success(preview.statistics.id)
      case .exists(let id): return .failure(BatchRefusal(.exists, existing: id))
      case .otherCameBetween:
        guard batch.seen >= 0 else { return .failure(BatchRefusal(.numbersChanged)) }
      }
    }
    return .failure(BatchRefusal(.numbersChanged))
  }

  /// Of what is still kept. The content of a referral is opened, counted and let go, one by one.
  private func count(_ quarter: Quarter) async throws(OutboxError) -> QuarterCount {
    var counter = Counter(quarter, exercise: inForce.configuration.exercisesOnly)
    let found = try await outbox.referrals(acceptedFrom: quarter.start, before: quarter.end)
    for one in found {
      guard let exercise = one.exercise,
        let octets = try await outbox.keptRevision(one.id, one.revision),
        let referral = intake.reopen(octets, exercise: exercise)
      else {
        counter.addMissing()
        continue
      }
      counter.add(referral)
    }
    return counter.count
  }

  private func compose(
    _ count: QuarterCount, for code: String, by circumstances: Circumstances
  ) -> Result<BatchPreview, BatchRefusal> {
    let configuration = circumstances.configuration
    guard let link = circumstances.generation.links[code],
      let policies = configuration.policies[code]
    else { return .failure(BatchRefusal(.unknownPartner)) }
    guard link.partner.isEnabled else { return .failure(BatchRefusal(.partnerDisabled)) }
    let today = circumstances.now.day
    let situation = StatisticsSituation(
      partner: link.partner.addressee, policy: policies.deciding(on: today),
      policyIsInForce: policies.inForce(on: today) != nil, batchOctets: SecureRandom.octets(16))
    switch disclose(count, in: situation) {
    case .refused(let refusal): return .failure(BatchRefusal(refusal))
    case .disclosed(let disclosed, let report):
      let range = link.partner.statistics
      let version = schemas.wire.statisticsVersions.last { version in
        SchemaVersion(version).map { range?.contains($0) ?? false } ?? false
      }
      guard let version else { return .failure(BatchRefusal(.noCommonVersion)) }
      let envelope = Envelope(
        source: configuration.identity.source, recordedAt: circumstances.now,
        lifetimeSeconds: SendingLimits.lifetimeSeconds(.routine),
        answerWithinSeconds: circumstances.answerWithinSeconds(.routine),
        schemaVersion: version, idOctets: SecureRandom.octets(16),
        nonceOctets: SecureRandom.octets(16))
      switch WireStatistics.encode(disclosed, in: envelope, schemas: schemas.wire) {
      case .statistics(let statistics):
        return .success(BatchPreview(link: link, statistics: statistics, report: report))
      case .invalid: return .failure(BatchRefusal(.invalid))
      }
    }
  }

  private func seal(_ preview: BatchPreview, by circumstances: Circumstances)
    -> Result<NewDelivery, BatchRefusal>
  {
    let (link, statistics) = (preview.link, preview.statistics)
    guard link.signing.covers(statistics.issuedAt, statistics.expires),
      let signed = try? sign(statistics, with: link.signing, style: link.style)
    else { return .failure(BatchRefusal(.signingCertificate)) }
    let terms = DeliveryTerms(
      batchFor: link.partner.code.text, batchID: statistics.disclosed.batchID,
      schemaVersion: statistics.schemaVersion, policyDigest: statistics.disclosed.policyDigest,
      partnerDigest: link.partner.digest,
      schemaDigest: schemas.digests["statistics/\(statistics.schemaVersion)"]
        ?? SHA256Digest(of: []),
      ruleIDs: statistics.disclosed.ruleIDs, legalBasis: statistics.disclosed.legalBasis,
      expires: statistics.expires,
      answerDeadline: circumstances.now.adding(
        seconds: circumstances.answerWithinSeconds(.routine)),
      notBefore: circumstances.now)
    return .success(NewDelivery(document: signed, terms: terms))
  }
}

extension QuarterCount {
  /// The numbers alone, for comparing; they are sealed wherever they are kept.
  fileprivate var octets: [UInt8] {
    let tables = tallies.map { tally in
      "\(tally.table.rawValue) \(tally.members) "
        + tally.counts.map(String.init).joined(separator: " ")
    }
    return Array((["complete \(isComplete)"] + tables).joined(separator: "\n").utf8)
  }
}
