/// What is to be transferred, and how it went.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL

/// One request, checked by the caller: an absolute URL, fields that are tokens and printable text.
package struct TransferOrder: Sendable {
  package var isPost: Bool
  package var url: String
  /// `url` in parts.
  package var target: URLParts
  package var fields: [(name: String, value: String)]
  package var body: [UInt8]
  package var identity: TLSClientIdentity?
  package var generation: Int
  package var allowedAddresses: AddressList
  /// An HTTP proxy that is asked to CONNECT; without one no proxy is used, whatever the
  /// environment says.
  package var proxy: String?
  package var unixSocket: String?
  package var connectMilliseconds: Int
  package var totalMilliseconds: Int
  package var silenceSeconds: Int
  package var maxAnswerOctets: Int
  /// Takes the body of an answer with status 200 piece by piece, on the loop's thread; false ends
  /// the transfer. The report then has no body.
  package var sink: (@Sendable ([UInt8]) -> Bool)?

  package init(
    isPost: Bool, url: String, target: URLParts, fields: [(name: String, value: String)],
    body: [UInt8], identity: TLSClientIdentity?, generation: Int, allowedAddresses: AddressList,
    proxy: String?, unixSocket: String?, connectMilliseconds: Int, totalMilliseconds: Int,
    silenceSeconds: Int, maxAnswerOctets: Int, sink: (@Sendable ([UInt8]) -> Bool)? = nil
  ) {
    self.isPost = isPost
    self.url = url
    self.target = target
    self.fields = fields
    self.body = body
    self.identity = identity
    self.generation = generation
    self.allowedAddresses = allowedAddresses
    self.proxy = proxy
    self.unixSocket = unixSocket
    self.connectMilliseconds = connectMilliseconds
    self.totalMilliseconds = totalMilliseconds
    self.silenceSeconds = silenceSeconds
    self.maxAnswerOctets = maxAnswerOctets
    self.sink = sink
  }

  var poolKey: PoolKey {
    PoolKey(
      endpoint: "\(target.scheme)://\(target.host):\(target.port)",
      fingerprint: identity?.fingerprint ?? [], generation: generation,
      allowedAddresses: allowedAddresses, proxy: proxy, unixSocket: unixSocket)
  }
}

/// Whose connections may be shared: everything that decides to whom a connection leads and what it
/// shows there. libcurl's own key knows nothing of the objects put into the TLS context.
struct PoolKey: Hashable {
  let endpoint: String
  let fingerprint: [UInt8]
  let generation: Int
  let allowedAddresses: AddressList
  let proxy: String?
  let unixSocket: String?
}

package struct TransferReport: Sendable {
  /// Why our own code ended a transfer; libcurl's code then says only "callback".
  package enum Refusal: Sendable {
    case address, tooLarge, badFraming, wrongConnection, cancelled, overloaded
    /// Something came on a kept connection before anything was asked. Never told outside the pool.
    case usedConnection
  }
  /// libcurl's result code, 0 for a complete answer.
  package var code = 0
  package var refusal: Refusal?
  /// Printable ASCII of the library, at most `Limits.detailOctets`.
  package var detail = ""
  package var status = 0
  package var fields: [(name: String, value: String)] = []
  package var body: [UInt8] = []
  /// "" when no connection was made.
  package var peerAddress = ""
  package var newConnections = 0
  package var totalMilliseconds = 0
  /// Until the TLS handshake was complete, 0 on a connection that was used before.
  package var handshakeMilliseconds = 0
  /// The connection was ready and the request may have begun to leave.
  package var requestBegun = false
}
