/// How results look as JSON Lines; members may be added, never renamed.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import Intake
import JSON
import Outbox
import Outcome
import Platform
import Referrals
import Register
import Signing
import Wire

extension Reason {
  var line: JSONObject {
    var line: JSONObject = [
      "v": 1, "kind": "refusal", "rule": .string(rule.rawValue),
      "pointer": .string(pointer.description), "wrong": .string(rule.explanation.wrong),
      "remedy": .string(rule.explanation.remedy),
    ]
    if let partner { line["partner"] = .string(partner) }
    if let detail { line["detail"] = .string(detail) }
    // A text of the referral: it goes back to whoever handed it in, and nowhere else.
    if let proposal { line["nfc"] = .string(proposal) }
    return line
  }
}

extension AcceptedSubmission {
  var line: JSONObject {
    [
      "v": 1, "kind": "submission", "result": "accepted", "repeated": .bool(repeated),
      "referralId": .string(referralID.description), "revision": .integer(revision),
      "deliveries": .array(
        deliveries.map { delivery, routes in
          .object([
            "id": .string(delivery.id.description), "partner": .string(delivery.partner),
            "referralId": .string(delivery.referralID.description),
            "revision": .integer(delivery.revision), "operation": .string(delivery.operation),
            "detailLevel": .string(delivery.detailLevel),
            "state": .string(delivery.state.rawValue),
            "routes": .array(routes.map { .string($0) }),
          ])
        }),
      "notSent": .array(
        notSent.map {
          .object(["partner": .string($0.partner), "rule": .string($0.code)])
        }),
      "advice": .array(
        advice.map {
          .object([
            "code": .string($0.code.rawValue), "pointer": .string($0.pointer.description),
            "text": .string($0.code.text),
          ])
        }),
    ]
  }
}

extension Preview {
  /// With `reveals` the data itself; the caller has audited that.
  func line(reveals: Bool) -> JSONObject {
    var line: JSONObject = [
      "v": 1, "kind": "preview", "partner": .string(disclosed.partner.code.text),
      "detailLevel": .string(disclosed.detailLevel.rawValue),
      "policy": .string(terms.project?.label ?? "own"),
      "policyVersion": .string(terms.policy.version),
      "lines": .array(
        report.lines.map { entry in
          .object([
            "pointer": .string(entry.pointer.description),
            "effect": .string(entry.effect.rawValue), "rule": .string(entry.rule),
            "reason": .string(entry.reason),
          ])
        }),
      "documentOctets": .integer(document.octets.count),
      "schemaVersion": .string(document.schemaVersion),
      "losses": .array(document.losses.map { .string($0.pointer.description) }),
    ]
    if reveals { line["data"] = .object(document.data) }
    return line
  }
}

extension DeliverySummary {
  var line: JSONObject {
    var line: JSONObject = [
      "v": 1, "kind": "delivery", "id": .string(id.description),
      "referralId": .string(referralID.description), "revision": .integer(revision),
      "partner": .string(partner), "referralKind": .string(kind),
      "operation": .string(operation), "detailLevel": .string(detailLevel),
      "priority": .string(priority.rawValue), "schemaVersion": .string(schemaVersion),
      "state": .string(state.rawValue), "answer": .string(answer.rawValue),
      "attempts": .integer(attempts), "acceptedAt": .moment(acceptedAt),
      "nextAt": .moment(nextAt), "expires": .moment(expires),
    ]
    if let reason { line["reason"] = .string(reason.rawValue) }
    if let deliveredAt { line["deliveredAt"] = .moment(deliveredAt) }
    if let causation { line["standsFor"] = .string(causation.description) }
    if !losses.isEmpty { line["losses"] = .array(losses.map { .string($0) }) }
    return line
  }
}

extension RecipientRevision {
  var line: JSONObject {
    var line: JSONObject = [
      "v": 1, "kind": "recipient", "referralId": .string(delivery.referralID.description),
    ]
    for fact in facts.members { line[fact.name] = fact.value }
    return line
  }
}

extension DeliveryFacts {
  var value: JSONValue {
    [
      "payloadDigest": .string(Hex.encode(payloadDigest)),
      "signatureDigest": .string(Hex.encode(signatureDigest)),
      "policyDigest": .string(Hex.encode(policyDigest)),
      "partnerDigest": .string(Hex.encode(partnerDigest)),
      "schemaDigest": .string(Hex.encode(schemaDigest)),
      "ruleIds": .words(ruleIDs), "legalBasis": .words(legalBasis),
    ]
  }
}

extension AttemptSummary {
  var value: JSONValue {
    var line: JSONObject = [
      "number": .integer(number), "begunAt": .moment(begunAt), "late": .bool(late),
      "trigger": .string(trigger), "actor": .string(actor),
    ]
    if let endedAt { line["endedAt"] = .moment(endedAt) }
    if let outcome { line["outcome"] = .string(outcome) }
    if let status { line["status"] = .integer(status) }
    if let error { line["error"] = .string(error) }
    if let peer { line["peer"] = .string(peer) }
    if let tls { line["tls"] = .string(tls) }
    return .object(line)
  }
}

extension AcknowledgementSummary {
  var value: JSONValue {
    var line: JSONObject = [
      "verdict": .string(verdict), "receivedAt": .moment(receivedAt),
      "report": (try? JSONReader.read(Array(report.utf8))) ?? [],
    ]
    if let id { line["id"] = .string(id.description) }
    if let kind { line["kindText"] = .string(kind) }
    if let step { line["step"] = .integer(step) }
    if let signedAt { line["signedAt"] = .moment(signedAt) }
    for member in said.members { line[member.name] = member.value }
    return .object(line)
  }

  /// Codes of closed lists and who is competent; no text that people wrote.
  private var said: JSONObject {
    guard let octets, let message = ReceivedMessage(storedForm: octets),
      let data = (try? JSONReader.read(message.body))?["data"]
    else { return [:] }
    var said: JSONObject = [:]
    for name in ["outcome", "date", "result"] { said[name] = data[name] }
    let reasons = (data["reasons"]?.elements ?? []).map { reason -> JSONValue in
      var line: JSONObject = [:]
      for name in ["code", "forwardTo"] { line[name] = reason[name] }
      return .object(line)
    }
    if !reasons.isEmpty { said["reasons"] = .array(reasons) }
    return said
  }
}

extension AuditEntry {
  var line: JSONObject {
    var line: JSONObject = [
      "v": 1, "kind": "audit", "at": .moment(at), "actor": .string(actor),
      "action": .string(action), "subject": .string(subject),
    ]
    if let reason { line["reason"] = .string(reason) }
    return line
  }
}

extension JSONValue {
  static func integer(_ value: Int) -> JSONValue { .number(JSONNumber(Int64(value))) }
  static func moment(_ value: Instant) -> JSONValue { .string(value.description) }
  /// A list that the store keeps as words with blanks between.
  static func words(_ text: String) -> JSONValue {
    .array(text.split(separator: " ").map { .string(String($0)) })
  }
}

extension FetchedFile {
  var value: JSONValue {
    [
      "pointer": .string(JSONPointer(tokens: ["data", "attachments", String(place)]).description),
      "first": .moment(first), "last": .moment(last), "times": .integer(times),
    ]
  }
}
