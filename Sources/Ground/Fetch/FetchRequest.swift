/// One HTTPS request and what came of it.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL

package struct FetchRequest: Sendable {
  package enum Method: Sendable { case post, get }

  package struct Timeouts: Sendable, Equatable {
    /// Until the TLS handshake is complete.
    package var connectMilliseconds = Limits.connectMilliseconds
    package var totalMilliseconds = Limits.totalMilliseconds
    package var silenceSeconds = Limits.silenceSeconds
    package init() {}
  }

  package var method: Method
  /// Absolute, without user and fragment.
  package var url: String
  /// Sent in this order. Nothing is added but Host, Accept and the length of the body.
  package var fields: [(String, String)]
  package var body: [UInt8]
  /// What we show and whom we trust; https needs one.
  package var identity: TLSClientIdentity?
  /// The register's generation: a newer one closes the connections of the older ones.
  package var generation = 0
  /// Addresses such as "192.0.2.0/24" that may be dialled, empty for all. With a proxy it is the
  /// proxy's address that is dialled.
  package var allowedAddresses: [String] = []
  /// "http://host:port" of a proxy that is asked to CONNECT.
  package var proxy: String?
  /// For an outway on the loopback, a unix socket, and revocation lists.
  package var allowsPlainHTTP = false
  package var unixSocket: String?
  package var timeouts = Timeouts()
  package var maxAnswerOctets = Limits.answerOctets
  /// Takes the body of an answer with status 200 piece by piece, on the thread that carries all
  /// transfers; false ends it with `.aborted`. The answer then has no body. Every other answer is
  /// kept in memory as without it, up to 64 KiB.
  package var sink: (@Sendable ([UInt8]) -> Bool)?

  package init(
    _ method: Method, _ url: String, fields: [(String, String)] = [], body: [UInt8] = [],
    identity: TLSClientIdentity? = nil
  ) {
    self.method = method
    self.url = url
    self.fields = fields
    self.body = body
    self.identity = identity
  }
}

package enum FetchResult: Sendable {
  /// A complete answer of whatever status; redirects too. It proves nothing about the request.
  case answer(FetchAnswer)
  case failure(FetchFailure)
}

package struct FetchAnswer: Sendable {
  package let status: Int
  /// Names in lower case, in the order received; a name may occur more than once.
  package let fields: [(String, String)]
  /// As received: no content coding is undone.
  package let body: [UInt8]
  /// Numeric; "" for a unix socket.
  package let peerAddress: String
  package let newConnections: Int
  package let milliseconds: Int
  /// Until the TLS handshake was complete; 0 on a reused connection.
  package let handshakeMilliseconds: Int

  package init(
    status: Int, fields: [(String, String)], body: [UInt8], peerAddress: String,
    newConnections: Int, milliseconds: Int, handshakeMilliseconds: Int
  ) {
    self.status = status
    self.fields = fields
    self.body = body
    self.peerAddress = peerAddress
    self.newConnections = newConnections
    self.milliseconds = milliseconds
    self.handshakeMilliseconds = handshakeMilliseconds
  }

  package var reusedConnection: Bool { newConnections == 0 }

  /// The values of a field, `name` in lower case.
  package func values(of name: String) -> [String] {
    fields.filter { $0.0 == name }.map(\.1)
  }
}

package struct FetchFailure: Error, Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case resolve, connect
    /// The peer refused our certificate, by its alert. In TLS 1.3 that comes after our handshake.
    case tlsPeerRefused = "tls-peer-refused"
    /// The peer's certificate does not lead to the anchors or does not name the host.
    case tlsVerify = "tls-verify"
    case tlsPin = "tls-pin"
    /// A revocation list is missing or too old: whether the peer was revoked is not known.
    case tlsRevocation = "tls-revocation-unknown"
    case tlsOther = "tls-other"
    case addressRefused = "address-refused"
    case timeout
    /// The connection ended too early, cleanly or not.
    case reset
    /// Not exactly one of Content-Length and chunked, or no HTTP/1.1 at all.
    case badFraming = "bad-framing"
    case tooLarge = "too-large"
    case http2
    /// The task was cancelled or the fetcher closed.
    case aborted
    /// The request cannot be made: see `detail`.
    case request
    case other
  }
  package let kind: Kind
  /// libcurl's code; 0 when the request never reached it.
  package let curlCode: Int
  /// Words of the library, printable ASCII, at most 200 octets; never a body.
  package let detail: String
  /// An octet of the request may have left.
  package let bytesSent: Bool
  /// Numeric; "" when no connection was made.
  package let peerAddress: String
  package let newConnections: Int

  package init(
    kind: Kind, curlCode: Int, detail: String, bytesSent: Bool, peerAddress: String,
    newConnections: Int
  ) {
    self.kind = kind
    self.curlCode = curlCode
    self.detail = detail
    self.bytesSent = bytesSent
    self.peerAddress = peerAddress
    self.newConnections = newConnections
  }
}
