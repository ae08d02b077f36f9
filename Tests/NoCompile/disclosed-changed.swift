/// A disclosed referral with another value put in.
// SPDX-License-Identifier: Apache-2.0
// expect: 'let' constant

import Disclosure
import JSON

func enrich(_ disclosed: DisclosedReferral) -> DisclosedReferral {
  var copy = disclosed
  copy.data = JSONObject([])
  return copy
}
