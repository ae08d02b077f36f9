/// How much a client may send, how many may come, and how long each step may take.
// SPDX-License-Identifier: Apache-2.0

package struct HTTPServerLimits: Sendable, Equatable {
  /// Octets of a decoded body; more is 413.
  package var bodyOctets = 1_048_576 + 65_536
  package var connections = 1_000
  /// Connections of one IPv4 address or one IPv6 /64 network; unix sockets have no address.
  package var connectionsPerAddress = 64

  package init() {}

  /// Octets of the request target; more is 414.
  package static let targetOctets = 1_024
  /// Octets of a whole request line, a little more than the longest target needs.
  package static let requestLineOctets = 1_100
  /// Octets of one field line; more is 431.
  package static let fieldOctets = 16_384
  /// Octets of all field lines; more is 431.
  package static let allFieldsOctets = 32_768
  /// Field lines; more is 431.
  package static let fieldCount = 64
  static let contentLengthDigits = 19
  static let chunkSizeDigits = 8
  /// Octets that wait in one connection's buffer before reading pauses.
  static let bufferedOctets = 65_536
  /// Octets of one piece of a streamed body, and so all that waits in a connection's output.
  package static let pieceOctets = 65_536
}

/// Total time for each step of a connection: a slow octet does not extend it.
package struct Deadlines: Sendable, Equatable {
  package var handshake: Duration = .seconds(10)
  /// Between two requests, or before the first.
  package var idle: Duration = .seconds(60)
  package var head: Duration = .seconds(10)
  package var body: Duration = .seconds(30)
  package var handler: Duration = .seconds(30)
  /// Until the client has taken the answer; each piece of a streamed body has it anew.
  package var answer: Duration = .seconds(30)
  /// A streamed body in all, however fast its pieces go.
  package var stream: Duration = .seconds(600)
  /// Reading on after the last answer, so that no reset destroys it.
  package var linger: Duration = .seconds(2)
  /// For requests in handling when the server stops gracefully.
  package var stop: Duration = .seconds(20)
  /// Without accepting, when descriptors have run out.
  package var acceptPause: Duration = .milliseconds(100)

  package init() {}
}
