/// Steps 1 and 3 to 12 of docs/verification.md: is this signature that partner's, over this body?
// SPDX-License-Identifier: Apache-2.0
package import Digest
import JOSE
package import OpenSSL
package import Platform

/// What a good signature establishes.
package struct VerifiedSignature: Sendable {
  package let certificate: Certificate
  package let algorithm: SignatureAlgorithm
  /// `iat`; nil in profiles that do not send it.
  package let signedAt: Instant?
  package let bodyDigest: SHA256Digest
  /// Of the JWS text.
  package let signatureDigest: SHA256Digest
  /// The certificate first, its anchor last; a pinned certificate, or one whose time of signing
  /// is asked for and missing, stands alone.
  package let chain: [Certificate]
}

/// The moment at which path and revocation are judged.
package enum JudgedAt: Sendable {
  case moment(Instant)
  /// `iat`: what the signer says, so a stolen key can say what it likes.
  case signingTime
}

package enum SignatureVerdict: Sendable {
  case valid(VerifiedSignature, VerificationReport)
  case invalid(VerificationFailure, VerificationReport)
  /// All holds but revocation, or the path without a time, cannot be judged; the signature's
  /// facts come along.
  case undecided(VerificationFailure, VerifiedSignature, VerificationReport)
}

package enum SignatureLimits {
  package static let bodyOctets = 65_536
  package static let fieldOctets = 16_384
  package static let allFieldsOctets = 32_768
  /// A file of fields: all of them, colons, line ends, a start line.
  package static let fieldLinesOctets = 65_536
  /// Certificates that one trust keeps parsed; beyond it all are forgotten and read again.
  package static let shownSigners = 64
}

/// Checks in the order of the protocol and stops at the first step that fails.
package func verify(
  _ message: ReceivedMessage, trust: SignerTrust, bodyLimitOctets: Int, now: Instant
) -> SignatureVerdict {
  verify(message, trust: trust, bodyLimitOctets: bodyLimitOctets, at: .moment(now))
}

/// The same for a message of the past; `at` takes the place of the clock.
package func verify(
  _ message: ReceivedMessage, trust: SignerTrust, bodyLimitOctets: Int, at moment: JudgedAt
) -> SignatureVerdict {
  var check = SignatureCheck(
    message: message, trust: trust, bodyLimitOctets: bodyLimitOctets, moment: moment)
  do throws(VerificationFailure) {
    let facts = try check.authenticate()
    let (chain, doubt) = try check.judgeCertificate(of: facts)
    let signature = VerifiedSignature(
      certificate: facts.certificate, algorithm: facts.algorithm, signedAt: facts.signedAt,
      bodyDigest: facts.bodyDigest, signatureDigest: facts.signatureDigest, chain: chain)
    if let doubt { return .undecided(doubt, signature, check.report) }
    return .valid(signature, check.report)
  } catch {
    check.report.fail(error)
    return .invalid(error, check.report)
  }
}

/// What steps 1 to 9 find.
private struct SignatureFacts {
  let certificate: Certificate
  let algorithm: SignatureAlgorithm
  let signedAt: Instant?
  let bodyDigest: SHA256Digest
  let signatureDigest: SHA256Digest
}

private struct SignatureCheck {
  let message: ReceivedMessage
  let trust: SignerTrust
  let bodyLimitOctets: Int
  let moment: JudgedAt
  var report = VerificationReport()
  /// `x5c` beyond the leaf: only serves to build the path.
  private var shownChain: [Certificate] = []

  init(message: ReceivedMessage, trust: SignerTrust, bodyLimitOctets: Int, moment: JudgedAt) {
    self.message = message
    self.trust = trust
    self.bodyLimitOctets = bodyLimitOctets
    self.moment = moment
  }

