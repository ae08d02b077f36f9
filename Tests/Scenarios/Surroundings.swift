/// The machine around the gateway goes wrong: its clock jumps, its descriptors run out.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

extension Scenarios {
  @Suite(needsPython) struct Surroundings {
    @Test(
      .enabled(if: Machine.faketime != nil, "there is no libfaketime: apt install faketime"),
      arguments: ["-7200", "+2592000", "@1970-01-01 00:00:10"])
    func `nothing ends because the clock jumps, and nothing is accepted meanwhile`(_ jump: String)
      async throws
    {
      let world = try World()
      let police = try await world.partner(
        .police, plan: ["5xx", "5xx", ["mode": "honest", "delay": "1"]])
      try world.write("clock", "+0")
      let gateway = try await Gateway.running(
        world, [police], retryScale: 0.2,
        environment: try Machine.clock(in: world.folder + "/clock"))
      var told: Set<String> = []
      for _ in 0..<2 {
        let waiting = try gateway.deliver(Submission.fresh())
        told.insert(waiting)
        _ = try await gateway.settled(waiting, "DEFERRED")
      }
      let underWay = try gateway.deliver(Submission.fresh())
      told.insert(underWay)
      _ = try await gateway.settled(underWay, "SENDING")
      try world.write("clock", jump)
      _ = try await eventually("the jump is seen") {
        try gateway.status()["clockSuspect"]?["wall"]?.text
      }
      #expect(try gateway.status()["accepting"]?.flag == false)
      let control = Control(world)
      try world.write("new.json", Submission.fresh())
      let new = world.folder + "/new.json"
      #expect(try await control.status("submit", "--json", new) == 75)
      #expect(control.output.contains("clock-suspect"), "\(control.output)")
      // Long enough for each to be tried; a new connection may be refused by the wrong clock.
      _ = try await eventually("each was tried") { police.journal().count > 2 ? true : nil }
      for delivery in try gateway.deliveries() {
        let open = ["QUEUED", "SENDING", "DEFERRED", "DELIVERED"]
        #expect(open.contains(delivery["state"]?.text ?? ""), "\(text(delivery))")
      }
      try world.write("clock", "+0")
      _ = try await gateway.allDelivered(3)
      _ = try await eventually("it accepts again") {
        try gateway.status()["accepting"]?.flag == true ? true : nil
      }
      #expect(try await control.status("submit", "--wait", "20", new) == 0)
      told.formUnion(try gateway.deliveries().compactMap { $0["id"]?.text })
      #expect(gateway.log.contains("clock-suspect") && gateway.log.contains("clock-agrees"))
      try await gateway.balance(told)
      let report = try await police.report()
      #expect(report["effects"]?.integer == 4 && report["repeated"]?.integer == 0)
    }

    /// The test above must be able to fail.
    @Test(.enabled(if: Machine.faketime != nil, "there is no libfaketime: apt install faketime"))
    func `sees a referral expire when every time is believed`() async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: ["5xx"])
      try world.write("clock", "+0")
      let gateway = try await Gateway.running(
        world, [police], retryScale: 1,
        environment: try Machine.clock(in: world.folder + "/clock")
          .merging(["REFERRAL_PLANT": "believe-the-clock"]) { $1 })
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "DEFERRED")
      try world.write("clock", "+\(86 * 86_400)")
      _ = try await gateway.settled(id, "EXPIRED")
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/prlimit")))
    func `waits when descriptors run out, and goes on when there are some`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try Gateway(world, endpoints: [(.police, police.endpoint)], retryScale: 0.05)
      try await gateway.start()
      let pid = try #require(gateway.program).processIdentifier
      let limit = try softLimit(of: pid)
      // The submission comes over a connection that is open already.
      let early = try UnixSocket(connectedTo: world.folder + "/admin.sock")
      _ = try await eventually("the connection is taken") { () -> AdminReply? in
        try gateway.admin.send("GET", "/v1/status")
      }
      #expect(try setLimit(1, of: pid) == 0)
      let body = try Submission.fresh().octets
      let head =
        "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
      try early.write(Array(head.utf8) + body)
      _ = try await eventually("an attempt finds no descriptor") {
        gateway.log.contains("\"outcome\":\"transient\"") ? true : nil
      }
      let admin = gateway.admin
      async let late = Task.detached { try admin.send("GET", "/v1/deliveries") }.value
      _ = try await eventually("a connection waits") {
        gateway.log.contains("connection-waits") ? true : nil
      }
      #expect(police.journal().isEmpty)
      #expect(try setLimit(limit, of: pid) == 0)
      let id = try #require(try await late.lines.first?["id"]?.text)
      _ = try await gateway.settled(id, "DELIVERED")
      try await gateway.balance([id])
      #expect(police.journal().count == 1)
    }

    private func softLimit(of pid: Int32) throws -> Int {
      let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
      let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
      guard let soft = line?.split(separator: " ").compactMap({ Int($0) }).first else {
        throw Stuck(description: limits)
      }
      return soft
    }

    /// A new descriptor must be below the limit; those that are open stay.
    private func setLimit(_ count: Int, of pid: Int32) throws -> Int32 {
      try Machine.run("/usr/bin/prlimit", ["--pid", "\(pid)", "--nofile=\(count):"])
    }
  }
}
