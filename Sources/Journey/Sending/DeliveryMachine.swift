/// One delivery's life as a pure machine: an event and the time go in, what must be done comes out.
// SPDX-License-Identifier: Apache-2.0
package import Acknowledgement
package import Outbox
package import Platform
package import Referrals

/// What happens to a delivery.
package enum DeliveryEvent: Sendable, Equatable {
  /// The scheduler gives it a slot.
  case claimed
  case finished(AttemptOutcome)
  /// A later revision replaces it.
  case superseded
  case expired
  /// The answer to a 202 or an undecided revocation is due.
  case answerOverdue
  case revocationDecided(revoked: Bool)
  /// The receipt that waited for it is no good for another reason by now.
  case receiptRefused
  case hold
  case release
  case cancel
  case resend
  /// The process that was sending it is gone.
  case restarted
  /// The partner answered 410 to another delivery: nothing goes there until a person says so.
  case partnerGone
  /// A verified acknowledgement, in whatever answer it came.
  case acknowledged(AcknowledgementKind?)
  /// A verified rejection that says only that the partner has a later revision.
  case refusedAsSuperseded
  /// A verified rejection that says only that the document has expired.
  case refusedAsExpired
}

extension DeliveryEvent {
  /// One that the partner brought by itself.
  package init(_ acknowledgement: VerifiedAcknowledgement) {
    if acknowledgement.refusesAsSuperseded {
      self = .refusedAsSuperseded
    } else if acknowledgement.findsExpired {
      self = .refusedAsExpired
    } else {
      self = .acknowledged(acknowledgement.kind)
    }
  }
}

/// What the gateway does about it, besides storing the new state.
package enum DeliveryAction: Sendable, Equatable {
  case alarm(DeliveryAlarm)
  case suspendPartner(SuspensionCause)
  case disablePartner
}

package enum DeliveryAlarm: String, Sendable, CaseIterable {
  case unverifiedReceipt = "unverified-receipt"
  case rejected, conflict, credentials, gone, security, expired
  case refusedUnsigned = "refused-unsigned"
  case clockSuspect = "clock-suspect"
  case revocationUndecided = "revocation-undecided"
  case signerRevoked = "signer-revoked"
  case schemaVersion = "schema-version"
}

