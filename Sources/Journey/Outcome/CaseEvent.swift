/// One event as the case system reads it: ids, codes and times, with what to do in two languages.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import JSON
package import Outbox
package import Platform
package import Referrals
import Signing

/// Whom to call at a partner, and how it is called.
package struct PartnerContact: Sendable {
  package let name: String
  package let dutyPhone: String?

  package init(name: String, dutyPhone: String?) {
    self.name = name
    self.dutyPhone = dutyPhone
  }
}

/// By the schema `event` 2.0.0; no more than the case system handed over or the partner signed.
package struct CaseEvent: Sendable {
  /// The same event has the same id, however often it is told.
  package let id: UniversalID
  package let body: JSONObject

  /// `<id>.json`.
  package var fileName: String { "\(id).json" }
  package var octets: [UInt8] { JSONWriter.write(.object(body)) + [0x0A] }

  fileprivate init(id: UniversalID, kind: CaseEventKind, at: Instant, _ members: JSONObject) {
    self.id = id
    var body: JSONObject = [
      "kind": .string(kind.rawValue), "eventId": .string(id.description),
      "at": .string(at.description),
    ]
    for member in members.members { body[member.name] = member.value }
    self.body = body
  }
}

extension CaseEvent {
  /// - Parameter contacts: by partner code.
  package static func tell(
    _ event: StoredEvent, _ labels: CaseLabels, contacts: [String: PartnerContact]
  ) -> CaseEvent {
    let id = UniversalID.v8(
      from: SHA256Digest(
        of: Array("event \(event.referralID) \(event.number)".utf8)
      ).octets)
    var members: JSONObject = [
      "sequence": .number(JSONNumber(event.number)),
      "referralId": .string(event.referralID.description),
      "revision": .number(JSONNumber(Int64(event.revision))),
    ]
    if event.exercise { members["exercise"] = true }
    let words = Words(event, labels, contacts)
    members["labels"] = words.label.value
    if let advice = words.whatToDo { members["whatToDo"] = advice.value }
    for member in details(of: event, labels, contacts).members {
      members[member.name] = member.value
    }
    return CaseEvent(id: id, kind: event.kind, at: event.at, members)
  }

  /// A refused submission leaves no row: `digest`, of what makes the file this file, is its id.
  package static func refused(
    _ reasons: [Reason], digest: SHA256Digest, at: Instant, _ labels: CaseLabels
  ) -> CaseEvent {
    let id = UniversalID.v8(from: digest.octets)
    let entry = labels["event-kinds", CaseEventKind.refused.rawValue]
    let label = entry?.label ?? BilingualText(dutch: "Geweigerd", english: "Refused")
    return CaseEvent(
      id: id, kind: .refused, at: at,
      [
        "labels": label.value, "whatToDo": (entry?.whatToDo ?? label).value,
        "reasons": .array(reasons.map { .object(line($0, labels)) }),
      ])
  }

  private static func line(_ reason: Reason, _ labels: CaseLabels) -> JSONObject {
    var line = explained(reason.rule.rawValue, labels)
    line["pointer"] = .string(reason.pointer.description)
    if let partner = reason.partner { line["partner"] = .string(partner) }
    return line
  }

  /// A code with what people read of it; the code itself where no list has it.
  private static func explained(_ code: String, _ labels: CaseLabels) -> JSONObject {
    let entry = CaseLabels.names.lazy.compactMap { labels[$0, code] }.first
    let label = entry?.label ?? BilingualText(dutch: code, english: code)
    var line: JSONObject = ["code": .string(code), "labels": label.value]
    if let advice = entry?.whatToDo { line["whatToDo"] = advice.value }
    return line
  }

  private static func details(
    of event: StoredEvent, _ labels: CaseLabels, _ contacts: [String: PartnerContact]
  ) -> JSONObject {
    var details: JSONObject = [:]
    if !event.recipients.isEmpty {
      details["recipients"] = .array(
        event.recipients.prefix(OutcomeLimits.recipientLines).map { .object($0.facts) })
    }
    if event.kind == .accepted {
      accepted(event, labels, into: &details)
      return details
    }
    guard let delivery = event.deliveries.first else { return details }
    details["deliveryId"] = .string(delivery.id.description)
    details["partner"] = .string(delivery.partner)
    switch event.kind {
    case .held, .dead, .cancelled:
      details["code"] = .string(event.code ?? "unknown")
      if let replacement = event.replacement { details["replacedBy"] = .object(line(replacement)) }
    case .expired: details["expiredAt"] = .string(delivery.expires.description)
    case .notArrived:
      details["since"] = .string(delivery.acceptedAt.description)
      details["dueAt"] = .string(delivery.answerDeadline.description)
      details["attempts"] = .number(JSONNumber(Int64(delivery.attempts)))
    case .callPartner:
      details["dueAt"] = .string(delivery.answerDeadline.description)
      if let phone = contacts[delivery.partner]?.dutyPhone {
        details["dutyPhone"] = .string(phone)
      }
    case .changeOverdue:
      details["since"] = .string(delivery.acceptedAt.description)
      details["dueAt"] = .string((delivery.changeDue ?? event.at).description)
    case .delivered: receipt(event.acknowledgement, into: &details)
    case .answer: answer(event.acknowledgement, delivery, into: &details)
    case .accepted, .refused: break
    }
    return details
  }

