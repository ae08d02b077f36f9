/// The steps of docs/verification.md that need no store, no register and no network.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL
import Platform
package import Register
package import Signing
package import Wire

/// What an offline check is about.
package enum OfflineSubject: Sendable {
  /// Whatever the body is.
  case signature
  case document(WireSchemas)
  case acknowledgement(WireSchemas)
}

package struct OfflineVerdict: Sendable {
  package enum Outcome: String, Sendable { case valid, invalid, undecided }
  /// Authenticated by the signature, believed as far as the outcome goes.
  package enum Content: Sendable {
    case document(ParsedDocument)
    case acknowledgement(ParsedAcknowledgement)
  }

  package let outcome: Outcome
  /// The step that failed, or the first that was left open; nil when valid.
  package let reason: VerificationFailure?
  /// All nineteen steps in order; what was not looked at is skipped.
  package let report: VerificationReport
  /// Nil where nothing is signed rightly.
  package let signature: VerifiedSignature?
  package let content: Content?

  /// Refused before any step could be taken.
  package init(refused failure: VerificationFailure) {
    var report = VerificationReport()
    report.fail(failure)
    self.init(report: report, signature: nil, content: nil)
  }

  init(report: VerificationReport, signature: VerifiedSignature?, content: Content?) {
    self.report = report.offline
    self.signature = signature
    self.content = content
    let lines = self.report.lines
    let decisive =
      lines.first { $0.outcome == .failed } ?? lines.first { $0.outcome == .undecided }
    reason = decisive.flatMap { line in
      line.code.map { VerificationFailure(line.step, $0, detail: line.detail) }
    }
    switch decisive?.outcome {
    case .failed: outcome = .invalid
    case .undecided: outcome = .undecided
    case .passed, .skipped, nil: outcome = .valid
    }
  }
}