/// The transitions of docs/states.md.
package struct DeliveryMachine: Sendable, Equatable {
  package private(set) var record: DeliveryProgress
  private let priority: Priority
  private let expires: Instant
  private let backoff: Backoff

  package init(
    _ record: DeliveryProgress, priority: Priority, expires: Instant, backoff: Backoff
  ) {
    self.record = record
    self.priority = priority
    self.expires = expires
    self.backoff = backoff
  }

  /// `jitter` spreads retries: 0.8 to 1.2.
  package mutating func on(_ event: DeliveryEvent, now: Instant, jitter: Double = 1)
    -> [DeliveryAction]
  {
    switch event {
    case .claimed:
      // The scheduler may hold an entry from before a deferral.
      guard record.state.isReady, record.nextAt <= now else { return [] }
      record.state = .sending
      record.attempts += 1
      record.epoch += 1
      return []
    case .finished(let outcome):
      return finish(outcome, now, jitter)
    case .superseded:
      if record.state == .sending { record.superseded = true } else { supersede() }
      return []
    case .expired:
      guard !record.state.isTerminal, record.state != .sending, now >= expires else { return [] }
      end(.expired, .expired)
      return [.alarm(.expired)]
    case .answerOverdue:
      return overdue(now)
    case .revocationDecided(let revoked):
      guard record.state == .awaiting, record.reason == .revocation else { return [] }
      if revoked {
        end(.held, .signerRevoked)
        return [.alarm(.signerRevoked)]
      }
      end(.delivered, nil)
      return []
    case .receiptRefused:
      guard record.state == .awaiting, record.reason == .revocation else { return [] }
      end(.held, .unverified)
      return [.alarm(.unverifiedReceipt)]
    case .hold:
      guard record.state.isReady || record.state == .awaiting else { return [] }
      end(.held, .byOperator)
      return []
    case .release:
      guard record.state == .held else { return [] }
      startOver(at: now)
      return []
    case .cancel:
      guard !record.state.isTerminal, record.state != .sending else { return [] }
      end(.cancelled, .byOperator)
      return []
    case .resend:
      guard record.state.canResend else { return [] }
      startOver(at: now)
      return []
    case .restarted:
      guard record.state == .sending else { return [] }
      if record.superseded { supersede() } else { queue(at: now) }
      return []
    case .partnerGone:
      guard record.state.isReady else { return [] }
      end(.held, .gone)
      return []
    case .acknowledged(let kind):
      return acknowledge(kind)
    case .refusedAsSuperseded:
      supersede()
      return []
    case .refusedAsExpired:
      // One of the two clocks is wrong, and that ends nothing.
      return [.alarm(.clockSuspect)]
    }
  }

  /// A receipt that did not come is asked for again; one that came waits on, with an alarm.
  private mutating func overdue(_ now: Instant) -> [DeliveryAction] {
    guard record.state == .awaiting, record.nextAt <= now else { return [] }
    switch record.reason {
    case .receiptDue:
      queue(at: now)
      return []
    case .revocation:
      record.nextAt = now.adding(seconds: SendingLimits.undecidedAlarmSeconds)
      return [.alarm(.revocationUndecided)]
    case .transient, .busy, .outway, .unverified, .credentials, .gone, .security, .conflict,
      .rejected, .superseded, .expired, .refusedUnsigned, .clockSuspect, .schemaVersion,
      .reissued, .signerRevoked, .byOperator, nil:
      return []
    }
  }

  private mutating func acknowledge(_ kind: AcknowledgementKind?) -> [DeliveryAction] {
    switch kind {
    case .receipt:
      end(.delivered, nil)
      return []
    case .rejection:
      // What has ended keeps its end; the answer and the alarm say the rest.
      guard !record.state.isTerminal else { return [.alarm(.rejected)] }
      end(.dead, .rejected)
      return [.alarm(.rejected)]
    case .acceptance, .forwarded, .query, .caseNumber, .followUp, .changeExecuted, nil:
      return []
    }
  }

  /// The table of outcome classes (docs/states.md).
  private mutating func finish(_ outcome: AttemptOutcome, _ now: Instant, _ jitter: Double)
    -> [DeliveryAction]
  {
    guard record.state == .sending else { return [] }
    if record.superseded, outcome != .receipt {
      supersede()
      return []
    }
    switch outcome {
    case .receipt:
      return acknowledge(.receipt)
    case .rejection:
      return acknowledge(.rejection)
    case .rejectedAsSuperseded:
      end(.cancelled, .superseded)
      return []
    case .undecided:
      end(.awaiting, .revocation)
      record.nextAt = now.adding(seconds: SendingLimits.undecidedAlarmSeconds)
      return []
    case .unverified:
      record.unverified += 1
      guard record.unverified >= SendingLimits.unverifiedAttempts else {
        return deferring(.unverified, now, jitter)
      }
      end(.held, .unverified)
      return [.alarm(.unverifiedReceipt)]
    case .accepted(let due):
      end(.awaiting, .receiptDue)
      record.nextAt = max(due, retry(now, jitter))
      return []
    case .busy(let after):
      let own = backoff.milliseconds(ofSeconds: SendingLimits.busySeconds)
      return deferring(.busy, now, jitter, after.map(DeliveryMachine.asked) ?? own)
    case .conflict:
      end(.dead, .conflict)
      return [.alarm(.conflict)]
    case .clock:
      return [.alarm(.clockSuspect)] + deferring(.clockSuspect, now, jitter)
    case .version(let next):
      return another(next != nil)
    case .credentials:
      end(.held, .credentials)
      return [.alarm(.credentials), .suspendPartner(.credentials)]
    case .gone:
      end(.held, .gone)
      return [.alarm(.gone), .disablePartner]
    case .refusedUnsigned:
      record.refusedUnsigned += 1
      guard record.refusedUnsigned >= SendingLimits.unsignedRefusals else {
        let wait = backoff.milliseconds(ofSeconds: SendingLimits.unsignedRefusalSeconds)
        return deferring(.refusedUnsigned, now, jitter, wait)
      }
      end(.held, .refusedUnsigned)
      return [.alarm(.refusedUnsigned), .suspendPartner(.refusedUnsigned)]
    case .transient(let after):
      return deferring(.transient, now, jitter, after.map(DeliveryMachine.asked) ?? 0)
    case .serverUndecided:
      return [.alarm(.revocationUndecided)] + deferring(.revocation, now, jitter, 0)
    case .outway(let after):
      return deferring(.outway, now, jitter, after.map(DeliveryMachine.asked) ?? 0)
    case .security:
      end(.held, .security)
      return [.alarm(.security), .suspendPartner(.security)]
    }
  }

  /// A replacement is kept in the same commit; without one a person must look.
  private mutating func another(_ isReissued: Bool) -> [DeliveryAction] {
    if isReissued {
      end(.cancelled, .reissued)
      return []
    }
    end(.held, .schemaVersion)
    return [.alarm(.schemaVersion)]
  }

  private mutating func deferring(
    _ reason: DeliveryReason, _ now: Instant, _ jitter: Double, _ atLeastMilliseconds: Int64 = 0
  ) -> [DeliveryAction] {
    record.state = .deferred
    record.reason = reason
    record.nextAt = max(retry(now, jitter), now.adding(milliseconds: atLeastMilliseconds))
    return []
  }

  /// A Retry-After in milliseconds, as far as it counts.
  package static func asked(_ seconds: Int64) -> Int64 {
    min(seconds, SendingLimits.retryAfterSeconds) * 1000
  }

  private func retry(_ now: Instant, _ jitter: Double) -> Instant {
    now.adding(
      milliseconds: backoff.milliseconds(priority, attempt: record.attempts, jitter: jitter))
  }

  private mutating func queue(at now: Instant) {
    record.state = .queued
    record.reason = nil
    record.nextAt = now
  }

  /// By a person's order: what was counted against the partner counts no more.
  private mutating func startOver(at now: Instant) {
    record.unverified = 0
    record.refusedUnsigned = 0
    queue(at: now)
  }

  private mutating func supersede() {
    guard !record.state.isTerminal else { return }
    end(.cancelled, .superseded)
  }

  private mutating func end(_ state: DeliveryState, _ reason: DeliveryReason?) {
    record.state = state
    record.reason = reason
  }
}
