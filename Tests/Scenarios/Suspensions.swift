/// When a partner as a whole gets nothing: suspended with a probe, or gone until a person says so.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

extension Scenarios {
  @Suite(needsPython) struct Suspensions {
    /// Of the waits in service, one hundredth: probes come 9 s apart.
    private static let probeSeconds = 900 * 0.01

    /// Two partners in one test, because both are probed twice.
    @Test func `probes with one delivery until the partner is well, and holds what was refused`()
      async throws
    {
      let world = try World()
      let forbidden = OutcomeRow.problem(403, "not-authorized")
      let police = try await world.partner(.police, plan: [forbidden, forbidden, "honest"])
      let unknown = OutcomeRow.problem(404, "unknown-endpoint")
      let hub = try await world.partner(
        .hub, plan: Array(repeating: unknown, count: 7) + ["honest"])
      let care = try await world.partner(.care)
      let gateway = try await Gateway.running(world, [police, hub, care])
      try await refuse(gateway, deliveries: 3, of: .hub, for: "refused-unsigned")
      let held = try await refuse(gateway, deliveries: 1, of: .police, for: "credentials")
      let (first, second) = (try deliver(gateway, to: .police), try deliver(gateway, to: .police))
      let (third, fourth) = (try deliver(gateway, to: .hub), try deliver(gateway, to: .hub))
      _ = try await gateway.settled(deliver(gateway, to: .care), "DELIVERED")
      #expect(try gateway.suspension(of: .police) == "credentials")
      #expect(try gateway.suspension(of: .hub) == "refused-unsigned")

      let refused = try await gateway.settled(first, "HELD", within: 60)
      #expect(refused["reason"]?.text == "credentials")
      #expect(try gateway.show(second)["attempts"]?.integer == 0, "more than one was sent")
      _ = try await gateway.settled(third, "DEFERRED", within: 60)
      #expect(try gateway.suspension(of: .hub) == "refused-unsigned", "one refusal ended it")
      #expect(try gateway.show(fourth)["attempts"]?.integer == 0, "more than one was sent")

      for id in [second, third, fourth] {
        _ = try await gateway.settled(id, "DELIVERED", within: 60)
      }
      try areApart(gateway, [held, first, second])
      for partner in [Identity.police, .hub] {
        try await gateway.suspension(of: partner, becomes: nil)
      }
      #expect(try gateway.show(held)["state"]?.text == "HELD", "HELD waits for a person")
      try gateway.resend(held)
      _ = try await gateway.settled(held, "DELIVERED")
      #expect(try await gateway.stop() == 0)
      let causes = gateway.events("partner-suspended").map { event in
        "\(event["partner"]?.text ?? "") \(event["cause"]?.text ?? "")"
      }
      #expect(
        causes.sorted() == [
          "emm refused-unsigned", "emm refused-unsigned", "politie-avim credentials",
          "politie-avim credentials",
        ])
    }

    private func deliver(_ gateway: Gateway, to partner: Identity) throws -> String {
      let example = partner == .care ? "22-mononym" : "01-kitchen-workers"
      return try gateway.deliver(Submission.fresh(example, to: [partner]))
    }

    /// The last of so many deliveries that are refused and held until the partner is suspended.
    @discardableResult
    private func refuse(
      _ gateway: Gateway, deliveries: Int, of partner: Identity, for reason: String
    ) async throws -> String {
      var last = ""
      for _ in 0..<deliveries {
        #expect(try gateway.suspension(of: partner) == nil)
        last = try deliver(gateway, to: partner)
        let delivery = try await gateway.settled(last, "HELD")
        #expect(delivery["reason"]?.text == reason)
      }
      try await gateway.suspension(of: partner, becomes: reason)
      return last
    }

    private func areApart(_ gateway: Gateway, _ ids: [String]) throws {
      let times = try ids.map { id in
        try moment(gateway.show(id)["attemptList"]?.elements?.last?["begunAt"])
      }
      for (earlier, later) in zip(times, times.dropFirst()) {
        #expect(later.timeIntervalSince(earlier) >= Self.probeSeconds)
      }
    }

    @Test func `holds everything for a partner that is gone until a person sends again`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(
        .police,
        plan: [
          ["mode": "problem", "status": 410, "type": "unknown-endpoint", "delay": "0.5"], "honest",
        ]
      )
      let care = try await world.partner(.care)
      let gateway = try await Gateway.running(world, [police, care]) { file, text in
        file == "partners.d/politie-avim.toml"
          ? text + "window_initial = 1\nwindow_limit = 1\n" : text
      }
      let ids = try (0..<3).map { _ in try gateway.deliver(Submission.fresh()) }
      for id in ids {
        let delivery = try await gateway.settled(id, "HELD", attempts: 0)
        #expect(delivery["reason"]?.text == "gone")
      }
      #expect(try gateway.suspension(of: .police) == "gone")
      let since = try gateway.suspendedSince(.police)
      #expect(since != nil)
      #expect(try await gateway.stop() == 0)
      let backlog = gateway.events("partner-backlog-held")
      #expect(backlog.map { $0["deliveries"]?.integer } == [2])
      #expect(gateway.events("delivery-alarm").map { $0["alarm"]?.text } == ["gone"])
      try await gateway.start()
      #expect(try gateway.suspension(of: .police) == "gone", "a restart forgives nothing")
      #expect(try gateway.suspendedSince(.police) == since, "and it is the same suspension")
      let later = try gateway.deliver(Submission.fresh())
      #expect(try await gateway.settled(later, "HELD", attempts: 0)["reason"]?.text == "gone")
      let healthy = try gateway.deliver(Submission.fresh("22-mononym", to: [.care]))
      _ = try await gateway.settled(healthy, "DELIVERED")
      #expect(police.journal().count == 1)
      for id in ids + [later] {
        try gateway.resend(id)
        _ = try await gateway.settled(id, "DELIVERED")
      }
      try await gateway.suspension(of: .police, becomes: nil)
      let report = try await police.report()
      #expect(report["effects"]?.integer == 4)
      #expect(report["repeated"]?.integer == 0)
    }
  }
}

extension Gateway {
  /// As the alarm says it.
  fileprivate func suspendedSince(_ partner: Identity) throws -> String? {
    try admin.send("GET", "/v1/alarms").lines.first {
      $0["code"]?.text == "partner-suspended" && $0["partner"]?.text == partner.code
    }?["since"]?.text
  }

  fileprivate func resend(_ id: String) throws {
    let order: JSONValue = ["reason": "they say that they are well", "dryRun": false]
    let reply = try admin.send("POST", "/v1/deliveries/\(id)/resend", JSONWriter.write(order))
    guard reply.status == 200 else { throw Stuck(description: text(reply.lines)) }
  }
}
