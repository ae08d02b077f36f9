/// What this room answers and shows at most.
// SPDX-License-Identifier: Apache-2.0

enum Limits {
  /// Between our clock and the sender's, both ways (docs/verification.md).
  static let skewSeconds: Int64 = 300
  static let listedDocuments = 100_000
  /// Of acknowledgements that wait to be brought to the sender.
  static let broughtAtOnce = 100
  static let bringLookMilliseconds = 500
  /// While somebody waits for the first attempt, the loop leaves it alone.
  static let bringAgainSeconds: Int64 = 60
  static func bringAgain(after attempts: Int) -> Int64 {
    let first: [Int64] = [1, 5, 15]
    return attempts < first.count ? first[attempts] : bringAgainSeconds
  }
  static let attachmentsAtOnce = 20
  /// As often an attachment may differ from what its document says before it is called unreadable.
  static let attachmentMismatches = 3
  static let attachmentMilliseconds = 300_000
  /// Of an exercise's plan.
  static let exerciseSteps = 100
  static let exerciseTimes = 10_000
  static let exerciseSeconds = 600
  static let exerciseRetryAfterSeconds = 86_400
}
