/// The same with testable access, which debug builds allow.
// SPDX-License-Identifier: Apache-2.0
// expect: initializer is inaccessible due to 'fileprivate' protection level

@testable import Disclosure
import JSON
import Referrals

func forge(_ referral: Referral, _ situation: DisclosureSituation, _ report: DisclosureReport)
  -> DisclosedReferral
{
  DisclosedReferral(
    referral, situation, level: .full, operation: .create, data: JSONObject([]), report: report)
}
