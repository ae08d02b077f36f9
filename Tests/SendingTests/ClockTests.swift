/// The clock that jumps, and the one that is put right.
// SPDX-License-Identifier: Apache-2.0
import Platform
import Sending
import Testing

private let start = Instant(seconds: 1_800_000_000)
private let hour: Int64 = 3_600_000
private let day: Int64 = 24 * hour

/// A watch after both clocks moved on by an hour, and the wall clock by `jump` besides.
private func watch(jump: Int64) -> ClockWatch {
  var watch = ClockWatch(wall: start, steadyMilliseconds: 7)
  watch.look(wall: start.adding(milliseconds: hour + jump), steadyMilliseconds: 7 + hour)
  return watch
}

@Test(arguments: [-2 * hour, 30 * day, -57 * 365 * day, 60_001, -60_001])
func `a wall clock that jumps is doubted, and time goes on as before`(_ jump: Int64) {
  var watch = watch(jump: jump)
  #expect(watch.time == start.adding(milliseconds: hour))
  #expect(watch.doubtMilliseconds == jump)
  watch.look(
    wall: start.adding(milliseconds: 2 * hour + jump), steadyMilliseconds: 7 + 2 * hour)
  #expect(watch.time == start.adding(milliseconds: 2 * hour))
  #expect(watch.isInDoubt)
}

@Test(arguments: [-2 * hour, 30 * day])
func `the doubt ends when the wall clock is back`(_ jump: Int64) {
  var watch = watch(jump: jump)
  watch.look(
    wall: start.adding(milliseconds: 2 * hour + 900), steadyMilliseconds: 7 + 2 * hour)
  #expect(!watch.isInDoubt)
  #expect(watch.time == start.adding(milliseconds: 2 * hour + 900))
}

@Test(arguments: [0, 60_000, -60_000, 1])
func `a wall clock that is put right is followed`(_ step: Int64) {
  let watch = watch(jump: step)
  #expect(!watch.isInDoubt)
  #expect(watch.time == start.adding(milliseconds: hour + step))
}

@Test func `nothing is held against a partner while our own clock is in doubt`() {
  for outcome in [AttemptOutcome.security, .unverified] {
    #expect(outcome.withClockInDoubt == .clock)
  }
  for outcome in [
    AttemptOutcome.receipt, .rejection, .undecided, .conflict, .gone, .credentials,
    .transient(retryAfterSeconds: 3),
  ] {
    #expect(outcome.withClockInDoubt == outcome)
  }
}

/// An answer heard two seconds after the question.
private func reading(date: Int64? = nil, signed: Int64? = nil) -> ClockReading {
  ClockReading(
    asked: start, heard: start.adding(seconds: 2), date: date.map(start.adding(seconds:)),
    signed: signed.map(start.adding(seconds:)))
}

@Test func `an answer's time counts from when it can have been read`() {
  #expect(reading(date: 0).aheadMilliseconds == 0)
  #expect(reading(date: 2).aheadMilliseconds == 0)
  #expect(reading(date: 62).aheadMilliseconds == 60_000)
  #expect(reading(date: -61).aheadMilliseconds == -60_001)
  #expect(reading(date: 0, signed: 62).aheadMilliseconds == 60_000)
  #expect(reading().aheadMilliseconds == nil)
  // It may be the time of a receipt that is given again.
  #expect(reading(signed: -3_600).aheadMilliseconds == nil)
  #expect(reading(date: 1, signed: -3_600).aheadMilliseconds == 0)
}

/// Partners by name, each with the seconds that its answers were ahead.
private func skew(_ answers: [String: [Int64]]) -> ClockSkew {
  var skew = ClockSkew()
  for (partner, seconds) in answers {
    for one in seconds { skew.hear(partner, reading(date: one + 2)) }
  }
  return skew
}

@Test(arguments: [
  ([[400, 400]], ClockSkew.Standing.unknown),
  ([[400, 400, 400]], .wrong),
  ([[61, 61, 61]], .off),
  ([[60, 60, 60]], .good),
  ([[300, 300, 300]], .off),
  ([[-400, -400, -400]], .wrong),
  ([[0, 400, 0]], .good),
  ([[400, 400, 400], [0, 0, 0]], .good),
  ([[400], [400], [400]], .wrong),
  ([[400], [400], [0]], .wrong),
  ([[400], [0], [0]], .good),
  ([[400, 400, 400], [500, 500, 500]], .wrong),
  ([[0, 0, 0, 400, 400, 400]], .wrong),
])
func `three answers are needed, and the majority of partners counts`(
  _ answers: [[Int64]], _ standing: ClockSkew.Standing
) {
  let named = Dictionary(
    uniqueKeysWithValues: answers.enumerated().map { ("partner-\($0.offset)", $0.element) })
  #expect(skew(named).standing(at: start.adding(seconds: 3)) == standing)
}

@Test func `what was heard a day ago says nothing about the clock now`() {
  let skew = skew(["police": [400, 400, 400]])
  #expect(skew.standing(at: start.adding(seconds: 86_000)) == .wrong)
  #expect(skew.standing(at: start.adding(seconds: 86_500)) == .unknown)
  #expect(skew.aheadMilliseconds(of: "police", at: start.adding(seconds: 86_500)) == nil)
}

@Test func `a jump that leads to the partners' time is followed, and no other`() {
  for (ahead, isFollowed) in [(hour, true), (hour - 50_000, true), (0, false), (-hour, false)] {
    var watch = ClockWatch(wall: start, steadyMilliseconds: 7)
    let followed = watch.look(
      wall: start.adding(milliseconds: hour), steadyMilliseconds: 7, partnersAhead: ahead)
    #expect(followed == isFollowed)
    #expect(watch.isInDoubt != isFollowed)
    #expect(watch.time == (isFollowed ? start.adding(milliseconds: hour) : start))
  }
}
