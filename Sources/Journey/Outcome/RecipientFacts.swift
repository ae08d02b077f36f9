/// How far each recipient of a referral is, as the case system and the operator read it.
// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Outbox
import Platform

extension RecipientRevision {
  /// The members of a line of `recipients` in the schema `event` 2.0.0.
  package var facts: JSONObject {
    var facts: JSONObject = [
      "partner": .string(delivery.partner),
      "revision": .number(JSONNumber(Int64(delivery.revision))), "latest": .bool(isLatest),
      "operation": .string(delivery.operation), "detailLevel": .string(delivery.detailLevel),
      "deliveryId": .string(delivery.id.description),
      "state": .string(delivery.state.rawValue), "answer": .string(delivery.answer.rawValue),
      "acceptedAt": .string(delivery.acceptedAt.description), "change": .string(change.word),
    ]
    if let deliveredAt = delivery.deliveredAt {
      facts["deliveredAt"] = .string(deliveredAt.description)
    }
    switch change {
    case .none: break
    case .waiting(let due), .overdue(let due): facts["changeDue"] = .string(due.description)
    case .done(let result): facts["changeResult"] = .string(result.rawValue)
    }
    return facts
  }
}
