/// What this room reads and shows at most.
// SPDX-License-Identifier: Apache-2.0

enum Limits {
  static let words = 100_000
  /// Of a line in the source of a manual page.
  static let pageColumns = 78
  /// Of a word repeated in a complaint.
  static let quotedCharacters = 80
}
