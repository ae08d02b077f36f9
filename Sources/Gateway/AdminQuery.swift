/// Queries of request targets, and the filters that they hold.
// SPDX-License-Identifier: Apache-2.0
import Outbox
import Platform

/// The query of a request target: `a=b&c=d`, percent-encoded (RFC 3986, section 2.1).
struct Query {
  private let values: [String: String]

  init(_ text: String) {
    var values: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let value = Query.decoded(parts[1]) else { continue }
      values[String(parts[0])] = value
    }
    self.values = values
  }

  subscript(name: String) -> String? { values[name] }

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
  init?(_ query: Query) {
    self.init()
    partner = query["partner"]
    kind = query["kind"]
    if let text = query["state"] {
      guard let known = DeliveryState(rawValue: text) else { return nil }
      state = known
    }
    if let text = query["since"] {
      guard let moment = Instant(rfc3339: text) else { return nil }
      since = moment
    }
    if let text = query["limit"] {
      guard let count = Int(text), (1...100_000).contains(count) else { return nil }
      limit = count
    }
  }
}
