/// Whether a client certificate is really the partner's whose name it bears.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform
import Register

/// TLS takes whoever ends at an anchor of any partner. Here the partner's own anchors and lists
/// count: a public authority certifies many, and one partner's root must not speak for another.
struct CallerCheck: Sendable {
  enum Verdict: Sendable, Equatable {
    case admitted
    case refused(revoked: Bool)
    /// Revocation cannot be known now, and the grace is over.
    case undecided
  }

  private let partner: Partner
  private let path: PathValidation
  private let lists: [RevocationList]
  private let missingUntil: Instant

  init(_ partner: Partner, lists: [RevocationList], missingSince: Instant) {
    self.partner = partner
    self.lists = lists
    path = PathValidation(
      anchors: partner.tls.anchors, revocationLists: lists,
      revocation: partner.revocation.mode == .crl ? .required : .none)
    missingUntil = missingSince.adding(seconds: Int64(partner.revocation.graceHours) * 3_600)
  }

  /// - Parameter authorities: what came with the certificate; trusted for nothing.
  func judge(_ certificate: Certificate, with authorities: [Certificate], at now: Instant)
    -> Verdict
  {
    guard partner.identity.isSubject(of: certificate) else { return .refused(revoked: false) }
    let candidates = authorities + partner.trust.intermediates
    switch path.check(certificate, intermediates: candidates, at: now) {
    case .valid: return .admitted
    // X509_V_ERR_CERT_REVOKED
    case .invalid(let code, _): return .refused(revoked: code == 23)
    case .undecided: return inGrace(at: now) ? .admitted : .undecided
    }
  }

  /// The same patience as towards the partner's server (docs/verification.md, revocation lists).
  private func inGrace(at now: Instant) -> Bool {
    switch RevocationStanding(lists, of: partner, at: now) {
    case .grace: true
    case .missing: now < missingUntil
    // Fresh: an authority that the partner's file does not know issued it, so no list tells.
    case .fresh, .ended: false
    }
  }
}
