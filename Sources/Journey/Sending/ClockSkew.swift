/// How far the partners' clocks are from ours, by what their answers say of the time.
// SPDX-License-Identifier: Apache-2.0
package import Platform

/// What one answer says about the clock of who gave it.
package struct ClockReading: Sendable {
  /// By our clock: when the question began to go out, and when the answer was there.
  package let asked: Instant, heard: Instant
  /// The Date field of the answer (RFC 9110 section 6.6.1).
  package let date: Instant?
  /// `iat` of a verified acknowledgement in it.
  package let signed: Instant?

  package init(asked: Instant, heard: Instant, date: Instant?, signed: Instant? = nil) {
    self.asked = asked
    self.heard = heard
    self.date = date
    self.signed = signed
  }

  /// How far its clock is ahead of ours, in milliseconds; nil when the answer does not tell.
  ///
  /// The clock may have been read at any moment of the exchange, and both times have whole seconds.
  /// A signed time in the past may be that of a stored answer, so it proves nothing alone.
  package var aheadMilliseconds: Int64? {
    let latest = [date, signed].compactMap { $0 }.max()
    guard let latest else { return nil }
    let ahead = latest.since(heard)
    if ahead > 0 { return ahead }
    let behind = asked.since(latest) - 999
    guard behind > 0 else { return 0 }
    return date == nil ? nil : -behind
  }
}

/// Whether our own clock can be right, by majority of the partners heard.
///
/// A partner's vote is the median of its last answers; three answers in all are needed before
/// anything is concluded. One partner with a wrong clock is that partner's trouble, unless nobody
/// else was heard.
package struct ClockSkew: Sendable {
  package enum Standing: String, Sendable, CaseIterable {
    /// Fewer than three answers.
    case unknown
    case good
    /// More than a minute: somebody should look.
    case off
    /// More than five minutes: partners refuse what we sign now.
    case wrong
  }

  private struct Sample {
    let at: Instant
    let ahead: Int64
  }
  private var samples: [String: [Sample]] = [:]

  package init() {}

  package mutating func hear(_ partner: String, _ reading: ClockReading) {
    guard let ahead = reading.aheadMilliseconds else { return }
    let kept = (samples[partner] ?? []).suffix(SendingLimits.skewAnswers - 1)
    samples[partner] = kept + [Sample(at: reading.heard, ahead: ahead)]
  }

  /// Our clock was put right: what was heard before counted from the wrong one.
  package mutating func forget() { samples = [:] }

  /// How far the partner's clock is ahead of ours; nil before three answers, or when they are old.
  package func aheadMilliseconds(of partner: String, at now: Instant) -> Int64? {
    let heard = recent(partner, now)
    return heard.count < SendingLimits.skewAnswers ? nil : median(heard)
  }

  /// How far the partners' clocks are ahead of ours; nil when too few were heard.
  package func aheadMilliseconds(at now: Instant) -> Int64? {
    let heard = samples.keys.map { recent($0, now) }.filter { !$0.isEmpty }
    guard heard.reduce(0, { $0 + $1.count }) >= SendingLimits.skewAnswers else { return nil }
    return median(heard.map(median))
  }

  package func standing(at now: Instant) -> Standing {
    guard let ahead = aheadMilliseconds(at: now) else { return .unknown }
    return ClockSkew.standing(ahead)
  }

  package static func standing(_ aheadMilliseconds: Int64) -> Standing {
    switch abs(aheadMilliseconds) {
    case ...(SendingLimits.skewWarningSeconds * 1_000): .good
    case ...(SendingLimits.skewWrongSeconds * 1_000): .off
    default: .wrong  // OPEN: milliseconds are integers
    }
  }

  private func recent(_ partner: String, _ now: Instant) -> [Int64] {
    let oldest = now.adding(seconds: -SendingLimits.skewKeptSeconds)
    return (samples[partner] ?? []).filter { $0.at >= oldest }.map(\.ahead)
  }

  /// Of two in the middle the one that is nearer to our clock; an empty list is no skew.
  private func median(_ values: [Int64]) -> Int64 {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let (low, high) = (sorted[(sorted.count - 1) / 2], sorted[sorted.count / 2])
    return abs(low) <= abs(high) ? low : high
  }
}
