/// Many histories of gateway and partners, each from a seed: what is promised holds in all of them.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Sending
import Testing

/// `SIMULATION_SEEDS` asks for more, `SIMULATION_FIRST_SEED` for others.
private func number(_ name: String, _ standard: UInt64) -> UInt64 {
  ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? standard
}

/// Other tests share the few threads: between two histories they get their turn.
private func history(_ seed: UInt64, _ bug: PlantedBug? = nil) async -> World {
  await Task.yield()
  var world = World(seed: seed, bug: bug)
  world.run()
  return world
}

@Test func `every delivery has one effect or visibly none, whatever fails`() async {
  let first = number("SIMULATION_FIRST_SEED", 1)
  var tally = Tally()
  for seed in first..<(first + number("SIMULATION_SEEDS", 1_500)) {
    let world = await history(seed)
    tally += world.tally
    if let violation = world.violations.first {
      Issue.record("seed \(seed): \(violation)")
      return
    }
  }
  #expect(tally.delivered > tally.deliveries / 2, "\(tally)")
  for (name, count) in [
    ("crashes", tally.crashes), ("late results", tally.late),
    ("late receipts", tally.lateReceipts), ("repeated attempts", tally.repeated),
    ("superseded while sending", tally.supersededWhileSending),
    ("suspensions", tally.suspensions), ("clock jumps", tally.clockDoubts),
    ("steps on a full disk", tally.full), ("ended without delivery", tally.expired),
  ] {
    #expect(count > 0, "no \(name) from seed \(first) on")
  }
}

@Test(arguments: PlantedBug.allCases) func `finds a planted bug within 300 seeds`(
  _ bug: PlantedBug
) async {
  for seed in UInt64(1)...300 {
    if await !history(seed, bug).violations.isEmpty { return }
  }
  Issue.record("\(bug.rawValue) was not found")
}

@Test func `the same seed gives the same history`() async {
  for seed in UInt64(1)...20 {
    let (one, other) = (await history(seed), await history(seed))
    #expect(one.now == other.now && one.serial == other.serial)
    #expect(one.disk.deliveries.map(\.progress) == other.disk.deliveries.map(\.progress))
  }
}