  /// Steps 1 to 9.
  mutating func authenticate() throws(VerificationFailure) -> SignatureFacts {
    let fields = try singleFields()
    report.pass(.limits, .partner)
    guard let jws = CompactJWS(splitting: Array(fields.signature.utf8)) else {
      throw VerificationFailure(.split, splitCode(fields.signature))
    }
    guard jws.isDetached else { throw VerificationFailure(.split, .partsWrong) }
    report.pass(.split)
    let header = try header(of: jws)
    let algorithm = try grammar(header)
    let certificate = try signer(header)
    let signedAt = header.iat.map(Instant.init(seconds:))
    report.claim(certificate, signedAt: signedAt)
    guard certificate.allows(algorithm) else { throw VerificationFailure(.keyFit, .keyUnfit) }
    report.pass(.keyFit)
    let digest = SHA256Digest(of: message.body)
    guard let claimed = SHA256Digest(field: fields.digest), claimed == digest else {
      throw VerificationFailure(.digest, .digestMismatch)
    }
    report.pass(.digest)
    let input = DetachedBinding.signingInput(protected: jws.protected, digest: digest)
    guard let verifier = trust.shown.verifier(certificate, algorithm),
      verifier.verifies(jws.signatureOctets, of: input)
    else { throw VerificationFailure(.signature, .signatureInvalid) }
    report.pass(.signature)
    return SignatureFacts(
      certificate: certificate, algorithm: algorithm, signedAt: signedAt, bodyDigest: digest,
      signatureDigest: SHA256Digest(of: Array(jws.text.utf8)))
  }

  /// Step 1: limits, and exactly one of each field that decides something.
  private func singleFields() throws(VerificationFailure) -> (signature: String, digest: String) {
    guard message.body.count <= bodyLimitOctets else {
      throw VerificationFailure(.limits, .bodyTooLarge)
    }
    let sizes = message.fields.map { $0.name.utf8.count + $0.value.utf8.count }
    guard sizes.allSatisfy({ $0 <= SignatureLimits.fieldOctets }),
      sizes.reduce(0, +) <= SignatureLimits.allFieldsOctets
    else { throw VerificationFailure(.limits, .fieldsTooLarge) }
    guard message.values("content-encoding").isEmpty else {
      throw VerificationFailure(.limits, .contentEncoding)
    }
    let signatures = trust.headerNames.flatMap(message.values)
    let digests = message.values("digest")
    let types = message.values("content-type")
    guard signatures.count <= 1 else { throw VerificationFailure(.limits, .signatureRepeated) }
    guard digests.count <= 1 else { throw VerificationFailure(.limits, .digestRepeated) }
    guard types.count <= 1 else { throw VerificationFailure(.limits, .contentTypeRepeated) }
    guard let signature = signatures.first else {
      throw VerificationFailure(.limits, .signatureMissing)
    }
    guard let digest = digests.first else { throw VerificationFailure(.limits, .digestMissing) }
    guard !types.isEmpty else { throw VerificationFailure(.limits, .contentTypeMissing) }
    return (signature, digest)
  }

