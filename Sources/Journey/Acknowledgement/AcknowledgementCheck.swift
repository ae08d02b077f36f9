/// What a partner's answer proves: the steps of docs/verification.md against what we sent.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import JSON
package import OpenSSL
package import Platform
package import Referrals
package import Register
package import Signing
package import Wire

/// A message of ours that an acknowledgement may be about.
package struct ExpectedExchange: Sendable {
  package let messageID: UniversalID
  package let payloadDigest: SHA256Digest
  package let signatureDigest: SHA256Digest
  /// `iat` of our document.
  package let issuedAt: Instant

  package init(
    messageID: UniversalID, payloadDigest: SHA256Digest, signatureDigest: SHA256Digest,
    issuedAt: Instant
  ) {
    self.messageID = messageID
    self.payloadDigest = payloadDigest
    self.signatureDigest = signatureDigest
    self.issuedAt = issuedAt
  }
}

/// An acknowledgement in which everything holds. Only `judge` makes one.
package struct VerifiedAcknowledgement: Sendable {
  package let id: UniversalID
  package let messageID: UniversalID
  /// Nil for a kind that we do not know: kept and shown, without effect.
  package let kind: AcknowledgementKind?
  package let kindText: String
  package let reasonCodes: [String]
  package let signedAt: Instant
  package let sequence: Int?
  package let data: JSONObject

  fileprivate init(_ parsed: ParsedAcknowledgement, signedAt: Instant) {
    id = parsed.id
    messageID = parsed.messageID
    kind = parsed.kind
    kindText = parsed.kindText
    reasonCodes = parsed.reasonCodes
    self.signedAt = signedAt
    sequence = parsed.sequence
    data = parsed.data
  }

  /// The partner has a later revision of the same: nothing is wrong.
  package var refusesAsSuperseded: Bool { kind == .rejection && reasonCodes == ["superseded"] }
}

package enum AcknowledgementVerdict: Sendable {
  case verified(VerifiedAcknowledgement, VerificationReport)
  /// Everything holds but the signer's revocation.
  case undecided(VerifiedAcknowledgement, VerificationFailure, VerificationReport)
  case rejected(VerificationFailure, VerificationReport)

  package var report: VerificationReport {
    switch self {
    case .verified(_, let report), .undecided(_, _, let report), .rejected(_, let report): report
    }
  }
}

package enum AcknowledgementLimits {
  /// Both ways, against clocks that differ (docs/verification.md).
  package static let skewSeconds: Int64 = 300
}

