/// What one JSON text may hold at most.
// SPDX-License-Identifier: Apache-2.0

/// Limits of one reading; every one is refused with a code of its own.
package struct JSONLimits: Sendable, Equatable {
  /// Deeper texts than this are refused whatever `depth` says: the reader recurses.
  package static let greatestDepth = 512

  /// Octets of the whole text.
  package var octets: Int
  /// Arrays and objects within each other; at most `greatestDepth`.
  package var depth: Int
  /// Members of one object.
  package var members: Int
  /// Elements of one array.
  package var elements: Int

  package init(
    octets: Int = 1_048_576, depth: Int = 64, members: Int = 10_000, elements: Int = 100_000
  ) {
    self.octets = octets
    self.depth = min(depth, JSONLimits.greatestDepth)
    self.members = members
    self.elements = elements
  }
}
