/// Numbers of a quarter made without the decision.
// SPDX-License-Identifier: Apache-2.0
// expect: initializer is inaccessible due to 'fileprivate' protection level

import Disclosure
import JSON
import Register
import Statistics

func forge(
  _ count: QuarterCount, _ situation: StatisticsSituation, _ terms: Policy.Statistics,
  _ report: StatisticsReport
) -> DisclosedStatistics {
  DisclosedStatistics(count, situation, terms, data: JSONObject([]), report: report)
}