package struct OfflineCheck: Sendable {
  private let subject: OfflineSubject
  private let trust: SignerTrust
  private let identity: PartnerIdentity?
  private let recipient: PartnerIdentity?

  /// Nil when the certificates hold neither an anchor nor a signer.
  /// - Parameters:
  ///   - identity: who must have signed. Without it the signer is told, and a document or
  ///     acknowledgement is undecided at best.
  ///   - recipient: whom it must be addressed to; without it the addressee is not judged.
  package init?(
    _ subject: OfflineSubject, trusting certificates: [Certificate],
    revocationLists: [RevocationList], checksRevocation: Bool, headerName: String?,
    identity: PartnerIdentity?, recipient: PartnerIdentity?
  ) {
    func trust(_ identity: SignerTrust.Identity) -> SignerTrust? {
      SignerTrust(
        listed: certificates, identity: identity, revocationLists: revocationLists,
        checksRevocation: checksRevocation, headerName: headerName)
    }
    guard let open = trust(.anyone) else { return nil }
    self.trust = identity.flatMap { trust($0.inCertificate(pinned: open.isPinned)) } ?? open
    self.subject = subject
    self.identity = identity
    self.recipient = recipient
  }

  package var isPinned: Bool { trust.isPinned }

  package func judge(_ message: ReceivedMessage, at moment: JudgedAt) -> OfflineVerdict {
    let signature: VerifiedSignature
    var report: VerificationReport
    switch verify(message, trust: trust, bodyLimitOctets: bodyLimitOctets, at: moment) {
    case .invalid(_, let steps):
      return OfflineVerdict(report: steps, signature: nil, content: nil)
    case .valid(let found, let steps), .undecided(_, let found, let steps):
      (signature, report) = (found, steps)
    }
    var content: OfflineVerdict.Content?
    do throws(VerificationFailure) {
      try identify(signature.certificate)
      content = try read(message.body)
      if let content {
        report.pass(.body)
        try check(source: content.source, signature.certificate, &report)
        try check(content, &report)
        report.skip(.time, detail: timeliness(content, signature, moment))
      }
    } catch {
      report.fail(error)
    }
    return OfflineVerdict(report: report, signature: signature, content: content)
  }

  /// A signature that is no message of ours has the limit of the largest that we know.
  private var bodyLimitOctets: Int {
    switch subject {
    case .signature, .document: WireLimits.documentOctets
    case .acknowledgement: WireLimits.acknowledgementOctets
    }
  }

  /// A pin in a partner's file belongs to that partner. Here several may stand in one list, so a
  /// certificate that names an organisation must name the right one.
  private func identify(_ certificate: Certificate) throws(VerificationFailure) {
    guard trust.isPinned, let identity else { return }
    let named: String?
    if identity.oin != nil {
      named = certificate.subjectSerialNumber.flatMap(OIN.init)?.text
    } else {
      named = certificate.organizationIdentifier
    }
    guard named == nil || identity.isSubject(of: certificate) else {
      throw VerificationFailure(.identity, .identityMismatch)
    }
  }

  /// Step 13; nil where the body is anything.
  private func read(_ body: [UInt8]) throws(VerificationFailure) -> OfflineVerdict.Content? {
    switch subject {
    case .signature: return nil
    case .document(let schemas):
      switch ParsedDocument.read(body, schemas: schemas) {
      case .success(let parsed): return .document(parsed)
      case .failure(let refusal): throw refusal.failure
      }
    case .acknowledgement(let schemas):
      switch ParsedAcknowledgement.read(body, schemas: schemas) {
      case .success(let parsed): return .acknowledgement(parsed)
      case .failure(let refusal): throw refusal.failure
      }
    }
  }

  /// Of step 12 what only the body says.
  private func check(
    source text: String, _ certificate: Certificate, _ report: inout VerificationReport
  ) throws(VerificationFailure) {
    let source = PartnerIdentity(text)
    if let identity {
      guard source == identity else {
        throw VerificationFailure(.identity, .identityMismatch, detail: "source")
      }
      return
    }
    guard trust.isPinned || source?.isSubject(of: certificate) == true else {
      throw VerificationFailure(.identity, .identityMismatch, detail: "source")
    }
    report.leaveUndecided(VerificationFailure(.identity, .identityNotGiven))
  }

  /// Step 14.
  private func check(_ content: OfflineVerdict.Content, _ report: inout VerificationReport)
    throws(VerificationFailure)
  {
    if let recipient, PartnerIdentity(content.recipient) != recipient {
      throw VerificationFailure(.addressee, .notAddressee)
    }
    guard content.hasRightType else { throw VerificationFailure(.addressee, .wrongType) }
    if recipient == nil {
      report.pass(.addressee, detail: "recipient not compared")
    } else {
      report.pass(.addressee)
    }
  }

  /// Step 17 needs the record of the other side; this is what can be said without.
  private func timeliness(
    _ content: OfflineVerdict.Content, _ signature: VerifiedSignature, _ moment: JudgedAt
  ) -> String {
    let skew = AcknowledgementLimits.skewSeconds
    guard case .moment(let now) = moment else { return "not compared" }
    guard let signedAt = signature.signedAt ?? content.time else { return "signing time missing" }
    if signedAt > now.adding(seconds: skew) { return "signed after the time asked about" }
    if case .document(let document) = content, now > document.expires.adding(seconds: skew) {
      return "expired by the time asked about"
    }
    return "in time"
  }
}

extension OfflineVerdict.Content {
  fileprivate var source: String {
    switch self {
    case .document(let document): document.source
    case .acknowledgement(let acknowledgement): acknowledgement.source
    }
  }

  fileprivate var recipient: String {
    switch self {
    case .document(let document): document.recipient
    case .acknowledgement(let acknowledgement): acknowledgement.recipient
    }
  }

  fileprivate var time: Instant? {
    switch self {
    case .document(let document): document.time
    case .acknowledgement(let acknowledgement): acknowledgement.time
    }
  }

  fileprivate var hasRightType: Bool {
    switch self {
    case .document(let document): document.hasRightType
    case .acknowledgement(let acknowledgement):
      acknowledgement.type == EventType.acknowledged.rawValue
    }
  }
}
