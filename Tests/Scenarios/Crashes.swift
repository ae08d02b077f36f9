/// SIGKILL at any moment: nothing that was accepted is lost, and nothing takes effect twice.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

/// The same seed kills at the same moments. CRASH_SEED and CRASH_ROUNDS choose.
struct CrashPlan: Sendable, CustomTestStringConvertible {
  let seed: UInt64
  let rounds: Int
  let submissionsInRound = 20
  let killWithinMilliseconds: UInt64 = 300

  var testDescription: String { "CRASH_SEED=\(seed) CRASH_ROUNDS=\(rounds)" }

  static let chosen = {
    let environment = ProcessInfo.processInfo.environment
    return CrashPlan(
      seed: environment["CRASH_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1_000_000),
      rounds: environment["CRASH_ROUNDS"].flatMap(Int.init) ?? 10)
  }()
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// What a series of crashes left behind.
struct Aftermath {
  let submitted: Set<String>
  let report: JSONValue
  /// Offers that the partner counted, by delivery.
  let offers: [String: Int]
  /// Attempts on record, by delivery.
  let attempts: [String: Int]
  /// Attempts that a crash cut off.
  let unknown: Int

  /// Requests that left without a trace.
  var unrecorded: Int { offers.reduce(0) { $0 + max(0, $1.value - (attempts[$1.key] ?? 0)) } }
}

extension Scenarios {
  @Suite(needsPython) struct Crashes {
    @Test(arguments: [CrashPlan.chosen])
    func `has each submission take effect once, however often it is killed`(_ plan: CrashPlan)
      async throws
    {
      let aftermath = try await crash(plan)
      let report = aftermath.report
      #expect(report["effects"]?.integer == Int64(aftermath.submitted.count))
      #expect(report["documents"]?.integer == Int64(aftermath.submitted.count))
      #expect(report["repeated"]?.integer == 0)
      let reached = (report["byContent"]?.elements ?? []).compactMap { $0["referralId"]?.text }
      #expect(Set(reached) == aftermath.submitted)
      #expect(aftermath.unrecorded == 0, "attempts left no record")
      #expect(aftermath.unknown > 0, "no kill met an attempt under way")
    }

    /// The test above must be able to fail.
    @Test(arguments: [CrashPlan(seed: CrashPlan.chosen.seed, rounds: 3)])
    func `sees attempts without a record when the request leaves first`(_ plan: CrashPlan)
      async throws
    {
      let aftermath = try await crash(plan, fault: "push-before-begin")
      #expect(aftermath.unrecorded > 0)
    }

    private func crash(_ plan: CrashPlan, fault: String = "") async throws -> Aftermath {
      let world = try World()
      // A partner that takes its time is met by more kills.
      let police = try await world.partner(.police, plan: [["mode": "honest", "delay": "0.1"]])
      let gateway = try Gateway(
        world, endpoints: [(.police, police.endpoint)],
        edit: { file, text in
          file.hasPrefix("partners.d") ? text + "window_initial = 20\n" : text
        })
      var generator = SeededGenerator(plan.seed)
      var unanswered: [Submission] = []
      var submitted: Set<String> = []
      for _ in 0..<plan.rounds {
        try await gateway.start(environment: ["REFERRAL_PLANT": fault])
        let pid = try #require(gateway.program).processIdentifier
        let delay = generator.next() % (plan.killWithinMilliseconds + 1)
        let killer = Task {
          try await Task.sleep(for: .milliseconds(delay))
          _ = Foundation.kill(pid, SIGKILL)
        }
        let fresh = try (0..<plan.submissionsInRound).map { _ in try Submission.fresh() }
        submitted.formUnion(fresh.map(\.referralID))
        unanswered = await submit(unanswered + fresh, to: gateway)
        try await killer.value
        gateway.kill()
      }
      try await gateway.start(environment: ["REFERRAL_PLANT": fault])
      unanswered = await submit(unanswered, to: gateway)
      #expect(unanswered.isEmpty)
      let deliveries = try await gateway.allDelivered(submitted.count, within: 120)
      return try await look(gateway, police, submitted, deliveries)
    }

    /// Those that got no answer and must be handed in again.
    private func submit(_ submissions: [Submission], to gateway: Gateway) async -> [Submission] {
      var unanswered: [Submission] = []
      for submission in submissions {
        await Task.yield()
        if (try? gateway.submit(submission))?.status != 200 { unanswered.append(submission) }
      }
      return unanswered
    }

    private func look(
      _ gateway: Gateway, _ police: IndependentPartner, _ submitted: Set<String>,
      _ deliveries: [JSONValue]
    ) async throws -> Aftermath {
      var attempts: [String: Int] = [:]
      var unknown = 0
      for id in deliveries.compactMap({ $0["id"]?.text }) {
        let list = try gateway.show(id)["attemptList"]?.elements ?? []
        attempts[id] = list.count
        unknown += list.filter { $0["outcome"]?.text == "unknown" }.count
      }
      let offers = police.journal().compactMap { $0["id"]?.text }
      return Aftermath(
        submitted: submitted, report: try await police.report(),
        offers: Dictionary(offers.map { ($0, 1) }, uniquingKeysWith: +), attempts: attempts,
        unknown: unknown)
    }
  }
}
