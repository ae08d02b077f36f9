/// One document for one partner, from the referral to the signature.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import JSON
import OpenSSL
import Outbox
import Platform
import Referrals
import Register
import Sending
import Signing
import Wire

extension Submissions {
  /// Disclosure and encoding for one partner; nothing is signed yet.
  func compose(
    _ referral: Referral, for code: String, of recipients: [String]?, _ earlier: EarlierRevisions,
    by circumstances: Circumstances, again: Reissue? = nil
  ) async throws(OutboxError) -> Result<Preview, Refusals> {
    guard let link = circumstances.generation.links[code] else {
      return .failure(Refusals(.unknownPartner, recipientPlace(recipients, code), code))
    }
    guard link.partner.isEnabled else {
      return .failure(Refusals(.partnerDisabled, recipientPlace(recipients, code), code))
    }
    let today = circumstances.now.day
    guard
      let terms = circumstances.configuration.terms(
        of: link.partner.code, for: referral, on: today, earlier: earlier.policies[code])
    else { return .failure(Refusals(.unknownPartner, recipientPlace(recipients, code), code)) }
    let situation = DisclosureSituation(
      partner: link.partner.addressee, policy: terms.policy,
      exercisesOnly: circumstances.configuration.exercisesOnly,
      isShippedExercise: circumstances.origin == .shippedExercise,
      predecessor: earlier.reached[code].map(Predecessor.init),
      pseudonyms: try await outbox.aliasKey(of: code, fresh: SecureRandom.octets(32)),
      shuffle: SecureRandom.octets(16), today: today)
    switch disclose(referral, in: situation) {
    case .refused(let reasons): return .failure(Refusals(reasons: reasons))
    case .disclosed(let disclosed, let report):
      guard let version = again?.version ?? version(for: link.partner) else {
        return .failure(
          Refusals(.noCommonVersion, recipientPlace(recipients, code), code))
      }
      let envelope = envelope(disclosed, version, again, circumstances)
      switch WireDocument.encode(disclosed, in: envelope, schemas: schemas.wire) {
      case .document(let document):
        return .success(
          Preview(
            link: link, disclosed: disclosed, document: document, report: report, terms: terms))
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
    _ disclosed: DisclosedReferral, _ version: SchemaVersion, _ again: Reissue?,
    _ circumstances: Circumstances
  ) -> Envelope {
    Envelope(
      source: circumstances.configuration.identity.source, recordedAt: circumstances.now,
      lifetimeSeconds: SendingLimits.lifetimeSeconds(disclosed.priority),
      answerWithinSeconds: circumstances.answerWithinSeconds(disclosed.priority),
      schemaVersion: version.description, idOctets: SecureRandom.octets(16),
      nonceOctets: SecureRandom.octets(16), causationID: again?.causation)
  }

  /// The newest version that both sides know.
  private func version(for partner: Partner) -> SchemaVersion? {
    partner.versions(among: schemas.wire.documentVersions).max()
  }

  func seal(_ documents: [(PartnerLink, WireDocument)], by circumstances: Circumstances)
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
      deliveries.append(
        NewDelivery(document: signed, terms: deliveryTerms(of: document, link, circumstances)))
    }
    return .success(deliveries)
  }

  private func deliveryTerms(
    of document: WireDocument, _ link: PartnerLink, _ circumstances: Circumstances
  ) -> DeliveryTerms {
    let disclosed = document.disclosed
    let departure = departure(of: disclosed, circumstances)
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
        seconds: circumstances.answerWithinSeconds(disclosed.priority)),
      notBefore: departure, causation: document.causationID,
      losses: document.losses.map(\.pointer.description),
      changeDue: changeDue(disclosed.operation, link.partner, circumstances.now))
  }

  private func changeDue(_ operation: Referrals.Operation, _ partner: Partner, _ now: Instant)
    -> Instant?
  {
    switch operation {
    case .correct, .withdraw:
      partner.acknowledgements.changeExecutedWithinHours.map {
        now.adding(seconds: Int64($0) * 3_600)
      }
    case .create, .update: nil
    }
  }

  /// A copy without names leaves after a random while, so that the moment does not join it to the
  /// copy that has them.
  private func departure(
    of disclosed: DisclosedReferral, _ circumstances: Circumstances
  ) -> Instant {
    let now = circumstances.now
    switch disclosed.detailLevel {
    case .full, .pseudonymised: return now
    case .deidentified:
      guard circumstances.configuration.profile != .development,
        disclosed.priority != .immediateDanger
      else { return now }
      return now.adding(seconds: Int64.random(in: SendingLimits.unlinkableDelaySeconds))
    }
  }

  private func recipientPlace(_ recipients: [String]?, _ code: String) -> JSONPointer {
    let index = recipients?.firstIndex(of: code)
    return JSONPointer(tokens: ["recipients"] + (index.map { [String($0)] } ?? []))
  }
}

extension Circumstances {
  func answerWithinSeconds(_ priority: Priority) -> Int64 {
    Int64(Double(SendingLimits.answerWithinSeconds(priority)) * configuration.answerScale)
  }
}

extension Predecessor {
  init(_ reached: ReachedPartner) {
    self.init(
      revision: reached.revision, digest: reached.digest, detailLevel: reached.detailLevel)
  }
}

extension Instant {
  /// The day in UTC.
  var day: CivilDate { CivilDate(daysSince1970: Int(startOfDay.seconds / 86_400)) }
}
