/// How an attachment can be called.
// SPDX-License-Identifier: Apache-2.0

package enum AttachmentID {
  private static let octets = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-".utf8)

  /// As schemas/referral says it from version 1.1.0 on.
  package static func isOne(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(octets.contains)
  }
}
