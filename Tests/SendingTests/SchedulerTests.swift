/// Whose turn it is: fairness, windows, suspensions and probes (docs/states.md).
// SPDX-License-Identifier: Apache-2.0
import Platform
import Referrals
import Sending
import Testing

private let now = Instant(milliseconds: 1_800_000_000_000)

private func entry(_ id: Int64, _ partner: String = "p", _ priority: Priority = .routine)
  -> Scheduler.Entry
{
  Scheduler.Entry(
    id: id, partner: partner, priority: priority, expires: now.adding(seconds: 86_400))
}

private func scheduler(window: Int = 4, limit: Int = 20, partners: [String] = ["p"])
  -> Scheduler
{
  var scheduler = Scheduler()
  for partner in partners { scheduler.configure(partner, window: window, limit: limit) }
  return scheduler
}

extension Scheduler {
  /// Everything that may go now.
  fileprivate mutating func picks(at time: Instant = now) -> [Scheduler.Entry] {
    var all: [Scheduler.Entry] = []
    while let next = pick(now: time) { all.append(next) }
    return all
  }

  /// Fails until the partner is suspended; how many failures that took.
  fileprivate mutating func bringDown(_ partner: String, at time: Instant = now) -> Int {
    var failures = 0
    while suspension(of: partner) == nil, failures < 1_000 {
      add(entry(Int64(1_000_000 + failures), partner))
      guard pick(now: time) != nil else { return failures }
      finished(partner, .congested, now: time)
      failures += 1
    }
    return failures
  }
}

@Test func `partners take turns however long their queues are`() {
  var turns = scheduler(window: 20, partners: ["a", "b", "c"])
  for id in 0..<300 { turns.add(entry(Int64(id), "a")) }
  for id in 300..<303 { turns.add(entry(Int64(id), "b")) }
  for id in 303..<306 { turns.add(entry(Int64(id), "c")) }
  let first = turns.picks().prefix(9).map(\.partner)
  #expect(first == ["a", "b", "c", "a", "b", "c", "a", "b", "c"])
}

@Test func `four of five turns are for the urgent`() {
  var turns = scheduler(window: 20)
  for id in 0..<20 {
    turns.add(entry(Int64(id), "p", .urgent))
    turns.add(entry(Int64(100 + id), "p", .routine))
  }
  let first = turns.picks().prefix(20).map(\.priority)
  #expect(first.count { $0 == .urgent } == 16)
  #expect(first.count { $0 == .routine } == 4)
}

@Test func `immediate danger goes before what is only urgent, in order of arrival`() {
  var turns = scheduler()
  turns.add(entry(1, "p", .urgent))
  turns.add(entry(2, "p", .immediateDanger))
  turns.add(entry(3, "p", .immediateDanger))
  #expect(turns.picks().map(\.id) == [2, 3, 1])
}

@Test func `the same delivery added twice is picked once`() {
  var turns = scheduler()
  turns.add(entry(1))
  turns.add(entry(1))
  #expect(turns.activeCount == 1)
  #expect(turns.picks().map(\.id) == [1])
  #expect(turns.activeCount == 1)
  turns.finished("p", .healthy, now: now)
  #expect(turns.activeCount == 0)
}

@Test func `a window grows by one over its size up to the limit`() {
  var turns = scheduler(window: 2, limit: 3)
  for id in 0..<100 { turns.add(entry(Int64(id))) }
  #expect(turns.picks().count == 2)
  turns.finished("p", .healthy, now: now)
  #expect(turns.picks().count == 1)
  turns.finished("p", .healthy, now: now)
  #expect(turns.picks().count == 2)
  for _ in 0..<20 {
    turns.finished("p", .healthy, now: now)
    #expect(turns.picks().count == 1)
  }
}

@Test func `a window shrinks under congestion but never below one`() {
  var turns = scheduler(window: 3)
  for id in 0..<100 { turns.add(entry(Int64(id))) }
  #expect(turns.picks().count == 3)
  turns.finished("p", .congested, now: now)
  #expect(turns.picks().isEmpty, "two are under way and two is the window")
  turns.finished("p", .congested, now: now)
  #expect(turns.picks().count == 1, "a whole window of failures for the next step")
  turns.finished("p", .congested, now: now)
  #expect(turns.picks().isEmpty)
  turns.finished("p", nil, now: now)
  #expect(turns.picks().count == 1)
}

