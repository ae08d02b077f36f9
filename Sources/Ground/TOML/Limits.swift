/// What this room reads at most.
// SPDX-License-Identifier: Apache-2.0

enum Limits {
  /// The library holds the whole document; nesting it bounds itself (256 values).
  static let documentOctets = 1_048_576
}
