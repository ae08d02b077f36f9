/// The rules about residence and permit notices that need nothing but the referral.
// SPDX-License-Identifier: Apache-2.0
import JSON

extension ReferralRules {
  /// R10: a reporting witness gets or keeps residence because presence is necessary, and the
  /// statement that says so is named. A refusal needs none: it may rest on its absence.
  @Sendable static func presenceStatement(_ referral: Referral, _ reference: ReferenceData)
    -> [Reason]
  {
    guard let residence = referral.group("residence"), let ground = residence["ground"]?["code"],
      ["permit-granted", "permit-extended"].contains(residence["event"]?.text ?? "")
    else { return [] }
    let given = texts(residence["evidenceRefs"], member: "kind")
    return (reference.evidenceNeeded[ground.text ?? ""] ?? []).filter { !given.contains($0) }
      .map { _ in Reason(.presenceStatement, at: at("residence", "evidenceRefs")) }
  }

  /// R16: whom a fine met is not reported for the same conduct once more (Awb 5:44).
  @Sendable static func fineForSameConduct(_ referral: Referral, _: ReferenceData) -> [Reason] {
    let fine = referral.group("permitAction")?["administrativeFine"]
    guard fine?["imposed"]?.flag == true, fine?["sameConduct"]?.flag == true,
      ["investigation", "prosecution"]
        .contains(referral.group("handling")?["purpose"]?.text ?? "")
    else { return [] }
    return [
      Reason(.fineForSameConduct, at: at("permitAction", "administrativeFine", "sameConduct"))
    ]
  }

  /// A residence notice is about one victim or witness; family members come along as such.
  @Sendable static func principal(_ referral: Referral, _: ReferenceData) -> [Reason] {
    guard referral.header.kind == .residenceNotice, referral.header.operation != .withdraw,
      referral.persons.filter(\.isPrincipal).count != 1
    else { return [] }
    return [Reason(.principal, at: at("persons"))]
  }
}
