/// What a handler receives: one complete request and who sent it.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL

/// A header field. Names of received fields are lower case; values have no outer white space.
package struct HTTPField: Sendable, Hashable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

package enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case post = "POST"
}

package struct Request: Sendable {
  package let method: HTTPMethod
  /// Origin-form, as sent: path and query (RFC 9112, section 3.2.1).
  package let target: String
  package let host: String
  /// All fields in the order received, duplicates included.
  package let fields: [HTTPField]
  /// The decoded body; empty when there is none.
  package let body: [UInt8]
  /// Whom the TLS handshake has proven; nil without TLS.
  package let peerCertificate: Certificate?
  /// What the client sent beside it, to build a path with; trusted for nothing.
  package let peerAuthorities: [Certificate]
  /// The client's IPv4 or IPv6 address in text, or "unix".
  package let address: String
  /// Of the process at the other end of a unix socket, when it connected.
  package let peerUser: UInt32?
  /// Its groups then, the first first.
  package let peerGroups: [UInt32]

  /// The target up to its first question mark.
  package var path: String { target.firstIndex(of: "?").map { String(target[..<$0]) } ?? target }
  /// The target after its first question mark; nil without one.
  package var query: String? {
    target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) }
  }

  /// The values of all fields of that name (lower case), in order.
  package func values(of name: String) -> [String] {
    fields.filter { $0.name == name }.map(\.value)
  }
}

extension Request {
  /// What was read, before anything is known of who sent it.
  package init(_ head: RequestHead, body: [UInt8]) {
    self.init(
      method: head.method, target: head.target, host: head.host, fields: head.fields, body: body,
      peerCertificate: nil, peerAuthorities: [], address: "", peerUser: nil, peerGroups: [])
  }
}
