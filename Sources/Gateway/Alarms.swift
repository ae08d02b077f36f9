/// What asks for a person now, each with what to do; derived from durable state.
// SPDX-License-Identifier: Apache-2.0
import JSON
import OpenSSL
import Outbox
import Platform
import Register
import Sending

enum AlarmCode: String, Sendable, CaseIterable {
  case held, dead, expired, rejected
  case receiptOverdue = "receipt-overdue"
  case revocationUndecided = "revocation-undecided"
  case partnerSuspended = "partner-suspended"
  case partnerPaused = "partner-paused"
  case certificateEnds = "certificate-ends"
  case revocationListStale = "revocation-list-stale"
  case changeOverdue = "change-overdue"
  case clockDiffers = "clock-differs"
  case partnerClock = "partner-clock"
  case revocationListMissing = "revocation-list-missing"
  case revocationFetchFails = "revocation-fetch-fails"
  case more
}

struct Alarm: Sendable {
  let code: AlarmCode
  let message: String
  let hint: String
  var since: Instant?
  var partner: String?
  var delivery: UniversalID?
  /// A closed word that says more than the code.
  var reason: String?

  var line: JSONObject {
    var line: JSONObject = ["v": 1, "kind": "alarm", "code": .string(code.rawValue)]
    if let reason { line["reason"] = .string(reason) }
    if let partner { line["partner"] = .string(partner) }
    if let delivery { line["id"] = .string(delivery.description) }
    if let since { line["since"] = .moment(since) }
    line["message"] = .string(message)
    line["hint"] = .string(hint)
    return line
  }
}

/// Days before a certificate's end that are left for a new one.
let certificateWarningDays = 30

extension Inspection {
  /// Deliveries of one kind that are named one by one.
  private static let alarmsAtMost = 1_000

  func alarms(now: Instant) async throws(OutboxError) -> [Alarm] {
    let limit = Inspection.alarmsAtMost + 1
    let groups: [[AttentionDelivery]] = [
      try await outbox.unsettled(limit: limit),
      try await outbox.overdueReceipts(at: now, limit: limit),
      try await outbox.undecided(limit: limit),
    ]
    var alarms: [Alarm] = []
    for group in groups {
      alarms += group.prefix(Inspection.alarmsAtMost).map(Alarm.init)
      if group.count > Inspection.alarmsAtMost {
        alarms.append(
          Alarm(
            code: .more, message: "more than \(Inspection.alarmsAtMost) deliveries of this kind",
            hint: "see: referralctl status; referralctl list --state HELD"))
      }
    }
    alarms += try await outbox.overdueChanges(limit: Inspection.alarmsAtMost).map { change in
      Alarm(
        code: .changeOverdue,
        message: "the partner has not said that it carried out the correction or withdrawal",
        hint: "phone the partner; show ID --recipients says who has, and who has not",
        since: change.due, partner: change.partner, delivery: change.id)
    }
    alarms += try await partnerAlarms()
    return alarms + clockAlarms(now) + materialAlarms(now) + (await sourceAlarms(now))
  }

  /// Lists that are not there, and sources that do not give them.
  private func sourceAlarms(_ now: Instant) async -> [Alarm] {
    var alarms: [Alarm] = []
    for partner in configuration.partners where partner.isEnabled {
      let code = partner.code.text
      let found = await fetching.sources(of: partner)
      // Before the first answer of a source nothing is missing yet.
      if partner.revocation.mode == .crl, found.isEmpty || found.contains(where: \.isBad),
        RevocationStanding(links[code]?.revocationLists ?? [], of: partner, at: now) == .missing
      {
        alarms.append(
          Alarm(
            code: .revocationListMissing,
            message: "an authority in its file has no revocation list",
            hint: "see: referralctl partner crl CODE; receipts stay undecided without it",
            partner: code))
      }
      alarms += found.compactMap { $0.alarm(code) }
    }
    return alarms
  }

  private func partnerAlarms() async throws(OutboxError) -> [Alarm] {
    let stored = try await outbox.suspensions()
    var alarms: [Alarm] = []
    for partner in configuration.partners {
      let code = partner.code.text
      guard let found = await sender.suspension(of: code) else { continue }
      let isPaused = found.cause == .paused
      alarms.append(
        Alarm(
          code: isPaused ? .partnerPaused : .partnerSuspended,
          message: isPaused ? "an operator has paused the partner" : found.cause.message,
          hint: found.cause.hint, since: stored.first { $0.partner == code }?.since,
          partner: code, reason: found.cause.rawValue))
    }
    return alarms
  }

  /// Ours against most partners', and those that differ from the majority.
  private func clockAlarms(_ now: Instant) -> [Alarm] {
    let majority = clock.partnersAheadMilliseconds ?? 0
    var alarms: [Alarm] = []
    switch ClockSkew.standing(majority) {
    case .good, .unknown: break
    case .off, .wrong:
      alarms.append(
        Alarm(
          code: .clockDiffers,
          message: "our clock says \(now), the partners' \(now.adding(milliseconds: majority))",
          hint: "put ours right, then: referralctl health deep; beyond "
            + "\(SendingLimits.skewWrongSeconds) s nothing new is accepted"))
    }
    for code in configuration.partners.map(\.code.text) {
      guard let ahead = clock.aheadMilliseconds(of: code),
        ClockSkew.standing(ahead - majority) != .good
      else { continue }
      alarms.append(
        Alarm(
          code: .partnerClock,
          message: "its clock says \(now.adding(milliseconds: ahead)), ours \(now)",
          hint: "tell the partner; its receipts may be refused until its clock is right",
          partner: code))
    }
    return alarms
  }

