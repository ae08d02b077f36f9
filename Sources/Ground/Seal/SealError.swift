/// What can go wrong between a record and its seal.
// SPDX-License-Identifier: Apache-2.0

package struct SealError: Error, Equatable, Sendable {
  package enum Code: String, Sendable {
    /// A store key that is not 32 octets, or a file that holds no such key.
    case keyForm = "key-form"
    /// The key file cannot be read.
    case keyFile = "key-file"
    /// The key file may be read by others than its owner.
    case keyFileMode = "key-file-mode"
    /// libcrypto would not encrypt.
    case cipher
    /// The seal does not open: other key, other place, or other octets than were sealed.
    case broken
  }
  package let code: Code
  /// The path of the key file, or kind and id of the record.
  package let place: String
}
