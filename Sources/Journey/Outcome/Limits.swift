/// Limits of what an event may hold.
// SPDX-License-Identifier: Apache-2.0

enum OutcomeLimits {
  /// Lines of `recipients`, as the schema has it; `referralctl show --recipients` has them all.
  static let recipientLines = 1_000
}
