/// Another configuration while the gateway runs: taken in whole, or refused and nothing changed.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct Reloading {
    @Test func `takes a new partner in while a delivery is under way`() async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: [["mode": "honest", "delay": "1"]])
      let hub = try await world.partner(.hub)
      let gateway = try await Gateway.running(world, [police])
      let slow = try gateway.deliver(Submission.fresh())
      _ = try await eventually("the attempt is under way") { police.journal().first }
      try gateway.register(.hub, at: hub.endpoint)
      gateway.program?.signal(SIGHUP)
      _ = try await gateway.reloaded(to: 2)
      let new = try gateway.deliver(Submission.fresh(to: [.hub]))
      _ = try await gateway.settled(new, "DELIVERED")
      let delivery = try await gateway.settled(slow, "DELIVERED")
      #expect(delivery["attempts"]?.integer == 1)
      #expect(police.journal().count == 1, "something was sent again")
    }

    @Test func `a bad file leaves what was in force and is named by line and column`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      let control = Control(world)
      let file = "etc/policies.d/politie-avim.toml"
      let good = try world.read(file)
      try world.write(file, good.replacing("detail = \"full\"", with: "detail = \"everything\""))
      #expect(try await control.status("config", "reload") == 78)
      #expect(control.output.contains("policies.d/politie-avim.toml:"), "\(control.output)")
      #expect(control.output.contains("stays in force"), "\(control.output)")
      gateway.program?.signal(SIGHUP)
      _ = try await eventually("the journal tells of it") {
        gateway.log.contains("\"configuration-refused\"")
          && gateway.log.contains("not reloaded: policies.d/politie-avim.toml:") ? true : nil
      }
      #expect(try gateway.status()["generation"]?.integer == 1)
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "DELIVERED")
      try world.write(file, good.replacing("version = 2", with: "version = 3"))
      #expect(try await control.status("config", "reload") == 0, "\(control.output)")
      #expect(try await control.status("partner", "show", "politie-avim", "--json") == 0)
      #expect(control.output.contains("\"policyVersion\":\"3\""), "\(control.output)")
    }

    @Test func `refuses by name what only a restart can change`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      let control = Control(world)
      let text = try world.read("etc/gateway.toml")
      try world.write(
        "etc/gateway.toml", text.replacing("\"../store\"", with: "\"../elsewhere\""))
      #expect(try await control.status("config", "reload") == 78)
      #expect(control.output.contains("[store]"), "\(control.output)")
      #expect(try gateway.status()["generation"]?.integer == 1)
    }

    @Test func `a disabled partner gets nothing, and what waited when it is enabled again`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(
        .police, plan: [["mode": "5xx"], ["mode": "honest"]])
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "DEFERRED")
      let file = "etc/partners.d/politie-avim.toml"
      let enabled = try world.read(file)
      try world.write(file, "enabled = false\n" + enabled)
      gateway.program?.signal(SIGHUP)
      _ = try await gateway.reloaded(to: 2)
      let another = try gateway.submit(Submission.fresh())
      #expect(another.status == 422, "\(text(another.lines))")
      let before = police.journal().count
      try await Task.sleep(for: .seconds(1.5))
      #expect(police.journal().count == before, "a disabled partner was sent something")
      try world.write(file, enabled)
      gateway.program?.signal(SIGHUP)
      _ = try await gateway.reloaded(to: 3)
      _ = try await gateway.settled(id, "DELIVERED")
    }

    @Test func `goes to a partner's new address, and to the old one no more`() async throws {
      let world = try World()
      let old = try await world.partner(.police)
      let other = try await world.partner(.hub)
      let gateway = try await Gateway.running(world, [old])
      let first = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(first, "DELIVERED")
      let file = "etc/partners.d/politie-avim.toml"
      try world.write(
        file, try world.read(file).replacing(old.endpoint, with: other.endpoint))
      gateway.program?.signal(SIGHUP)
      _ = try await gateway.reloaded(to: 2)
      _ = try gateway.deliver(Submission.fresh())
      _ = try await eventually("the new address is asked") { other.journal().first }
      #expect(old.journal().count == 1)
    }

    @Test func `loses and repeats nothing in twenty reloads under load`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      for round in Int64(1)...20 {
        for _ in 0..<5 { _ = try gateway.deliver(Submission.fresh()) }
        gateway.program?.signal(SIGHUP)
        _ = try await gateway.reloaded(to: round + 1)
      }
      _ = try await gateway.allDelivered(100)
      let report = try await police.report()
      #expect(report["effects"]?.integer == 100)
      #expect(report["repeated"]?.integer == 0)
    }

    @Test func `signals a daemon by its process id, and says when there is none`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      func signal(_ process: String) async throws -> Int32 {
        try await world.start(
          "signal-reload", Machine.programs + "/referrald",
          ["--config", world.folder + "/etc", "--signal-reload", process]
        ).ended()
      }
      let process = try #require(gateway.program?.processID)
      #expect(try await signal("\(process)") == 0)
      _ = try await gateway.reloaded(to: 2)
      let file = "etc/partners.d/politie-avim.toml"
      let good = try world.read(file)
      try world.write(file, "nonsense = 1\n" + good)
      #expect(try await signal("\(process)") == 78)
      try world.write(file, good)
      #expect(try gateway.status()["generation"]?.integer == 2)
      #expect(try await signal("0") == 64)
      #expect(try await signal("-1") == 64)
      #expect(try await signal("2147483646") == 66)
    }
  }
}

extension Gateway {
  @discardableResult
  func reloaded(to generation: Int64) async throws -> Bool {
    try await eventually("generation \(generation) is in force") {
      try status()["generation"]?.integer == generation ? true : nil
    }
  }
}
