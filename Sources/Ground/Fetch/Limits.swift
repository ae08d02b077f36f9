/// The defaults and bounds of a request.
// SPDX-License-Identifier: Apache-2.0

package enum Limits {
  package static let connectMilliseconds = 5_000
  package static let totalMilliseconds = 30_000
  /// Less than one octet a second for so long ends the transfer.
  package static let silenceSeconds = 15
  /// The body of a partner's answer.
  package static let answerOctets = 65_536
  /// What a request may ask for at most: the largest revocation lists.
  package static let largestAnswerOctets = 67_108_864
  /// A document is at most 1 MiB; encoding it makes it longer.
  package static let bodyOctets = 4_194_304
  package static let fields = 64
  package static let fieldOctets = 16_384
}
