/// What one answer, or the lack of one, means: the rows of docs/states.md and no other.
// SPDX-License-Identifier: Apache-2.0
package import Acknowledgement
package import Fetch
package import Platform
import Referrals
package import Register
import Signing
import Wire

package enum AttemptOutcome: Sendable, Equatable {
  case receipt
  case rejection
  /// The partner has a later revision: nothing is wrong.
  case rejectedAsSuperseded
  /// A good receipt whose signer's revocation cannot be decided now.
  case undecided
  case unverified
  case accepted(due: Instant)
  case busy(retryAfterSeconds: Int64?)
  case conflict
  case clock
  /// The partner does not know the document's schema version; `next` is the one to try.
  case version(next: SchemaVersion?)
  case credentials
  case gone
  case refusedUnsigned
  case transient(retryAfterSeconds: Int64?)
  /// Nothing was sent: whether the partner's server was revoked cannot be decided now.
  case serverUndecided
  /// The FSC outway or inway failed, not the partner.
  case outway(retryAfterSeconds: Int64?)
  case security

  /// The word in tables, metrics and the attempt row.
  package var name: String {
    switch self {
    case .receipt: "done"
    case .rejection, .rejectedAsSuperseded: "rejected"
    case .undecided: "undecided"
    case .unverified: "unverified"
    case .accepted: "wait"
    case .busy: "busy"
    case .conflict: "conflict"
    case .clock: "clock"
    case .version: "version"
    case .credentials: "credentials"
    case .gone: "gone"
    case .refusedUnsigned: "refused-unsigned"
    case .transient: "transient"
    case .serverUndecided: "server-undecided"
    case .outway: "outway"
    case .security: "security"
    }
  }
}

extension AttemptOutcome {
  /// No answer came: is it the network, our certificate, or somebody else at the partner's address?
  package init(failure: FetchFailure) {
    self =
      switch failure.kind {
      case .tlsVerify, .tlsPin, .addressRefused: .security
      case .tlsRevocation: .serverUndecided
      case .tlsPeerRefused: .credentials
      case .resolve, .connect, .tlsOther, .timeout, .reset, .badFraming, .tooLarge, .http2,
        .aborted, .request, .other:
        .transient(retryAfterSeconds: nil)
      }
  }

  /// An answer came.
  ///
  /// - Parameters:
  ///   - verdict: what its signature is worth; nil when it carries none.
  ///   - waitsForReceipt: until when a 202 without a receipt may wait; nil where it may not.
  ///   - throughOutway: only then `Fsc-Error-Code` is not the partner's own word.
  ///   - versions: what could be sent instead of a version that the partner does not know.
  package init(
    answer: FetchAnswer, verdict: AcknowledgementVerdict?, waitsForReceipt: Instant?,
    throughOutway: Bool, versions: VersionChoice
  ) {
    switch verdict {
    case .verified(let acknowledgement, _):
      self = AttemptOutcome(verified: acknowledgement)
    case .undecided(let acknowledgement, _, _):
      // Only a receipt may become a delivery once the revocation is known.
      self = acknowledgement.kind == .receipt ? .undecided : .unverified
    case .rejected(let failure, _) where failure.code != .signatureMissing:
      // A false receipt is no promise of a true one.
      self = AttemptOutcome(
        unsigned: answer, waitsForReceipt: nil, throughOutway: throughOutway, versions: versions)
    case .rejected, nil:
      self = AttemptOutcome(
        unsigned: answer, waitsForReceipt: waitsForReceipt, throughOutway: throughOutway,
        versions: versions)
    }
  }

  private init(verified acknowledgement: VerifiedAcknowledgement) {
    switch acknowledgement.kind {
    case .receipt: self = .receipt
    // We send nothing that has expired by our clock: one of the two is wrong.
    case .rejection where acknowledgement.findsExpired: self = .clock
    case .rejection:
      self = acknowledgement.refusesAsSuperseded ? .rejectedAsSuperseded : .rejection
    case .acceptance, .forwarded, .query, .caseNumber, .followUp, .changeExecuted, nil:
      // Signed and ours, but it does not prove that the octets arrived.
      self = .unverified
    }
  }

  private init(
    unsigned answer: FetchAnswer, waitsForReceipt: Instant?, throughOutway: Bool,
    versions: VersionChoice
  ) {
    let after = answer.field("retry-after").flatMap(Int64.init).map { max(0, $0) }
    if throughOutway, answer.field("fsc-error-code") != nil {
      self = .outway(retryAfterSeconds: after)
      return
    }
    let problem = answer.problem
    switch answer.status {
    case 202 where waitsForReceipt != nil:
      self = .accepted(due: waitsForReceipt ?? Instant(milliseconds: 0))
    case 200..<300: self = .unverified
    case 400 where problem == .known(.clockSkew): self = .clock
    case 401, 403, 407: self = .credentials
    case 409 where problem == .known(.inProgress): self = .busy(retryAfterSeconds: after)
    case 410: self = .gone
    case 415 where problem == .known(.unsupportedSchemaVersion):
      self = .version(next: versions.next(supported: answer.supportedVersions))
    case 422 where problem == .known(.idempotencyKeyReused): self = .conflict
    case 408, 425, 429, 500, 502, 503, 504: self = .transient(retryAfterSeconds: after)
    case 501, 505: self = .refusedUnsigned
    case 500...: self = .transient(retryAfterSeconds: after)
    default: self = .refusedUnsigned  // OPEN: status codes are integers
    }
  }
}

extension VerifiedAcknowledgement {
  /// A rejection only because the document has expired by the partner's clock.
  package var findsExpired: Bool { kind == .rejection && reasonCodes == ["message-expired"] }
}
