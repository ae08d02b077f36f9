/// A disclosed referral out of other bits.
// SPDX-License-Identifier: Apache-2.0
// expect: unsafe

import Disclosure
import Referrals

func forge(_ referral: Referral) -> DisclosedReferral {
  unsafeBitCast(referral, to: DisclosedReferral.self)
}
