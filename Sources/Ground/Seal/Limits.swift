/// The sizes of keys and of what the store keeps beside a record.
// SPDX-License-Identifier: Apache-2.0

package enum SealLimits {
  package static let keyOctets = 32
  /// A key file in its longest form, with room for a line end.
  package static let keyFileOctets = 80
}
