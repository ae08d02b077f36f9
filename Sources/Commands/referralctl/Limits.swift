/// What this tool reads and takes at most.
// SPDX-License-Identifier: Apache-2.0

enum Limits {
  /// A submission of 1 MiB and what the daemon's reader allows around it.
  static let fileOctets = 1_048_576 + 65_536
  static let policyOctets = 1_048_576
  static let answerOctets = 67_108_864
  static let answerElements = 1_000_000
  /// Of sockaddr_un (unix(7)), without its final zero.
  static let socketPathOctets = 107
  /// PATH_MAX of linux/limits.h, without its final zero.
  static let pathOctets = 4_095
  static let timeoutSeconds: ClosedRange<Int64> = 1...3_600
  static let waitSeconds: ClosedRange<Int64> = 1...86_400
  static let awaitSeconds: Int64 = 60
  static let jobWaitSeconds: Int64 = 600
  static let jobRate: ClosedRange<Int64> = 1...1_000
  /// What the daemon takes of ids as JSON, 39 octets each.
  static let idsOctets = 1_000_000
  static let watchSeconds: ClosedRange<Int64> = 1...3_600
  static let watchCount = 1...1_000_000
  static let listed = 1...100_000
  /// It travels percent-encoded in a request target of 1024 octets.
  static let reasonOctets = 256
  /// Attempts that `show` prints without --attempts.
  static let attemptsShown = 5
}
