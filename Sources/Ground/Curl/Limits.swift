/// The bounds of transfers, both ways.
// SPDX-License-Identifier: Apache-2.0

package enum Limits {
  /// One header line of an answer, and all of them together with those of interim answers.
  package static let headerOctets = 16_384
  package static let allHeadersOctets = 32_768
  /// The body of an answer that a sink does not take.
  package static let heldBodyOctets = 65_536
  /// TLS identities with a pool of their own; an idle one makes room for a new one.
  package static let pools = 2_048
  /// Connections kept open for one identity.
  package static let connectionsPerPool = 128
  /// Easy handles kept for one identity; each remembers the TLS sessions of its connections.
  package static let idleSlotsPerPool = 128
  /// Transfers at the same time over all pools.
  package static let transfers = 1_024
  /// A connection older than this is not used again, so that changed names and certificates count.
  package static let connectionLifetimeSeconds = 600
  /// Text of the library in a report.
  package static let detailOctets = 200
  /// Events taken from the kernel at once.
  static let eventsAtOnce = 64
}
