/// The bounds of the durable record.
// SPDX-License-Identifier: Apache-2.0

package enum OutboxLimits {
  /// Kept free for recording: some thousand attempts with their answers.
  package static let reserveOctets = 16_777_216
  /// In the profile development; more than the log needs between two checkpoints.
  package static let developmentReserveOctets = 4_194_304
  /// Octets of refused acknowledgements that one partner may have kept in 24 hours, by number; a
  /// partner that goes mad must not fill the disk with evidence.
  package static let refusedCallbacksOfADay = 1_000
  /// One part of a file that is handed in; nothing of a file is in memory but this.
  package static let partOctets = 65_536
  package static let fileOctets = 16_777_216
  package static let bundleOctets = 67_108_864
  package static let bundleFiles = 20
  /// All files together that no submission has taken yet.
  package static let waitingOctets = 268_435_456
  package static let bundleKeptSeconds: Int64 = 3_600
  /// After the last document of the referral has expired.
  package static let fileKeptSeconds: Int64 = 30 * 86_400
  /// 1 MiB in one commit.
  package static let partsErasedAtOnce = 16
}
