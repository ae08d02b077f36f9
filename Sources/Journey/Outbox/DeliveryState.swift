/// The states of a delivery and what the partner did with it; the only ones (docs/states.md).
// SPDX-License-Identifier: Apache-2.0
package import Platform
package import Referrals

package enum DeliveryState: String, Sendable, CaseIterable {
  case queued = "QUEUED"
  case sending = "SENDING"
  case awaiting = "AWAITING"
  case deferred = "DEFERRED"
  case held = "HELD"
  case delivered = "DELIVERED"
  case dead = "DEAD"
  case expired = "EXPIRED"
  case cancelled = "CANCELLED"

  /// May be sent as soon as it is due.
  package var isReady: Bool {
    switch self {
    case .queued, .deferred: true
    case .sending, .awaiting, .held, .delivered, .dead, .expired, .cancelled: false
    }
  }

  package var isTerminal: Bool {
    switch self {
    case .delivered, .dead, .expired, .cancelled: true
    case .queued, .sending, .awaiting, .deferred, .held: false
    }
  }

  /// What an operator may send again under the same id.
  package var canResend: Bool {
    switch self {
    case .queued, .deferred, .awaiting, .held, .dead: true
    case .sending, .delivered, .expired, .cancelled: false
    }
  }
}

/// What the partner did with a document, by its own verified acknowledgements.
package enum DeliveryAnswer: String, Sendable, CaseIterable {
  case none, accepted, rejected, question, forwarded, outcome
  case changeExecuted = "change-executed"

  /// Nil for kinds that never change the answer.
  package init?(_ kind: AcknowledgementKind) {
    switch kind {
    case .receipt, .caseNumber: return nil
    case .acceptance: self = .accepted
    case .rejection: self = .rejected
    case .forwarded: self = .forwarded
    case .query: self = .question
    case .followUp: self = .outcome
    case .changeExecuted: self = .changeExecuted
    }
  }
}

/// What a partner did about a correction or withdrawal, by its own word.
package enum ChangeResult: String, Sendable, CaseIterable {
  case replaced, restricted, erased
  /// A law makes the partner keep what it has.
  case refusedLegalDuty = "refused-legal-duty"
}

/// Why a delivery is in its state; one column for all states.
package enum DeliveryReason: String, Sendable, CaseIterable {
  case transient, busy, outway, unverified, credentials, gone, security, conflict, rejected
  case superseded, expired, revocation
  /// Another document of the same revision took its place, in a version that the partner knows.
  case reissued
  case refusedUnsigned = "refused-unsigned"
  case clockSuspect = "clock-suspect"
  case schemaVersion = "schema-version"
  case receiptDue = "receipt-due"
  case signerRevoked = "signer-revoked"
  case byOperator = "operator"
}

/// The part of a delivery that its machine changes.
package struct DeliveryProgress: Sendable, Equatable {
  package var state: DeliveryState
  package var reason: DeliveryReason?
  /// When it may go, or when an awaited answer is overdue.
  package var nextAt: Instant
  package var attempts: Int
  /// Counts claims; a result of an earlier claim is late.
  package var epoch: Int
  /// Answers whose receipt did not verify, since a person last sent it on its way.
  package var unverified: Int
  package var refusedUnsigned: Int
  /// A later revision waits for the running attempt to end.
  package var superseded: Bool

  package init(queuedAt: Instant) {
    state = .queued
    reason = nil
    nextAt = queuedAt
    attempts = 0
    epoch = 0
    unverified = 0
    refusedUnsigned = 0
    superseded = false
  }

  init(
    state: DeliveryState, reason: DeliveryReason?, nextAt: Instant, attempts: Int, epoch: Int,
    unverified: Int, refusedUnsigned: Int, superseded: Bool
  ) {
    self.state = state
    self.reason = reason
    self.nextAt = nextAt
    self.attempts = attempts
    self.epoch = epoch
    self.unverified = unverified
    self.refusedUnsigned = refusedUnsigned
    self.superseded = superseded
  }
}
