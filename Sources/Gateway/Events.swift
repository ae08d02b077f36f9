/// What the daemon reports: ids, codes and counts, never text of a referral.
// SPDX-License-Identifier: Apache-2.0
import Log
import Outbox
import Platform
import Referrals
import Sending

extension LogEvent {
  static func started(recovered: Int) -> LogEvent {
    LogEvent("gateway-started", .notice, [.count("recovered", recovered)])
  }
  static var stopping: LogEvent { LogEvent("gateway-stopping", .notice) }
  static func accepted(_ referral: UniversalID, deliveries: Int) -> LogEvent {
    LogEvent(
      "submission-accepted", .notice, [.id("referral", referral), .count("deliveries", deliveries)]
    )
  }
  static func refused(reasons: Int) -> LogEvent {
    LogEvent("submission-refused", .notice, [.count("reasons", reasons)])
  }
  static func attempted(
    _ delivery: UniversalID, _ partner: PartnerLabel, _ state: DeliveryState, outcome: LogField,
    milliseconds: Int
  ) -> LogEvent {
    LogEvent(
      state == .delivered ? "delivery-delivered" : "delivery-attempted", .notice,
      [
        .id("delivery", delivery), .partner(partner), .code("state", state), outcome,
        .duration("took", milliseconds: milliseconds),
      ])
  }
  static func alarm(_ delivery: UniversalID, _ partner: PartnerLabel, _ alarm: DeliveryAlarm)
    -> LogEvent
  {
    LogEvent(
      "delivery-alarm", .alarm,
      [.id("delivery", delivery), .partner(partner), .code("alarm", alarm)])
  }
  /// No receipt within the time that the priority allows.
  static func overdue(_ delivery: UniversalID, _ partner: PartnerLabel, _ priority: Priority)
    -> LogEvent
  {
    LogEvent(
      "delivery-without-receipt", .alarm,
      [.id("delivery", delivery), .partner(partner), .code("priority", priority)])
  }
  static func suspended(_ partner: PartnerLabel, _ cause: SuspensionCause) -> LogEvent {
    LogEvent("partner-suspended", .alarm, [.partner(partner), .code("cause", cause)])
  }
  static func jobWorked(_ job: UniversalID, deliveries: Int) -> LogEvent {
    LogEvent("job-worked", .notice, [.id("job", job), .count("deliveries", deliveries)])
  }
  /// Entries of the spool that cannot be read or moved; never by name.
  static func spoolEntryStuck(count: Int) -> LogEvent {
    LogEvent("spool-entry-stuck", .warning, [.count("entries", count)])
  }
  /// The case system does not hear: its folder takes nothing.
  static func eventsNotWritten(count: Int) -> LogEvent {
    LogEvent("events-not-written", .alarm, [.count("events", count)])
  }
  static func storeFailed(_ code: OutboxError.Code) -> LogEvent {
    LogEvent("store-failed", .error, [.code("code", code)])
  }
}