/// Checks one acknowledgement from one partner, known from the connection (step 2).
package struct AcknowledgementCheck: Sendable {
  package let partner: Partner
  /// Our identity as partners address it, `urn:nld:oin:<OIN>` with or without a system.
  package let ourIdentity: PartnerIdentity
  package let schemas: WireSchemas
  private let trust: SignerTrust

  /// Keep it: it holds the partner's certificate stores.
  /// - Parameter lists: in place of those that were there when the register was read.
  package init(
    partner: Partner, ourIdentity: PartnerIdentity, schemas: WireSchemas,
    revocationLists lists: [RevocationList]? = nil
  ) {
    self.partner = partner
    trust = SignerTrust(partner, revocationLists: lists ?? partner.revocation.lists)
    self.ourIdentity = ourIdentity
    self.schemas = schemas
  }

  /// Header fields, in lower case, of which one may carry the signature.
  package var headerNames: [String] { trust.headerNames }

  /// Steps 1 to 14 and 16 to 18; step 15 is the caller's look-up, given as `expected`.
  /// - Parameters:
  ///   - expected: our exchange with this partner under the id that the acknowledgement names.
  ///   - known: digest of a verified acknowledgement with the same id, if one is kept.
  package func judge(
    _ message: ReceivedMessage, now: Instant,
    expected: (UniversalID) async throws -> ExpectedExchange?,
    known: (UniversalID) async throws -> [UInt8]?
  ) async rethrows -> AcknowledgementVerdict {
    let signature: VerifiedSignature
    var report: VerificationReport
    var doubt: VerificationFailure?
    switch verify(
      message, trust: trust, bodyLimitOctets: WireLimits.acknowledgementOctets,
      now: now)
    {
    case .valid(let found, let steps): (signature, report) = (found, steps)
    case .undecided(let failure, let found, let steps):
      (signature, report, doubt) = (found, steps, failure)
    case .invalid(let failure, let steps): return .rejected(failure, steps)
    }
    let parsed: ParsedAcknowledgement
    switch read(message.body) {
    case .success(let value): parsed = value
    case .failure(let failure): return reject(failure, &report)
    }
    report.pass(.body, .addressee)
    let exchange = try await expected(parsed.messageID)
    let seen = try await known(parsed.id)
    do throws(VerificationFailure) {
      let signedAt = try bind(parsed, signature, exchange, seen, now)
      report.pass(.exchange, .digests, .time, .replay)
      let verified = VerifiedAcknowledgement(parsed, signedAt: signedAt)
      if let doubt { return .undecided(verified, doubt, report) }
      return .verified(verified, report)
    } catch {
      return reject(error, &report)
    }
  }

  private func reject(_ failure: VerificationFailure, _ report: inout VerificationReport)
    -> AcknowledgementVerdict
  {
    report.fail(failure)
    return .rejected(failure, report)
  }

  /// Steps 13 and 14, and of step 12 what only the body says.
  private func read(_ body: [UInt8]) -> Result<ParsedAcknowledgement, VerificationFailure> {
    let parsed: ParsedAcknowledgement
    switch ParsedAcknowledgement.read(body, schemas: schemas) {
    case .success(let value): parsed = value
    case .failure(let refusal): return .failure(refusal.failure)
    }
    guard PartnerIdentity(parsed.source) == partner.identity else {
      return .failure(VerificationFailure(.identity, .identityMismatch, detail: "source"))
    }
    guard PartnerIdentity(parsed.recipient) == ourIdentity else {
      return .failure(VerificationFailure(.addressee, .notAddressee))
    }
    guard parsed.type == EventType.acknowledged.rawValue else {
      return .failure(VerificationFailure(.addressee, .wrongType))
    }
    return .success(parsed)
  }

  /// Steps 15 to 18: about our octets, signed at a possible time, not a second story under one id.
  private func bind(
    _ parsed: ParsedAcknowledgement, _ signature: VerifiedSignature,
    _ exchange: ExpectedExchange?, _ seen: [UInt8]?, _ now: Instant
  ) throws(VerificationFailure) -> Instant {
    // Whoever reads the envelope only must see the same message as whoever reads the data.
    guard let exchange, exchange.messageID == parsed.messageID, parsed.namesOneMessage else {
      throw VerificationFailure(.exchange, .unknownExchange)
    }
    guard parsed.payloadDigest == exchange.payloadDigest else {
      throw VerificationFailure(.digests, .payloadDigestMismatch)
    }
    guard parsed.signatureDigest == exchange.signatureDigest else {
      throw VerificationFailure(.digests, .signatureDigestMismatch)
    }
    let signedAt = try signingTime(parsed, signature)
    let skew = AcknowledgementLimits.skewSeconds
    guard signedAt >= exchange.issuedAt.adding(seconds: -skew) else {
      throw VerificationFailure(.time, .signedTooEarly)
    }
    guard signedAt <= now.adding(seconds: skew) else {
      throw VerificationFailure(.time, .signedInFuture)
    }
    if let seen, seen != signature.bodyDigest.octets {
      throw VerificationFailure(.replay, .idReused)
    }
    return signedAt
  }

  /// `iat`; profiles without it have the signed `time` of the envelope.
  private func signingTime(_ parsed: ParsedAcknowledgement, _ signature: VerifiedSignature)
    throws(VerificationFailure) -> Instant
  {
    guard let time = signature.signedAt ?? parsed.time else {
      throw VerificationFailure(.time, .signingTimeMissing)
    }
    return time
  }
}

extension ParseRefusal {
  /// As a failure of step 13.
  var failure: VerificationFailure {
    switch self {
    case .notJSON(let error):
      VerificationFailure(
        .body, .notJSON, detail: "\(error.code.rawValue) at \(error.line):\(error.column)")
    case .schema(let pointer, let keyword):
      VerificationFailure(
        .body, .schemaInvalid, detail: "\(ParseRefusal.known(pointer, keyword)): \(keyword)")
    case .unsupportedSchemaVersion:
      VerificationFailure(.body, .schemaInvalid, detail: "dataschema")
    }
  }

  /// The name of a member that no schema knows is the partner's text, and reports are not sealed.
  private static func known(_ pointer: JSONPointer, _ keyword: String) -> JSONPointer {
    switch keyword {
    case "additionalProperties", "unevaluatedProperties":
      JSONPointer(tokens: Array(pointer.tokens.dropLast()))
    default: pointer  // OPEN: keywords are text
    }
  }
}
