/// One submission that withdraws a referral of one kind and creates the same case as another kind.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform
import Referrals

enum Reclassification {
  /// Both are accepted or neither, so they must belong together: another id, another kind, and a
  /// link by which whoever gets both can tell.
  static func reasons(_ created: Referral, _ withdrawn: Referral) -> [Reason] {
    let (new, old) = (created.header, withdrawn.header)
    var places: [[String]] = []
    if old.operation != .withdraw { places.append(["withdraws", "header", "operation"]) }
    if new.operation != .create { places.append(["referral", "header", "operation"]) }
    if new.kind == old.kind { places.append(["referral", "header", "kind"]) }
    if new.referralID == old.referralID { places.append(["referral", "header", "referralId"]) }
    let links = created.group("case")?["linked"]?.elements ?? []
    let isLinked = links.contains {
      $0["referralId"]?.text == old.referralID.description
        && $0["relation"]?.text == "reclassified-from"
    }
    if !isLinked { places.append(["referral", "case", "linked"]) }
    return places.map { Reason(.reclassification, at: JSONPointer(tokens: $0)) }
  }
}
