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
}
