/// What this room writes at most.
// SPDX-License-Identifier: Apache-2.0

enum Limits {
  static let partnerLabelOctets = 40
  static let versionPartDigits = 4
  static let versions = 8
}