  private static func accepted(
    _ event: StoredEvent, _ labels: CaseLabels, into details: inout JSONObject
  ) {
    details["deliveries"] = .array(
      event.deliveries.map { delivery in
        var members: JSONObject = ["partner": .string(delivery.partner)]
        for member in line(delivery).members { members[member.name] = member.value }
        if !delivery.routes.isEmpty {
          members["routes"] = .array(delivery.routes.map { .string($0) })
        }
        return .object(members)
      })
    details["notGoing"] = .array(
      event.notSent.map { one in
        var line = explained(one.code, labels)
        line["partner"] = .string(one.partner)
        return .object(line)
      })
  }

  private static func line(_ delivery: EventDelivery) -> JSONObject {
    var line: JSONObject = [
      "deliveryId": .string(delivery.id.description),
      "detailLevel": .string(delivery.detailLevel),
      "schemaVersion": .string(delivery.schemaVersion),
    ]
    if !delivery.losses.isEmpty {
      line["losses"] = .array(delivery.losses.map { .string($0) })
    }
    return line
  }

  private static func receipt(
    _ acknowledgement: EventAcknowledgement?, into details: inout JSONObject
  ) {
    guard let acknowledgement else { return }
    let verifiedAt = JSONValue.string(acknowledgement.receivedAt.description)
    details["receiptId"] = .string(acknowledgement.id.description)
    details["receivedAt"] = acknowledgement.data["receivedAt"] ?? verifiedAt
    details["verifiedAt"] = verifiedAt
  }

  private static func answer(
    _ acknowledgement: EventAcknowledgement?, _ delivery: EventDelivery,
    into details: inout JSONObject
  ) {
    guard let acknowledgement else { return }
    details["acknowledgementId"] = .string(acknowledgement.id.description)
    details["answer"] = .string(delivery.answer.rawValue)
    details["acknowledgement"] = .object(acknowledgement.data)
  }
}

extension EventAcknowledgement {
  /// It was verified before it was stored; what the partner signed stands here as it is.
  fileprivate var data: JSONObject {
    guard let message = ReceivedMessage(storedForm: octets),
      let envelope = try? JSONReader.read(message.body), let data = envelope["data"]?.members
    else { return [:] }
    return data
  }
}

/// The sentences of an event.
private struct Words {
  let label: BilingualText
  let whatToDo: BilingualText?

  init(_ event: StoredEvent, _ labels: CaseLabels, _ contacts: [String: PartnerContact]) {
    let kind = labels["event-kinds", event.kind.rawValue]
    let reason = event.code.flatMap { labels["delivery-reasons", $0] }
    let word = event.kind.rawValue
    label = (kind?.label ?? BilingualText(dutch: word, english: word))
      .joined(reason?.label, by: ": ")
    let advice = reason?.whatToDo ?? kind?.whatToDo
    let danger = event.deliveries.filter { $0.priority == .immediateDanger }
    let calls = danger.compactMap { contacts[$0.partner] }.compactMap(Words.call)
    switch event.kind {
    case .accepted where !danger.isEmpty:
      whatToDo = calls.reduce(Words.emergency) { $0.joined($1, by: " ") }
    case .callPartner, .notArrived:
      whatToDo = calls.first.map { $0.joined(advice, by: " ") } ?? advice
    case .accepted, .refused, .delivered, .answer, .held, .dead, .expired, .cancelled,
      .changeOverdue:
      whatToDo = advice
    }
  }

  private static let emergency = BilingualText(
    dutch: "Dit bericht vervangt 112 niet: bel bij acuut gevaar eerst 112.",
    english: "This message does not replace 112: in immediate danger call 112 first.")

  private static func call(_ contact: PartnerContact) -> BilingualText? {
    contact.dutyPhone.map { phone in
      BilingualText(
        dutch: "Bel ook \(contact.name): \(phone).",
        english: "Call \(contact.name) too: \(phone).")
    }
  }
}
