/// Partners that break TLS and HTTP: no octets of theirs become an answer, and nobody else waits.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

/// One misdeed of Tests/Support/offender.py and what the daemon must make of it.
struct Offence: Sendable, CustomTestStringConvertible {
  let mode: String
  var outcome = "transient"
  let error: String?
  var status: Int64?
  var state = "DEFERRED"
  var alarm: String?
  var suspended: String?

  var testDescription: String { mode }
  /// In this table an outcome is the reason for its state.
  var reason: String { outcome }

  static let all = [
    Offence(mode: "cut-body", error: "reset"),
    Offence(mode: "short-body", error: "reset"),
    // libcurl 7.88 takes the next four for complete answers.
    Offence(mode: "until-close", error: "bad-framing"),
    Offence(mode: "until-cut", error: "bad-framing"),
    Offence(mode: "length-and-chunks", error: "bad-framing"),
    Offence(mode: "two-lengths", error: "bad-framing"),
    Offence(mode: "cut-chunks", error: "reset"),
    Offence(mode: "endless-head", error: "too-large"),
    Offence(mode: "endless-interim", error: "too-large"),
    Offence(mode: "oversize", error: "too-large"),
    Offence(mode: "oversize-chunks", error: "too-large"),
    Offence(mode: "not-http", error: "bad-framing"),
    Offence(mode: "plain-text", error: "tls-other"),
    Offence(mode: "reset", error: "reset"),
    Offence(mode: "reset-in-body", error: "reset"),
    Offence(mode: "half-open", error: "timeout"),
    Offence(mode: "redirect", outcome: "refused-unsigned", error: nil, status: 307),
    Offence(
      mode: "alert", outcome: "credentials", error: "tls-peer-refused", state: "HELD",
      alarm: "credentials", suspended: "credentials"),
    Offence(
      mode: "alert-tls12", outcome: "credentials", error: "tls-peer-refused", state: "HELD",
      alarm: "credentials", suspended: "credentials"),
  ]
}

extension Scenarios {
  @Suite(needsPython) struct Offenders {
    /// What an answer without bounds may cost the daemon.
    private static let memoryKiB = 65_536

    @Test(arguments: Offence.all)
    func `ends where the table says, and a healthy partner is served meanwhile`(
      _ offence: Offence
    ) async throws {
      let world = try World()
      let offender = try await world.offender(offence.mode)
      let care = try await world.partner(.care)
      let gateway = try Gateway(
        world, endpoints: [(.police, offender.endpoint), (.care, care.endpoint)], retryScale: 1)
      try await gateway.start()
      let before = try gateway.peakMemoryKiB()
      let (id, healthy) = try gateway.deliverToBoth()
      let delivery = try await gateway.settled(id, offence.state)
      _ = try await gateway.settled(healthy, "DELIVERED")
      #expect(offender.program.log.contains("offended"), "the misdeed did not happen")
      #expect(!offender.program.log.contains("followed"))
      #expect(delivery["reason"]?.text == offence.reason)
      #expect(delivery["answer"]?.text == "none")
      #expect(delivery["deliveredAt"] == nil)
      #expect(delivery["acknowledgements"]?.elements?.isEmpty == true)
      let attempt = try #require(delivery["attemptList"]?.elements?.first)
      #expect(attempt["outcome"]?.text == offence.outcome)
      #expect(attempt["error"]?.text == offence.error, "\(text(attempt))")
      #expect(attempt["status"]?.integer == offence.status)
      #expect(try gateway.suspension(of: .police) == offence.suspended)
      #expect(try gateway.suspension(of: .care) == nil)
      #expect(try gateway.peakMemoryKiB() - before < Self.memoryKiB)
      #expect(try await gateway.stop() == 0)
      gateway.hasSaid(alarm: offence.alarm, about: id)
      let kept = try await gateway.kept().filter { $0.partner == Identity.police.code }
      #expect(kept.map(\.outcome) == [offence.outcome])
      #expect(kept.map(\.hasAnswer) == [offence.status != nil], "a piece is no answer")
    }

