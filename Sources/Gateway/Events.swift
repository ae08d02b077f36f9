/// What the daemon reports: ids, codes and counts, never text of a referral.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import Log
import Outbox
import Platform
import Referrals
import Register
import Renewal
import Sending
import Signing

extension LogEvent {
  static func started(recovered: Int) -> LogEvent {
    LogEvent("gateway-started", .notice, [.count("recovered", recovered)])
  }
  /// `generation` counts the configurations of this process.
  static func reloaded(generation: Int, partners: Int) -> LogEvent {
    LogEvent(
      "configuration-reloaded", .notice,
      [.count("generation", generation), .count("partners", partners)])
  }
  /// The configuration before stays in force.
  static func reloadRefused(errors: Int) -> LogEvent {
    LogEvent("configuration-refused", .alarm, [.count("errors", errors)])
  }
  /// A role that only root and the gateway's own user have: its group is not on this machine.
  static func groupMissing(_ role: AdminRole) -> LogEvent {
    LogEvent("role-without-group", .warning, [.code("role", role)])
  }
  /// Somebody's groups do not allow what it asked for. -1: the system does not tell who.
  static func callDenied(_ route: AdminRoute, user: UInt32?) -> LogEvent {
    LogEvent(
      "admin-call-denied", .warning,
      [.code("call", route), .count("user", user.map { Int($0) } ?? -1)])
  }
  static var stopping: LogEvent { LogEvent("gateway-stopping", .notice) }
  static func accepted(_ referral: UniversalID, deliveries: Int) -> LogEvent {
    LogEvent(
      "submission-accepted", .notice, [.id("referral", referral), .count("deliveries", deliveries)]
    )
  }
  /// It has an earlier revision, and nothing can be sent to it: somebody must tell it otherwise.
  static func recipientGone(_ referral: UniversalID, _ partner: PartnerLabel) -> LogEvent {
    LogEvent("recipient-gone", .alarm, [.id("referral", referral), .partner(partner)])
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
  /// The partner does not know the version; another document goes in its place. `details` names
  /// both sides' versions.
  static func reissued(
    _ delivery: UniversalID, _ partner: PartnerLabel, as new: UniversalID, _ details: [LogField]
  ) -> LogEvent {
    LogEvent(
      "delivery-reissued", .warning,
      [.id("delivery", delivery), .partner(partner), .id("replacement", new)] + details)
  }
  /// The revocation of a receipt's signer is known now.
  static func decided(_ delivery: UniversalID, _ partner: PartnerLabel, _ state: DeliveryState)
    -> LogEvent
  {
    LogEvent(
      "delivery-decided", .notice,
      [.id("delivery", delivery), .partner(partner), .code("state", state)])
  }
  /// `details` names what both sides say where they differ.
  static func alarm(
    _ delivery: UniversalID, _ partner: PartnerLabel, _ alarm: DeliveryAlarm,
    _ details: [LogField]
  ) -> LogEvent {
    LogEvent(
      "delivery-alarm", .alarm,
      [.id("delivery", delivery), .partner(partner), .code("alarm", alarm)] + details)
  }
  /// A partner brought an acknowledgement by itself, and it holds.
  static func brought(
    _ delivery: UniversalID, _ partner: PartnerLabel, _ kind: AcknowledgementKind?,
    _ state: DeliveryState
  ) -> LogEvent {
    LogEvent(
      "acknowledgement-kept", .notice,
      [
        .id("delivery", delivery), .partner(partner),
        kind.map { .code("acknowledgement", $0) } ?? .code("acknowledgement", "unknown"),
        .code("state", state),
      ])
  }
  /// The same octets as before: nothing changed.
  static func broughtAgain(_ partner: PartnerLabel) -> LogEvent {
    LogEvent("acknowledgement-repeated", .notice, [.partner(partner)])
  }
  /// What a partner brought does not hold; the octets are kept, unless there are too many of them.
  static func refusedCallback(
    _ partner: PartnerLabel, _ failure: VerificationFailure, kept: Bool
  ) -> LogEvent {
    LogEvent(
      "acknowledgement-refused", .alarm,
      [
        .partner(partner), .count("step", failure.step.rawValue), .code("code", failure.code),
        .flag("kept", kept),
      ])
  }
  /// A good one, but nobody can say now whether its signer is revoked; the partner asks again.
  static func undecidedCallback(_ partner: PartnerLabel) -> LogEvent {
    LogEvent("acknowledgement-undecided", .warning, [.partner(partner)])
  }
  /// `place`: index in the document's attachments; their names are the case system's words.
  static func fileFetched(_ delivery: UniversalID, _ partner: PartnerLabel, place: Int)
    -> LogEvent
  {
    LogEvent(
      "attachment-fetched", .notice,
      [.id("delivery", delivery), .partner(partner), .count("place", place)])
  }
  /// Somebody with a certificate that TLS takes and no partner has.
  static var callerUnknown: LogEvent { LogEvent("caller-unknown", .alarm) }
  /// A certificate in a partner's name that the partner's own anchors or lists do not bear out.
  static func callerRefused(_ partner: PartnerLabel, revoked: Bool) -> LogEvent {
    LogEvent("caller-refused", .alarm, [.partner(partner), .flag("revoked", revoked)])
  }
  static func callerUndecided(_ partner: PartnerLabel) -> LogEvent {
    LogEvent("caller-undecided", .warning, [.partner(partner)])
  }
  /// At the door for acknowledgements, before anybody is known. `code`: X509_V_ERR, or 0.
  static func callers(_ event: ServerEvent) -> LogEvent {
    switch event {
    case .acceptFailed: connectionWaits
    case .connectionRefused: LogEvent("caller-turned-away", .warning)
    case .handshakeFailed(_, _, let code):
      LogEvent("caller-handshake-failed", .warning, [.count("verify_code", code)])
    case .requestRefused(_, let refusal):
      LogEvent("caller-request-refused", .warning, [.code("refusal", refusal)])
    case .streamBroken(_, let fault):
      LogEvent("caller-answer-broken-off", .error, [.code("fault", fault)])
    }
  }
  static func hearing(port: UInt16) -> LogEvent {
    LogEvent("listening-for-acknowledgements", .notice, [.count("port", Int(port))])
  }

  /// No receipt within the time that the priority allows.
  static func overdue(_ delivery: UniversalID, _ partner: PartnerLabel, _ priority: Priority)
    -> LogEvent
  {
    LogEvent(
      "delivery-without-receipt", .alarm,
      [.id("delivery", delivery), .partner(partner), .code("priority", priority)])
  }
  /// Nobody at the partner has said that a correction or withdrawal was carried out.
  static func changeOverdue(_ delivery: UniversalID, _ partner: PartnerLabel, due: Instant)
    -> LogEvent
  {
    LogEvent(
      "change-overdue", .alarm,
      [.id("delivery", delivery), .partner(partner), .moment("due", due)])
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
  /// Which lists are in force now. Unless they are fresh, receipts wait and in the end all else.
  static func revocationLists(
    _ partner: PartnerLabel, _ standing: RevocationStanding, count: Int
  ) -> LogEvent {
    LogEvent(
      "revocation-lists", standing == .fresh ? .notice : .alarm,
      [.partner(partner), .code("standing", standing), .count("lists", count)])
  }
  /// A file is no list or half of one; what was read before stays in force.
  static func revocationListUnusable(_ partner: PartnerLabel) -> LogEvent {
    LogEvent("revocation-list-unusable", .warning, [.partner(partner)])
  }
  /// What a source gave, or why it gave nothing.
  static func listFetched(_ partner: PartnerLabel, _ outcome: FetchOutcome, failures: Int)
    -> LogEvent
  {
    let level: LogLevel =
      outcome.isGood ? .notice : failures < RenewalLimits.alarmingFailures ? .warning : .alarm
    return LogEvent(
      outcome.isGood ? "revocation-list-fetched" : "revocation-fetch-failed", level,
      [.partner(partner), .code("outcome", outcome), .count("failures", failures)])
  }
  /// It is in force, and a restart without network would not know it.
  static var listNotKept: LogEvent { LogEvent("revocation-list-not-kept", .warning) }
  /// Files in the store's folder that hold no list any more.
  static func keptListsUnusable(count: Int) -> LogEvent {
    LogEvent("kept-revocation-lists-unusable", .warning, [.count("files", count)])
  }
  /// What waited for a partner that is gone waits for a person now.
  static func backlogHeld(_ partner: PartnerLabel, deliveries: Int) -> LogEvent {
    LogEvent(
      "partner-backlog-held", .alarm, [.partner(partner), .count("deliveries", deliveries)])
  }
  /// By Retry-After.
  static func asksForTime(_ partner: PartnerLabel, until: Instant) -> LogEvent {
    LogEvent("partner-asks-for-time", .notice, [.partner(partner), .moment("until", until)])
  }
  /// Nothing new is accepted; what is under way is recorded in the room kept for it.
  static var storeFull: LogEvent { LogEvent("store-full", .alarm) }
  /// Not even the reserve has room: what a partner answered waits in memory.
  static var outcomeWaits: LogEvent { LogEvent("outcome-waits", .alarm) }
  static var storeHasRoom: LogEvent { LogEvent("store-has-room", .notice) }
  /// The clock jumped; time goes on as if it had not, and nothing new is accepted.
  static func clockSuspect(_ wall: Instant, _ believed: Instant) -> LogEvent {
    LogEvent("clock-suspect", .alarm, [.moment("wall", wall), .moment("believed", believed)])
  }
  /// By the answers of most partners; beyond five minutes nothing new is accepted.
  static func clockDiffers(_ ours: Instant, partners: Instant, _ standing: ClockSkew.Standing)
    -> LogEvent
  {
    LogEvent(
      "clock-differs", standing == .wrong ? .alarm : .warning,
      [.moment("our_clock", ours), .moment("partners_clock", partners)])
  }
  static func clockAgrees(_ now: Instant) -> LogEvent {
    LogEvent("clock-agrees", .notice, [.moment("wall", now)])
  }
  /// No descriptor is left for a connection; it waits.
  static var connectionWaits: LogEvent { LogEvent("connection-waits", .warning) }
  static func storeFailed(_ code: OutboxError.Code) -> LogEvent {
    LogEvent("store-failed", .error, [.code("code", code)])
  }
}
