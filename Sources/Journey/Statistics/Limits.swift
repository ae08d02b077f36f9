/// How small a group may be that is told of.
// SPDX-License-Identifier: Apache-2.0

package enum StatisticsLimits {
  /// k: the value that the Counter Trafficking Data Collaborative publishes with. The same for
  /// every partner, so that two of them learn no more together than each alone.
  package static let smallestGroupMembers = 11
  /// Cells that a table gives up at least, once it holds back any.
  static let givenUpCells = 2
}