    /// Both wait out a limit of libcurl's clock: 15 s of silence, 30 s in all.
    @Test func `gives up on one that is silent and one that never ends, and serves the third`()
      async throws
    {
      let world = try World()
      let silent = try await world.offender("silent")
      let slow = try await world.offender("one-octet-a-second", as: .hub)
      let care = try await world.partner(.care)
      let gateway = try Gateway(
        world,
        endpoints: [
          (.police, silent.endpoint), (.hub, slow.endpoint), (.care, care.endpoint),
        ], retryScale: 1)
      try await gateway.start()
      let ids = try [Identity.police, .hub].map { partner in
        try gateway.deliver(Submission.fresh("01-kitchen-workers", to: [partner]))
      }
      _ = try await eventually("both are asked") {
        [silent, slow].allSatisfy { $0.program.log.contains("offended") } ? true : nil
      }
      let healthy = try gateway.deliver(Submission.fresh("22-mononym", to: [.care]))
      let served = try await gateway.settled(healthy, "DELIVERED")
      for id in ids {
        let delivery = try await gateway.settled(id, "DEFERRED", within: 120)
        let attempt = try #require(delivery["attemptList"]?.elements?.first)
        #expect(delivery["reason"]?.text == "transient")
        #expect(attempt["error"]?.text == "timeout")
        let ended = try moment(attempt["endedAt"])
        #expect(try moment(served["deliveredAt"]) < ended, "the healthy partner had to wait")
      }
    }

    /// What is left on a kept connection is no answer to the next request on it.
    @Test func `takes no answer that came before the question`() async throws {
      let world = try World()
      let offender = try await world.offender("answer-twice")
      let gateway = try Gateway(
        world, endpoints: [(.police, offender.endpoint)], retryScale: 1)
      try await gateway.start()
      for turn in 1...3 {
        let id = try gateway.deliver(Submission.fresh())
        let delivery = try await gateway.settled(id, "DEFERRED", "HELD")
        #expect(delivery["reason"]?.text == "transient", "\(text(delivery))")
        let attempt = delivery["attemptList"]?.elements?.first
        #expect(attempt?["status"]?.integer == 503)
        _ = try await eventually("it answers twice") {
          offender.program.log.split(separator: "\n").count { $0 == "answered twice" } >= turn
            ? true : nil
        }
      }
    }

    @Test(arguments: [
      ("https://nobody.invalid/v1/referrals", "resolve"), ("", "connect"),
    ])
    func `waits where nobody can be reached`(_ url: String, _ error: String) async throws {
      let world = try World()
      let care = try await world.partner(.care)
      let nobody = url.isEmpty ? "https://127.0.0.1:\(try freePort())/v1/referrals" : url
      let gateway = try Gateway(
        world, endpoints: [(.police, nobody), (.care, care.endpoint)], retryScale: 1)
      try await gateway.start()
      let (id, healthy) = try gateway.deliverToBoth()
      let delivery = try await gateway.settled(id, "DEFERRED")
      _ = try await gateway.settled(healthy, "DELIVERED")
      #expect(delivery["reason"]?.text == "transient")
      #expect(delivery["attemptList"]?.elements?.first?["error"]?.text == error)
      #expect(try gateway.suspension(of: .police) == nil)
    }
  }
}

/// A running Tests/Support/offender.py.
struct Offender {
  let program: Program
  let port: Int

  var endpoint: String { "https://127.0.0.1:\(port)/v1/referrals" }
}

extension World {
  func offender(_ mode: String, as identity: Identity = .police) async throws -> Offender {
    let anchors = mode.hasPrefix("alert") ? "rogue-anchors" : "anchors"
    let program = try start(
      "offender-\(identity.code)", Machine.python,
      [
        "-B", PackageFolder.path + "/Tests/Support/offender.py", mode, "--certificate",
        "\(pki)/\(identity.code)-server-chain.pem", "--key", "\(pki)/\(identity.code)-server.key",
        "--client-anchors", "\(pki)/\(anchors).pem",
      ])
    return Offender(program: program, port: try await listeningPort(program))
  }
}

extension Gateway {
  /// One referral to the police and to care; the ids of both deliveries.
  fileprivate func deliverToBoth() throws -> (police: String, care: String) {
    let reply = try submit(Submission.fresh("22-mononym", to: [.police, .care]))
    let made = reply.lines.first?["deliveries"]?.elements ?? []
    func id(_ partner: Identity) -> String? {
      made.first { $0["partner"]?.text == partner.code }?["id"]?.text
    }
    guard reply.status == 200, let police = id(.police), let care = id(.care) else {
      throw Stuck(description: "not accepted: \(text(reply.lines))")
    }
    return (police, care)
  }

  /// The most that the daemon ever had in memory.
  fileprivate func peakMemoryKiB() throws -> Int {
    let pid = program?.processIdentifier ?? 0
    let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    guard let kib = line?.split(separator: " ").dropLast().last.flatMap({ Int($0) }) else {
      throw Stuck(description: "no VmHWM of \(pid)")
    }
    return kib
  }
}