  private func materialAlarms(_ now: Instant) -> [Alarm] {
    var alarms: [Alarm] = []
    func watch(_ certificates: [Certificate], _ use: String, _ partner: String?) {
      for certificate in certificates {
        let days = certificate.notAfter.since(now) / 86_400_000
        guard days < certificateWarningDays else { continue }
        alarms.append(
          Alarm(
            code: .certificateEnds,
            message: "a certificate (\(use)) ends at \(certificate.notAfter)",
            hint: partner == nil
              ? "order a new one and put it into gateway.toml before that day"
              : "ask the partner for its new one and put it into its file", partner: partner,
            reason: use))
      }
    }
    for key in configuration.signingKeys { watch(key.certificates, "signing", nil) }
    watch(configuration.tlsClient.certificates, "tls-client", nil)
    for partner in configuration.partners where partner.isEnabled {
      let code = partner.code.text
      watch(partner.trust.anchors + partner.trust.pinned, "signature", code)
      watch(partner.tls.anchors, "tls-server", code)
      watch(partner.tls.client?.certificates ?? [], "tls-client", code)
      guard partner.revocation.mode == .crl else { continue }
      for list in links[code]?.revocationLists ?? partner.revocation.lists {
        guard let next = list.nextUpdate, next < now else { continue }
        alarms.append(
          Alarm(
            code: .revocationListStale, message: "a revocation list should have been replaced",
            hint: "fetch the newest one; receipts stay undecided without it", since: next,
            partner: code))
      }
    }
    return alarms
  }
}

extension Alarm {
  fileprivate init(_ delivery: AttentionDelivery) {
    let (code, message, hint) = delivery.explanation
    self.init(
      code: code, message: message, hint: hint, since: delivery.since, partner: delivery.partner,
      delivery: delivery.id, reason: delivery.reason?.rawValue)
  }
}

extension AttentionDelivery {
  fileprivate var explanation: (AlarmCode, String, String) {
    switch state {
    case .held:
      let text = (reason ?? .byOperator).held
      return (.held, text.message, text.hint)
    case .dead:
      return reason == .conflict
        ? (
          .dead, "the partner has other octets under this id",
          "a matter of security: compare the digests of show ID with the partner by phone"
        )
        : (
          .dead, "the partner refused it with its signature",
          "its reasons are in show ID; correct it with the next revision, then settle ID"
        )
    case .expired:
      return (
        .expired, "its time passed without a receipt",
        "hand in the next revision, or see that nobody waits for it; then settle ID"
      )
    case .awaiting where reason == .revocation:
      return (
        .revocationUndecided, "a good receipt, but nobody can say whether its signer is revoked",
        "fetch the newest revocation list of the partner's authority"
      )
    case .queued, .sending, .awaiting, .deferred:
      return (
        .receiptOverdue, "no receipt in the time that its priority allows",
        "see what hinders it: show ID, partner check CODE; phone the partner if it is urgent"
      )
    case .delivered, .cancelled:
      return (
        .rejected, "the partner rejected it after its receipt",
        "its reasons are in show ID; answer them with the next revision, then settle ID"
      )
    }
  }
}

extension DeliveryReason {
  fileprivate var held: (message: String, hint: String) {
    switch self {
    case .unverified:
      (
        "what came back is no good receipt, three times",
        "show ID names the step that failed; tell the partner, then resend ID"
      )
    case .refusedUnsigned:
      ("the partner refuses it without a signature", "ask the partner why, then resend ID")
    case .credentials:
      (
        "the partner refuses our certificate",
        "see: partner check CODE; when it is accepted again, resend ID"
      )
    case .gone:
      (
        "the partner says that the service is gone",
        "ask for its new address, mend its file, then partner resume CODE and resend ID"
      )
    case .security:
      (
        "the partner's certificate or address is not the expected one",
        "do not resend before the partner has confirmed it on a known phone number"
      )
    case .schemaVersion:
      ("the partner does not read this schema version", "agree on one, then resend ID")
    case .signerRevoked:
      (
        "the receipt's signer is revoked",
        "ask the partner for its new certificate, then resend ID for a new receipt"
      )
    case .byOperator:
      ("an operator holds it; its expires keeps running", "release ID, or cancel ID")
    case .transient, .busy, .outway, .conflict, .rejected, .superseded, .reissued, .expired,
      .revocation, .clockSuspect, .receiptDue:
      ("it is held", "see: show ID; then release ID, or cancel ID")
    }
  }
}

extension SuspensionCause {
  var message: String {
    switch self {
    case .down: "the partner does not answer"
    case .credentials: "the partner refuses our certificate"
    case .security: "the partner's certificate or address is not the expected one"
    case .gone: "the partner says that its service is gone"
    case .refusedUnsigned: "the partner refuses one document after another without a signature"
    case .paused: "an operator has paused it"
    }
  }

  var hint: String {
    switch self {
    case .down: "it is asked again by itself; see: referralctl partner check CODE"
    case .credentials, .security, .refusedUnsigned:
      "find the cause with partner check CODE; then partner resume CODE"
    case .gone: "ask for its new address, mend its file, then partner resume CODE"
    case .paused: "when it may go on: referralctl partner resume CODE --reason ..."
    }
  }
}
