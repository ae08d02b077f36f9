/// Start and stop under systemd: readiness said, what is under way finished, the rest kept.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

extension Scenarios {
  @Suite(needsPython) struct Stopping {
    @Test func `finishes what is under way and delivers the rest once after a restart`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police, plan: [["mode": "honest", "delay": "0.5"]])
      let gateway = try await Gateway.running(world, [police])
      for _ in 0..<10 { _ = try gateway.deliver(Submission.fresh()) }
      _ = try await eventually("an attempt is under way") { police.journal().first }
      #expect(try await gateway.stop() == 0)
      let before = police.journal().count
      #expect(before < 10, "nothing was left for the restart")
      try await gateway.start()
      for delivery in try await gateway.allDelivered(10) {
        let shown = try gateway.show(delivery["id"]?.text ?? "")
        let outcomes = shown["attemptList"]?.elements?.map { $0["outcome"]?.text }
        #expect(outcomes == ["done"])
      }
      let report = try await police.report()
      #expect(report["effects"]?.integer == 10)
      #expect(report["offers"]?.integer == 10)
      #expect(report["repeated"]?.integer == 0)
    }

    @Test func `a second one on the same store ends at once, and the first does not notice`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      let settings = try world.read("etc/gateway.toml")
      try world.write("etc/gateway.toml", settings.replacing("admin.sock", with: "other.sock"))
      let second = try world.start(
        "second", "/usr/bin/env",
        [Machine.programs + "/referrald", "--config", world.folder + "/etc"])
      #expect(try await second.ended() == 75)
      #expect(second.log.contains("another gateway has the store"), "\(second.log)")
      #expect(second.log.contains("end that one first"), "\(second.log)")
      #expect(!FileManager.default.fileExists(atPath: world.folder + "/other.sock"))
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "DELIVERED")
      #expect(try await gateway.stop() == 0)
      try world.write("etc/gateway.toml", settings)
      try await gateway.start()
    }

    @Test func `tells systemd when it is ready and when it stops`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let path = world.folder + "/notify.sock"
      let systemd = try UnixSocket(receivingAt: path)
      let gateway = try await Gateway.running(
        world, [police], environment: ["NOTIFY_SOCKET": path])
      let ready = try await eventually("the gateway is ready") { systemd.datagram() }
      #expect(ready.split(separator: "\n").contains("READY=1"))
      #expect(try await gateway.stop() == 0)
      // Signs of life may come before it.
      _ = try await eventually("the gateway says that it stops") {
        systemd.datagram().flatMap { $0.contains("STOPPING=1") ? $0 : nil }
      }
    }
  }
}
