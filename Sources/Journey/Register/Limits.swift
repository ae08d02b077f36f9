/// What this room reads at most, and the ranges of configured numbers.
// SPDX-License-Identifier: Apache-2.0

enum Limits {
  static let configurationOctets = 1_048_576
  static let certificateFileOctets = 1_048_576
  static let revocationFileOctets = 16_777_216
  static let revocationFiles = 256
  static let revocationSources = 8
  static let keyFileOctets = 65_536
  static let partners = 1_000
  static let errors = 200
  /// Of a text of the file repeated in an error.
  static let quotedCharacters = 80
  static let nameCharacters = 200
  static let parallelDeliveries = 1...100
  static let graceHours = 0...720
  static let changeHours = 1...8_760
}
