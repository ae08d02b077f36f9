/// Queries of request targets, and the filters that they hold.
// SPDX-License-Identifier: Apache-2.0
import JSON
package import Outbox
import Platform
import Referrals
import Register

/// The query of a request target: `a=b&c=d`, percent-encoded (RFC 3986, section 2.1).
package struct Query {
  private let values: [String: String]

  package init(_ text: String) {
    var values: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let value = Query.decoded(parts[1]) else { continue }
      values[String(parts[0])] = value
    }
    self.values = values
  }

  package subscript(name: String) -> String? { values[name] }

  private static func decoded(_ text: Substring) -> String? {
    var octets: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let octet = rest.popFirst() {
      guard octet == UInt8(ascii: "%") else {
        octets.append(octet)
        continue
      }
      guard rest.count >= 2,
        let value = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self).lowercased())
      else { return nil }
      octets += value
      rest = rest.dropFirst(2)
    }
    return String(validating: octets, as: UTF8.self)
  }
}

extension DeliveryFilter {
  /// Nil for a word that no delivery can have.
  package init?(_ query: Query) {
    self.init(
      partner: query["partner"], state: query["state"], since: query["since"],
      kind: query["kind"])
    if let text = query["referral"] {
      guard let id = UniversalID(text) else { return nil }
      referral = id
    }
    if let text = query["limit"] {
      guard let count = Int(text), (1...100_000).contains(count) else { return nil }
      limit = count
    }
  }

  /// The same from a body; at least one member, and none that is not understood.
  init?(members: JSONObject) {
    let names: Set = ["partner", "state", "since", "kind"]
    guard !members.isEmpty,
      members.members.allSatisfy({ names.contains($0.name) && $0.value.text != nil })
    else { return nil }
    self.init(
      partner: members["partner"]?.text, state: members["state"]?.text,
      since: members["since"]?.text, kind: members["kind"]?.text)
  }

  private init?(partner: String?, state: String?, since: String?, kind: String?) {
    self.init()
    guard partner.map({ PartnerCode($0) != nil }) ?? true,
      kind.map({ ReferralKind(rawValue: $0) != nil || $0 == OutboxStore.batchKind }) ?? true
    else { return nil }
    self.partner = partner
    self.kind = kind
    if let state {
      guard let known = DeliveryState(rawValue: state) else { return nil }
      states = [known]
    }
    if let since {
      guard let moment = Instant(rfc3339: since) else { return nil }
      self.since = moment
    }
  }
}