@Test func `three failed cohorts suspend a partner for a minute`() {
  var turns = scheduler(window: 1)
  #expect(turns.bringDown("p") == 3)
  let suspension = turns.suspension(of: "p")
  #expect(suspension?.cause == .down)
  #expect(suspension?.until == now.adding(seconds: 60))
}

@Test func `a suspended partner gets one probe, and a failed probe doubles the wait`() {
  var turns = scheduler(window: 1)
  _ = turns.bringDown("p")
  for id in 0..<5 { turns.add(entry(Int64(id))) }
  var time = now
  for wait: Int64 in [60, 120, 240, 480, 900, 900] {
    #expect(turns.nextWake(after: time) == time.adding(seconds: wait) || wait == 60)
    #expect(turns.picks(at: time.adding(seconds: wait - 1)).isEmpty)
    time = time.adding(seconds: wait)
    turns.add(entry(time.milliseconds))
    #expect(turns.picks(at: time).count == 1)
    #expect(turns.picks(at: time.adding(seconds: 3_600)).isEmpty)
    turns.finished("p", .congested, now: time)
  }
}

@Test func `a good probe ends the suspension`() {
  var turns = scheduler(window: 1)
  _ = turns.bringDown("p")
  for id in 0..<9 { turns.add(entry(Int64(id))) }
  let later = now.adding(seconds: 60)
  #expect(turns.picks(at: later).count == 1)
  turns.finished("p", .healthy, now: later)
  #expect(turns.suspension(of: "p") == nil)
  #expect(turns.picks(at: later).count == 4)
}

@Test func `a probe that was not sent after all may be repeated`() {
  var turns = scheduler(window: 1)
  _ = turns.bringDown("p")
  turns.add(entry(1))
  turns.add(entry(2))
  let later = now.adding(seconds: 60)
  #expect(turns.picks(at: later).map(\.id) == [1])
  turns.finished("p", nil, now: later)
  #expect(turns.picks(at: later).map(\.id) == [2])
}

@Test func `what was under way when a suspension began does not change it`() {
  var turns = scheduler(window: 20)
  for id in 0..<20 { turns.add(entry(Int64(id))) }
  #expect(turns.picks().count == 20)
  turns.suspend("p", .credentials, until: now.adding(seconds: 900))
  // The answer that caused it is an answer, and so counts as a healthy connection.
  turns.finished("p", .healthy, now: now)
  #expect(turns.suspension(of: "p")?.cause == .credentials)
  for _ in 0..<19 { turns.finished("p", .congested, now: now) }
  #expect(turns.suspension(of: "p")?.cause == .credentials)
  #expect(turns.suspension(of: "p")?.until == now.adding(seconds: 900))
}

@Test func `a probe that finds the old trouble suspends anew`() {
  var turns = scheduler()
  turns.suspend("p", .credentials, until: now.adding(seconds: 900))
  turns.add(entry(1))
  let later = now.adding(seconds: 900)
  #expect(turns.picks(at: later).count == 1)
  turns.suspend("p", .credentials, until: later.adding(seconds: 900))
  turns.finished("p", .healthy, now: later)
  #expect(turns.suspension(of: "p")?.until == later.adding(seconds: 900))
}

@Test func `immediate danger probes a partner that is down after 30 seconds`() {
  var turns = scheduler(window: 1)
  _ = turns.bringDown("p")
  turns.add(entry(1, "p", .routine))
  #expect(turns.picks(at: now.adding(seconds: 30)).isEmpty)
  turns.add(entry(2, "p", .immediateDanger))
  #expect(turns.nextWake(after: now) == now.adding(seconds: 30))
  #expect(turns.picks(at: now.adding(seconds: 29)).isEmpty)
  #expect(turns.picks(at: now.adding(seconds: 30)).map(\.id) == [2])
}

@Test func `a demonstration shortens the probe in immediate danger, too`() {
  var turns = Scheduler(suspensionScale: 0.1)
  turns.configure("p", window: 1, limit: 20)
  _ = turns.bringDown("p")
  turns.add(entry(1, "p", .immediateDanger))
  #expect(turns.picks(at: now.adding(milliseconds: 2_999)).isEmpty)
  #expect(turns.picks(at: now.adding(milliseconds: 3_000)).map(\.id) == [1])
}

@Test func `danger does not probe a partner that is closed for other reasons`() {
  var turns = scheduler()
  turns.suspend("p", .security, until: nil)
  turns.add(entry(1, "p", .immediateDanger))
  #expect(turns.picks(at: now.adding(seconds: 86_400)).isEmpty)
  turns.resume("p")
  #expect(turns.picks().map(\.id) == [1])
}

