/// One life of the gateway on a disk that fails, the life after it, and what must be true then.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

/// Which calls of the store fail, one in each trial. FAULT_STRIDE=1 takes every one of them
/// (scripts/crash-every-call); FAULT_FIRST repeats a trial.
struct FaultPlan: Sendable, CustomTestStringConvertible {
  let first: Int
  let stride: Int

  var testDescription: String { "FAULT_FIRST=\(first) FAULT_STRIDE=\(stride)" }
  /// Lives without a fault in a row that end the series.
  var livesAtTheEnd: Int { stride == 1 ? 3 : 1 }

  static func chosen(_ standard: Int) -> FaultPlan {
    let environment = ProcessInfo.processInfo.environment
    let stride = environment["FAULT_STRIDE"].flatMap(Int.init) ?? standard
    return FaultPlan(
      first: environment["FAULT_FIRST"].flatMap(Int.init) ?? Int.random(in: 1...stride),
      stride: stride)
  }

  /// Runs trials with a fault at one call after the other until nothing fails any more.
  func series(_ trial: (_ call: Int) async throws -> Ending) async throws -> [Ending] {
    var endings: [Ending] = []
    var call = first
    while endings.suffix(livesAtTheEnd).count(where: { $0 == .alive }) < livesAtTheEnd {
      endings.append(try await trial(call))
      call += stride
    }
    return endings
  }
}

enum Ending: Equatable {
  /// It did everything and stopped in order.
  case alive
  case killed
  /// It ended by itself, with this status.
  case ended(Int32)
}

final class Trial {
  let gateway: Gateway
  private let police: IndependentPartner
  /// Handed in at once, so that they share a commit.
  private let single: [Submission]
  /// Three revisions of one referral, in order; the last withdraws it.
  private let chain: [Submission]
  /// Deliveries that the case system was told of.
  private var told: Set<String> = []

  /// A store of its own in a world that many trials share.
  init(_ world: World, _ police: IndependentPartner) throws {
    self.police = police
    try? FileManager.default.removeItem(atPath: world.folder + "/store")
    gateway = try Gateway(world, endpoints: [(.police, police.endpoint)])
    single = try (0..<3).map { _ in try Submission.fresh() }
    let first = try Submission.fresh()
    chain = [first, first.corrected(2), first.withdrawn(3)]
  }

  /// Its answers get lost now and then; it lives long enough for a trial of every call.
  static func partner(_ world: World) async throws -> IndependentPartner {
    let plan: [JSONValue] = (0..<8_000).map { n in
      [3, 8].contains(n % 10) ? "lost-answer" : "honest"
    }
    return try await world.partner(.police, plan: plan, options: ["--lifetime", "7200"])
  }

  /// The first life, with a fault in it.
  func live(environment: [String: String]) async throws -> Ending {
    let program = try gateway.launch(environment: environment)
    _ = try await eventually("the gateway answers or is gone") { () -> Bool? in
      !program.isRunning || (try? gateway.admin.send("GET", "/v1/status")) != nil ? true : nil
    }
    await handIn()
    _ = try await eventually("everything has ended, or the gateway", within: 120) {
      try isDone(program)
    }
    if program.isRunning { program.signal(SIGTERM) }
    return try await program.ending()
  }

  /// The work of one trial; what it gets stuck at is told with what can be seen of it.
  func noting<Value>(_ call: Int, _ work: () async throws -> Value) async throws -> Value {
    do {
      return try await work()
    } catch {
      let all = (try? gateway.deliveries()) ?? []
      throw Stuck(description: "call \(call): \(error); \(text(all)); log: \(gateway.log)")
    }
  }

  /// Nil while there is something to wait for.
  private func isDone(_ program: Program) throws -> Bool? {
    guard program.isRunning else { return true }
    guard let all = try? gateway.deliveries(), !all.isEmpty else { return nil }
    let states = all.compactMap { $0["state"]?.text }
    return states.allSatisfy { ["DELIVERED", "CANCELLED"].contains($0) } ? true : nil
  }

  /// Everything, as a case system does that repeats what was not answered.
  @discardableResult
  func handIn() async -> [AdminReply] {
    let gateway = self.gateway.admin
    var replies = await withTaskGroup(of: AdminReply?.self) { group in
      for submission in single {
        group.addTask { try? gateway.send("POST", "/v1/submissions", submission.octets) }
      }
      var all: [AdminReply] = []
      for await case let reply? in group { all.append(reply) }
      return all
    }
    for submission in chain {
      // A revision needs the one before it.
      guard let reply = try? gateway.send("POST", "/v1/submissions", submission.octets) else {
        break
      }
      replies.append(reply)
      if reply.status != 200 { break }
    }
    for reply in replies where reply.status == 200 { told.formUnion(reply.deliveries) }
    return replies
  }

  /// The second life, without a fault: everything that was accepted is there and arrives once.
  func recover(_ note: Comment) async throws {
    try await gateway.start()
    let before = told
    let replies = await handIn()
    #expect(replies.count == 6 && replies.allSatisfy { $0.status == 200 }, note)
    let all = try await eventually("everything has ended", within: 120) {
      let all = try gateway.deliveries()
      let states = all.compactMap { $0["state"]?.text }
      return states.allSatisfy { ["DELIVERED", "CANCELLED"].contains($0) } ? all : nil
    }
    #expect(before.isSubset(of: all.compactMap { $0["id"]?.text }), note)
    try await gateway.balance(told)
    try await look(note)
  }

  /// What the partner has seen.
  private func look(_ note: Comment) async throws {
    let effects = try await police.report()["byContent"]?.elements ?? []
    for submission in single {
      let ours = effects.filter { $0["referralId"]?.text == submission.referralID }
      #expect(ours.map { $0["count"]?.integer } == [1], note)
    }
    let ours = effects.filter { $0["referralId"]?.text == chain[0].referralID }
    #expect(ours.allSatisfy { $0["count"]?.integer == 1 }, note)
    let revisions = try police.revisions(of: chain[0].referralID)
    #expect(revisions == revisions.sorted(), note)
    // What reached the partner was withdrawn there.
    #expect(revisions.isEmpty || revisions.last == 3, note)
  }
}

extension Program {
  func ending(within seconds: Double = 30) async throws -> Ending {
    _ = try await eventually("\(name) ends", within: seconds) { isRunning ? nil : true }
    return switch exitStatus {
    case nil: .killed
    case 0?: .alive
    case let status?: .ended(status)
    }
  }
}
