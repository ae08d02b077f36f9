/// What an operator orders about a whole partner: pause, resume, ask now.
// SPDX-License-Identifier: Apache-2.0
import Log
import OpenSSL
import Outbox
import Register
import Sending

extension Sender {
  /// Nothing goes to the partner until `resume`. What is under way ends first.
  func pause(_ partner: Partner, _ order: AuditEntry) async throws(OutboxError) {
    let code = partner.code.text
    // The row of a partner that never got anything is made with its alias key.
    _ = try await outbox.aliasKey(of: code, fresh: SecureRandom.octets(32))
    let cause = SuspensionCause.paused
    try await outbox.setSuspension(
      code, cause: cause.rawValue, until: nil, at: order.at, order: order)
    scheduler.suspend(code, cause, until: nil)
    suspended.insert(code)
    if let label = partner.code.logLabel { log.write(.suspended(label, cause)) }
  }

  /// Whatever holds the partner up ends: it is asked now.
  func resume(_ partner: String, _ order: AuditEntry) async throws(OutboxError) {
    try await outbox.setSuspension(partner, cause: nil, until: nil, at: order.at, order: order)
    scheduler.resume(partner)
    suspended.remove(partner)
    stale.insert(partner)
    doorbell.ring()
  }

  /// An operator's resend is a probe: the partner is asked now, whatever it did before. What an
  /// operator has paused stays paused.
  func probe(_ partner: String) async throws(OutboxError) {
    if scheduler.suspension(of: partner)?.cause != .paused {
      scheduler.resume(partner)
      try await forgetSuspension(of: partner)
    }
    stale.insert(partner)
    doorbell.ring()
  }
}
