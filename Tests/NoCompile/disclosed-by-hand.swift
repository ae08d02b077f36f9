/// A disclosed referral made without the decision.
// SPDX-License-Identifier: Apache-2.0
// expect: initializer is inaccessible due to 'fileprivate' protection level

import Disclosure
import JSON
import Referrals

func forge(_ referral: Referral, _ situation: DisclosureSituation, _ report: DisclosureReport)
  -> DisclosedReferral
{
  DisclosedReferral(
    referral, situation, level: .full, operation: .create, data: JSONObject([]), report: report)
}
