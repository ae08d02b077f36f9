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
