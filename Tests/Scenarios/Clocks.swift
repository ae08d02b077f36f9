/// Whose clock is wrong, by what the partners' answers say of the time.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

extension Scenarios {
  @Suite(needsPython) struct Clocks {
    private static let rightTime: JSONValue = ["mode": "5xx", "clockAhead": 0]

    @Test(.enabled(if: Machine.faketime != nil, "there is no libfaketime: apt install faketime"))
    func `accepts nothing while most partners say that our clock is wrong, and then again`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(
        .police, plan: [Self.rightTime, Self.rightTime, Self.rightTime, ["mode": "honest"]])
      try world.write("clock", "+400")
      let gateway = try await Gateway.running(
        world, [police], environment: try Machine.clock(in: world.folder + "/clock"))
      let waiting = try gateway.deliver(Submission.fresh())
      _ = try await eventually("three answers tell the time") {
        try gateway.status()["clockSkew"]?["standing"]?.text == "wrong" ? true : nil
      }
      #expect(try gateway.status()["accepting"]?.flag == false)
      let control = Control(world)
      try world.write("new.json", Submission.fresh())
      let new = world.folder + "/new.json"
      #expect(try await control.status("submit", "--json", new) == 75)
      #expect(control.output.contains("clock-suspect"), "\(control.output)")
      #expect(try await control.status("health", "ready") == 1)
      #expect(control.output.contains("health deep"), "\(control.output)")
      #expect(try await control.status("alarms") == 1)
      #expect(control.output.contains("clock-differs"), "\(control.output)")
      #expect(gateway.log.contains("\"clock-differs\""))
      // Deliveries go on; nothing ends because of it.
      _ = try await eventually("it is tried again") {
        police.journal().count >= 4 ? true : nil
      }
      let state = try gateway.show(waiting)["state"]?.text ?? ""
      #expect(["DEFERRED", "QUEUED", "SENDING", "DELIVERED"].contains(state), "\(state)")
      try world.write("clock", "+0")
      _ = try await eventually("the right time is followed without a restart") {
        try gateway.status()["accepting"]?.flag == true ? true : nil
      }
      #expect(try await control.status("submit", "--wait", "20", new) == 0)
    }

    @Test func `one partner with another time than the rest is an alarm about that partner`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police, plan: [["mode": "honest", "clockAhead": 0]])
      let hub = try await world.partner(.hub, plan: [["mode": "5xx", "clockAhead": 400]])
      let gateway = try await Gateway.running(world, [police, hub])
      for partner in [Identity.police, .police, .police, .hub] {
        _ = try gateway.deliver(Submission.fresh(to: [partner]))
      }
      _ = try await eventually("the partner's clock is known") {
        let partners = try gateway.status()["partners"]?.elements ?? []
        let hub = partners.first { $0["code"]?.text == Identity.hub.code }
        return (hub?["clockAheadSeconds"]?.integer ?? 0) > 390 ? true : nil
      }
      #expect(try gateway.status()["accepting"]?.flag == true)
      #expect(try gateway.status()["clockSkew"]?["standing"]?.text == "good")
      let control = Control(world)
      #expect(try await control.status("alarms", "--json") == 1)
      #expect(control.output.contains("\"partner-clock\""), "\(control.output)")
      #expect(control.output.contains("\"clock-differs\"") == false, "\(control.output)")
      let metrics = try gateway.metrics()
      #expect(metrics["referral_gateway_clock_in_doubt"] == 0)
      let ahead = "referral_gateway_partner_clock_ahead_seconds{partner=\"emm\"}"
      #expect(metrics[ahead] ?? 0 > 390)
    }

    @Test func `a partner that takes a fresh document for an expired one ends nothing`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(
        .police,
        plan: [["mode": "rejection", "code": "message-expired"], ["mode": "honest"]])
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DELIVERED", attempts: 2)
      let outcomes = delivery["attemptList"]?.elements?.map { $0["outcome"]?.text }
      #expect(outcomes == ["clock", "done"])
      #expect(delivery["answer"]?.text == "none")
      #expect(gateway.log.contains("\"alarm\":\"clock-suspect\""), "\(gateway.log)")
      #expect(police.journal().count == 2)
    }
  }
}
