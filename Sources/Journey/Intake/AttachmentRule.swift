/// R24: nothing is attached, and no face image or fingerprint travels as one.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals

enum AttachmentRule {
  /// Version 1.0.0 has no attachments, so each is refused, whatever it claims to be. The schema
  /// says so too; this names the rule and what to do instead.
  static func reasons(_ referral: JSONValue?, in member: String) -> [Reason] {
    guard referral?["attachments"] != nil else { return [] }
    return [Reason(.attachment, at: JSONPointer(tokens: [member, "attachments"]))]
  }
}
