/// When a list is fetched again.
// SPDX-License-Identifier: Apache-2.0
import Platform
import Renewal
import Testing

@Suite struct ScheduleTests {
  let start = Instant(seconds: 1_700_000_000)

  func after(_ seconds: Int64) -> Instant { start.adding(seconds: seconds) }

  /// Seconds until the next fetch after these outcomes in a row, the list ending at `end`.
  func wait(_ outcomes: [FetchOutcome], endsAfter end: Int64?, jitter: Double = 0) -> Int64 {
    var schedule = RenewalSchedule(now: start, scale: 1)
    for outcome in outcomes {
      schedule.begin(at: start)
      schedule.finish(outcome, listEnds: end.map(after), at: start, jitter: jitter)
    }
    return schedule.nextAt.since(start) / 1_000
  }

  @Test func `a source is asked at once after a start`() {
    #expect(RenewalSchedule(now: start, scale: 1).isDue(at: start))
  }

  @Test func `a good list is fetched again after a quarter of what it has left`() {
    for (rest, expected) in [
      (604_800, 14_400), (86_400, 14_400), (43_200, 10_800), (3_600, 900), (90, 60), (-86_400, 60),
    ] as [(Int64, Int64)] {
      #expect(wait([.taken], endsAfter: rest) == expected, "\(rest) s left")
    }
  }

  @Test func `a list is always asked for before its end while one minute is left`() {
    for rest in stride(from: Int64(61), to: 700_000, by: 977) {
      #expect(wait([.taken], endsAfter: rest) < rest, "\(rest) s")
      #expect(wait([.timeout], endsAfter: rest) < rest, "\(rest) s, after a failure")
    }
  }

  @Test func `failures wait longer and longer, never above an hour`() {
    let waits = (1...8).map { count in
      wait(Array(repeating: .status, count: count), endsAfter: 30 * 86_400)
    }
    #expect(waits == [60, 120, 300, 600, 1_800, 3_600, 3_600, 3_600])
  }

  @Test func `without a current list the next try comes within five minutes`() {
    let many = Array(repeating: FetchOutcome.unreachable, count: 9)
    #expect(wait(many, endsAfter: nil) == 300)
    #expect(wait(many, endsAfter: -10) == 300)
  }

  @Test func `chance only makes it earlier, by a fifth at most`() {
    #expect(wait([.taken], endsAfter: 7 * 86_400, jitter: 1) == 11_520)
    #expect(wait([.timeout], endsAfter: 7 * 86_400, jitter: 1) == 48)
  }

  @Test func `a good answer ends the row of failures`() {
    var schedule = RenewalSchedule(now: start, scale: 1)
    for _ in 0..<3 {
      schedule.finish(.forged, listEnds: nil, at: start, jitter: 0)
      schedule.finish(.ended, listEnds: nil, at: after(5), jitter: 0)
    }
    #expect(schedule.failures == 6 && schedule.failingSince == start && schedule.asksForPerson)
    schedule.finish(.unchanged, listEnds: after(86_400), at: after(9), jitter: 0)
    #expect(schedule.failures == 0 && schedule.failingSince == nil && !schedule.asksForPerson)
    #expect(schedule.goodAt == after(9))
  }

  @Test func `two failures are no alarm, three are`() {
    var schedule = RenewalSchedule(now: start, scale: 1)
    let asks = (0..<3).map { _ in
      schedule.finish(.redirect, listEnds: nil, at: start, jitter: 0)
      return schedule.asksForPerson
    }
    #expect(asks == [false, false, true])
  }

  @Test func `a source that is being asked is not due, and due again when nothing came`() {
    var schedule = RenewalSchedule(now: start, scale: 1)
    schedule.begin(at: start)
    #expect(!schedule.isDue(at: after(100_000)))
    schedule.abandon()
    #expect(schedule.isDue(at: start))
  }

  @Test func `a clock that was put back does not make it wait for ever`() {
    var schedule = RenewalSchedule(now: start, scale: 1)
    schedule.finish(.taken, listEnds: after(7 * 86_400), at: start, jitter: 0)
    #expect(!schedule.isDue(at: start))
    #expect(schedule.isDue(at: after(-86_400)))
  }

  @Test func `the profile development may shorten every wait`() {
    var schedule = RenewalSchedule(now: start, scale: 0.01)
    schedule.finish(.timeout, listEnds: nil, at: start, jitter: 0)
    #expect(schedule.nextAt.since(start) == 600)
  }

  @Test func `every outcome has its words, and every bad one says what to do`() {
    for outcome in FetchOutcome.allCases {
      #expect(!outcome.message.isEmpty)
      #expect(outcome.hint.isEmpty == outcome.isGood, "\(outcome)")
    }
  }
}
