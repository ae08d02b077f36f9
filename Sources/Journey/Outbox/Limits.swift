/// The bounds of the durable record.
// SPDX-License-Identifier: Apache-2.0

package enum OutboxLimits {
  /// Kept free for recording: some thousand attempts with their answers.
  package static let reserveOctets = 16_777_216
  /// In the profile development; more than the log needs between two checkpoints.
  package static let developmentReserveOctets = 4_194_304
}
