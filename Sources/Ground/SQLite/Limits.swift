/// The bounds of the store.
// SPDX-License-Identifier: Apache-2.0

package enum Limits {
  /// Changes in one commit; more wait for the next.
  package static let groupChanges = 512
  /// Rows that one query may return; more is a query without a LIMIT that needs one.
  package static let queryRows = 200_000
  /// Prepared statements kept; beyond it all are forgotten and prepared again.
  package static let preparedStatements = 512
  /// Pages in the log that start a checkpoint: the p99 of a commit is its checkpoint.
  package static let logPages = 100
}
