/// How fast jobs let deliveries go to one partner: a bucket of tokens for each, over all jobs.
// SPDX-License-Identifier: Apache-2.0
package import Platform

package struct JobPace: Sendable {
  private struct Bucket: Sendable {
    var tokens: Double
    var at: Instant
  }
  private var buckets: [String: Bucket] = [:]

  package init() {}

  /// How many of `wanted` may go now, at so many in a second. A bucket holds one second's worth,
  /// so a pause is not made up for by a burst.
  package mutating func take(_ partner: String, wanted: Int, perSecond: Int, now: Instant) -> Int {
    var bucket = buckets[partner] ?? Bucket(tokens: 1, at: now)
    let elapsed = Double(max(0, now.since(bucket.at))) / 1000
    bucket.tokens = min(Double(perSecond), bucket.tokens + elapsed * Double(perSecond))
    bucket.at = now
    let given = max(0, min(wanted, Int(bucket.tokens)))
    bucket.tokens -= Double(given)
    buckets[partner] = bucket
    return given
  }
}
