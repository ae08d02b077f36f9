/// How large messages may be (docs/wire.md).
// SPDX-License-Identifier: Apache-2.0

package enum WireLimits {
  package static let documentOctets = 1_048_576
  package static let acknowledgementOctets = 65_536
  package static let depth = 32
  /// What a sender is asked to wait after an answer that may change.
  static let busySeconds = 1
  static let unavailableSeconds = 30
  /// How long a client stays with https (RFC 6797).
  static let transportSecuritySeconds = 31_536_000
}
