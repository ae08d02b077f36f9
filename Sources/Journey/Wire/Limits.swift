/// How large messages may be (docs/wire.md).
// SPDX-License-Identifier: Apache-2.0

package enum WireLimits {
  package static let documentOctets = 1_048_576
  package static let acknowledgementOctets = 65_536
  package static let depth = 32
}