  private func splitCode(_ text: String) -> VerificationCode {
    text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false).count == 3
      ? .notCanonical : .partsWrong
  }

  /// Step 4, and of step 5 what reading alone shows.
  private mutating func header(of jws: CompactJWS) throws(VerificationFailure)
    -> ProtectedHeader
  {
    switch ProtectedHeader.read(jws.protected) {
    case .success(let header):
      report.pass(.headerJSON)
      return header
    case .failure(let refusal):
      switch refusal.code {
      case .encoding, .tooLarge, .syntax, .duplicateName:
        throw VerificationFailure(.headerJSON, .headerNotJSON, detail: refusal.description)
      case .malformedMember, .forbiddenMember, .missingMember, .unknownCritical, .algorithm,
        .notDetachedBinding:
        report.pass(.headerJSON)
        throw VerificationFailure(.headerGrammar, .headerForm, detail: refusal.description)
      }
    }
  }

  /// Step 5.
  private mutating func grammar(_ header: ProtectedHeader) throws(VerificationFailure)
    -> SignatureAlgorithm
  {
    guard let algorithm = header.signatureAlgorithm, trust.algorithms.contains(algorithm) else {
      throw VerificationFailure(.headerGrammar, .algorithmNotAllowed)
    }
    if let refusal = DetachedBinding.fits(header) {
      throw VerificationFailure(.headerGrammar, .headerForm, detail: refusal.description)
    }
    report.pass(.headerGrammar)
    return algorithm
  }

  /// Step 6: all names in the header agree on one certificate, and it is one we may consider.
  private mutating func signer(_ header: ProtectedHeader) throws(VerificationFailure)
    -> Certificate
  {
    guard header.x5tS256 != nil || !header.x5tO.isEmpty || !header.x5c.isEmpty else {
      throw VerificationFailure(.signer, .signerNotNamed)
    }
    if let der = header.x5c.first {
      guard let shown = trust.shown.certificate(der), header.names(shown) else {
        throw VerificationFailure(.signer, .signerNamesDiffer)
      }
      if case .pinned(let known) = trust.mode, !known.contains(shown) {
        throw VerificationFailure(.signer, .signerUnknown)
      }
      shownChain = header.x5c.dropFirst().compactMap(trust.shown.certificate)
      report.pass(.signer)
      return shown
    }
    let known =
      switch trust.mode {
      case .pinned(let certificates): certificates
      case .chain: trust.intermediates
      }
    guard let certificate = known.first(where: header.names) else {
      throw VerificationFailure(.signer, .signerUnknown)
    }
    report.pass(.signer)
    return certificate
  }

  /// Steps 10 to 12. A doubt that comes back is about revocation, or that no time is known.
  mutating func judgeCertificate(of facts: SignatureFacts) throws(VerificationFailure)
    -> (chain: [Certificate], doubt: VerificationFailure?)
  {
    let certificate = facts.certificate
    try form(of: certificate)
    guard let now = moment.instant(signedAt: facts.signedAt) else {
      let doubt = VerificationFailure(.path, .signingTimeMissing)
      report.leaveUndecided(doubt)
      report.skip(.revocation)
      try identity(of: certificate)
      return ([certificate], doubt)
    }
    var chain = [certificate]
    var doubt: VerificationFailure?
    switch trust.mode {
    case .chain:
      // A revocation list is newer than most signatures that it judges: it is asked about now only.
      let validation = trust.asksRevocation ? trust.pathAndRevocation : trust.path
      doubt = try path(certificate, validation, at: now).doubt
      let signed = try path(certificate, trust.path, at: facts.signedAt ?? now)
      chain = signed.chain
      doubt = doubt ?? signed.doubt
    case .pinned:
      for moment in [now, facts.signedAt ?? now] {
        guard certificate.notBefore <= moment, moment <= certificate.notAfter else {
          throw VerificationFailure(.path, .certificateTime)
        }
      }
    }
    report.pass(.path)
    if let doubt {
      report.leaveUndecided(doubt)
    } else if trust.asksRevocation {
      report.pass(.revocation)
    } else {
      report.skip(.revocation)
    }
    try identity(of: certificate)
    return (chain, doubt)
  }

  /// What OpenSSL lets pass even in strict mode.
  private func form(of certificate: Certificate) throws(VerificationFailure) {
    guard certificate.isVersion3, !certificate.isAuthority else {
      throw VerificationFailure(.path, .certificateForm)
    }
    guard certificate.keyUsage?.contains(.digitalSignature) == true else {
      throw VerificationFailure(.path, .keyUsage)
    }
    if let usages = certificate.extendedKeyUsages,
      Set(usages).isDisjoint(with: trust.extendedKeyUsages)
    {
      throw VerificationFailure(.path, .extendedKeyUsage)
    }
  }

  private func path(
    _ certificate: Certificate, _ validation: PathValidation, at moment: Instant
  ) throws(VerificationFailure) -> (chain: [Certificate], doubt: VerificationFailure?) {
    let verdict = validation.check(
      certificate, intermediates: trust.intermediates + shownChain, at: moment)
    switch verdict {
    case .valid(let chain): return (chain, nil)
    case .undecided(let reason):
      return ([certificate], VerificationFailure(.revocation, .revocationUnknown, detail: reason))
    case .invalid(let code, let reason):
      // X509_V_ERR_CERT_REVOKED
      if code == 23 { throw VerificationFailure(.revocation, .revoked) }
      throw VerificationFailure(.path, .pathInvalid, detail: "\(code): \(reason)")
    }
  }

  /// Step 12, the certificate's half.
  private mutating func identity(of certificate: Certificate) throws(VerificationFailure) {
    let fits =
      switch trust.identity {
      case .oin(let oin): certificate.subjectSerialNumber == oin
      case .organization(let id): certificate.organizationIdentifier == id
      case .pin: true
      case .anyone: true
      }
    guard fits else { throw VerificationFailure(.identity, .identityMismatch) }
    if trust.identity == .anyone { report.skip(.identity) } else { report.pass(.identity) }
  }
}

extension JudgedAt {
  fileprivate func instant(signedAt: Instant?) -> Instant? {
    switch self {
    case .moment(let instant): instant
    case .signingTime: signedAt
    }
  }
}
