/// What an earlier revision says that a later one must keep to.
// SPDX-License-Identifier: Apache-2.0
import JSON
package import Referrals

package struct EarlierRevision: Sendable, Equatable {
  package let kind: String
  /// First day of its reflection period, as written.
  package let reflectionStart: String?

  package init(kind: String, reflectionStart: String?) {
    self.kind = kind
    self.reflectionStart = reflectionStart
  }

  /// Reads the octets of a `referral` member as the store kept them; nil where it is none.
  package init?(kept octets: [UInt8]) {
    guard let value = try? JSONReader.read(octets), let kind = value["header"]?["kind"]?.text
    else { return nil }
    self.init(
      kind: kind, reflectionStart: value["residence"]?["reflectionPeriod"]?["start"]?.text)
  }
}

package enum RevisionRules {
  /// What the earlier revisions forbid, oldest first. The kind stays: the recipients of a
  /// trafficking signal are others than those of a smuggling signal, and so is what they may see.
  package static func reasons(_ referral: Referral, after earlier: [EarlierRevision]) -> [Reason] {
    var reasons = ReflectionPeriods.reasons(referral, after: earlier)
    if earlier.contains(where: { $0.kind != referral.header.kind.rawValue }) {
      reasons.append(
        Reason(.kindChanged, at: JSONPointer(tokens: ["referral", "header", "kind"])))
    }
    return reasons
  }
}
