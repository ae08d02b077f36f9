/// What this room answers and shows at most.
// SPDX-License-Identifier: Apache-2.0

enum Limits {
  /// Between our clock and the sender's, both ways (docs/verification.md).
  static let skewSeconds: Int64 = 300
  /// What a sender is asked to wait after an answer that may change.
  static let busySeconds = 1
  static let unavailableSeconds = 30
  static let listedDocuments = 100_000
  /// Of an exercise's plan.
  static let exerciseSteps = 100
  static let exerciseTimes = 10_000
  static let exerciseSeconds = 600
  static let exerciseRetryAfterSeconds = 86_400
  /// How long a client stays with https (RFC 6797).
  static let transportSecuritySeconds = 31_536_000
}
