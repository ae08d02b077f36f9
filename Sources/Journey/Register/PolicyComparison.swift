/// What only shows when all versions of all policies are seen together.
// SPDX-License-Identifier: Apache-2.0

enum PolicyComparison {
  static func versions(_ policies: [Policy]) -> [String: PolicyVersions] {
    Dictionary(grouping: policies, by: \.partner.text).compactMapValues(PolicyVersions.init)
  }

  /// On no day may two versions be in force, and no name may stand for two.
  static func compare(_ drafts: [Draft<Policy>], _ findings: Findings) {
    for (index, draft) in drafts.enumerated() {
      guard let policy = draft.value else { continue }
      for other in drafts[..<index].compactMap(\.value) where other.partner == policy.partner {
        if other.validFrom == policy.validFrom {
          findings.add(
            .contradiction, at: policy.place(of: "valid_from"),
            "two policies of '\(policy.partner)' begin on \(policy.validFrom)",
            "the other is \(other.file); give each its own day")
        }
        if other.version == policy.version {
          findings.add(
            .contradiction, at: policy.place(of: "version"),
            "two policies of '\(policy.partner)' have version \(printable(policy.version))",
            "the other is \(other.file); give each its own version")
        }
      }
    }
  }

  /// `via` names a hub, and what goes through it is addressed to it.
  static func compare(
    _ policies: [Policy], _ partners: [Addressee], _ findings: Findings
  ) {
    for policy in policies {
      guard let via = policy.via else { continue }
      guard let hub = partners.first(where: { $0.code == via }), hub.traits.contains(.hub),
        via != policy.partner
      else {
        findings.add(
          .contradiction, at: policy.place(of: "via"), "'\(via)' is no hub among the partners",
          "name a partner with the trait hub")
        continue
      }
      guard let partner = partners.first(where: { $0.code == policy.partner }),
        partner.identity != hub.identity
      else { continue }
      findings.add(
        .contradiction, at: policy.place(of: "via"),
        "'\(policy.partner)' is reached through '\(via)' and has an identity of its own",
        "give partners.d/\(policy.partner).toml the identity, endpoint and trust of the hub: it is "
          + "the hub that receives and signs")
    }
  }
}