@Test func `a partner that is down slows no other`() {
  var turns = scheduler(window: 2, partners: ["down", "up"])
  _ = turns.bringDown("down")
  for id in 0..<50 {
    turns.add(entry(Int64(id), "down"))
    turns.add(entry(Int64(100 + id), "up"))
  }
  #expect(turns.picks().map(\.partner) == ["up", "up"])
}

@Test func `all partners together never get more than the slots`() {
  let partners = (0..<40).map { "p\($0)" }
  var turns = scheduler(window: 20, partners: partners)
  for id in 0..<2_000 { turns.add(entry(Int64(id), partners[id % 40])) }
  #expect(turns.picks().count == SendingLimits.slots)
}

/// SplitMix64, so that a failing history can be repeated.
private struct Chance {
  var state: UInt64
  mutating func below(_ limit: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(limit))
  }
}

@Test(arguments: 1...200) func `no entry is lost or doubled and no window is exceeded`(
  _ seed: Int
) {
  var chance = Chance(state: UInt64(seed))
  let limit = 1 + chance.below(6)
  let partners = ["a", "b", "c"]
  var turns = scheduler(window: 1 + chance.below(8), limit: limit, partners: partners)
  var time = now
  var busy: [String: [Int64]] = [:]
  var waiting: Set<Int64> = []
  var picked: Set<Int64> = []
  for step in 0..<400 {
    switch chance.below(5) {
    case 0, 1:
      let partner = partners[chance.below(3)]
      turns.add(entry(Int64(step), partner, Priority.allCases[chance.below(3)]))
      waiting.insert(Int64(step))
    case 2:
      guard let partner = partners.first(where: { !(busy[$0] ?? []).isEmpty }) else { continue }
      busy[partner]?.removeLast()
      let feedback: PartnerFeedback? = [.healthy, .congested, nil][chance.below(3)]
      turns.finished(partner, feedback, now: time)
    case 3: time = time.adding(seconds: Int64(chance.below(120)))
    default:
      guard let next = turns.pick(now: time) else { continue }
      #expect(waiting.remove(next.id) != nil && picked.insert(next.id).inserted)
      busy[next.partner, default: []].append(next.id)
      #expect((busy[next.partner]?.count ?? 0) <= limit, "seed \(seed)")
    }
    let total = busy.values.reduce(0) { $0 + $1.count }
    #expect(turns.activeCount == waiting.count + total, "seed \(seed)")
  }
  for _ in 0..<5_000 where !waiting.isEmpty {
    for partner in partners {
      for _ in busy[partner] ?? [] { turns.finished(partner, .healthy, now: time) }
      busy[partner] = []
    }
    time = time.adding(seconds: 900)
    for next in turns.picks(at: time) {
      waiting.remove(next.id)
      busy[next.partner, default: []].append(next.id)
    }
  }
  #expect(waiting.isEmpty, "seed \(seed)")
}

@Test func `a partner that asks for time gets it, and no less by a later answer`() {
  var asked = scheduler()
  asked.add(entry(1))
  asked.giveTime("p", from: now, until: now.adding(seconds: 100))
  asked.giveTime("p", from: now, until: now.adding(seconds: 10))
  #expect(asked.picks().isEmpty)
  #expect(asked.nextWake(after: now) == now.adding(seconds: 100))
  #expect(asked.suspension(of: "p") == nil)
  #expect(asked.picks(at: now.adding(seconds: 100)).map(\.id) == [1])
}

@Test func `the time given is shorter for immediate danger and over when a person says so`() {
  var asked = scheduler()
  asked.add(entry(1, "p", .immediateDanger))
  asked.giveTime("p", from: now, until: now.adding(seconds: 100))
  #expect(asked.picks(at: now.adding(seconds: 29)).isEmpty)
  #expect(asked.picks(at: now.adding(seconds: 30)).map(\.id) == [1])
  asked.add(entry(2))
  asked.giveTime("p", from: now, until: now.adding(seconds: 300))
  #expect(asked.picks(at: now.adding(seconds: 200)).isEmpty)
  asked.resume("p")
  #expect(asked.picks(at: now.adding(seconds: 200)).map(\.id) == [2])
}

@Test func `the time given to one partner delays nobody else`() {
  var asked = scheduler(partners: ["p", "q"])
  asked.add(entry(1, "p"))
  asked.add(entry(2, "q"))
  asked.giveTime("p", from: now, until: now.adding(seconds: 100))
  #expect(asked.picks().map(\.id) == [2])
}
