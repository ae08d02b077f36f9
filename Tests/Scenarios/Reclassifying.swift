/// One submission that withdraws a referral of one kind and creates it as another, at two partners.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct Reclassifying {
    @Test func `withdraws the old kind and creates the new one in one commit`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let hub = try await world.partner(.hub)
      let gateway = try await Gateway.running(world, [police, hub])
      let first = try gateway.submit(Submission(example: "04-smuggling-route"))
      try #require(first.status == 200, "\(text(first.lines))")
      _ = try await gateway.allDelivered(2)
      let both = try gateway.submit(Submission(example: "13-reclassified"))
      try #require(both.status == 200, "\(text(both.lines))")
      let answer = try #require(both.lines.first)
      let operations = (answer["deliveries"]?.elements ?? []).compactMap { $0["operation"]?.text }
      #expect(operations.sorted() == ["create", "create", "withdraw", "withdraw"])
      _ = try await gateway.allDelivered(6)
      let kinds = try gateway.deliveries().compactMap { $0["referralKind"]?.text }
      #expect(kinds.filter { $0 == "TRAFFICKING_SIGNAL" }.count == 2)
      let again = try gateway.submit(Submission(example: "13-reclassified"))
      #expect(again.lines.first?["repeated"] == true)
      #expect(try gateway.deliveries().count == 6)
    }

    @Test func `takes neither where one of the two cannot go`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let hub = try await world.partner(.hub)
      let gateway = try await Gateway.running(world, [police, hub])
      // The old referral was never handed in, so its second revision leaves a gap.
      let early = try gateway.submit(Submission(example: "13-reclassified"))
      #expect(early.status == 409)
      #expect(early.lines.first?["pointer"]?.text == "/withdraws/header/revision")
      #expect(try gateway.deliveries().isEmpty)
    }

    @Test func `refuses a revision of another kind and keeps an indication with advice`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let hub = try await world.partner(.hub)
      let gateway = try await Gateway.running(world, [police, hub])
      let bare = try gateway.submit(Submission(example: "02-unknown-woman"))
      #expect(bare.status == 200)
      let codes = (bare.lines.first?["advice"]?.elements ?? []).compactMap { $0["code"]?.text }
      #expect(codes.contains("elements-unknown"), "\(text(bare.lines))")
      #expect(try gateway.submit(Submission(example: "04-smuggling-route")).status == 200)
      let header = try Examples.submission("04-smuggling-route")["referral"]?["header"]
      let later = try Submission(example: "13-reclassified").with("/withdraws", nil)
        .with("/referral/header", header).with("/referral/header/kind", "TRAFFICKING_SIGNAL")
        .with("/referral/header/revision", 2).with("/referral/header/operation", "update")
        .with(
          "/referral/change",
          ["type": "addition", "reasonCode": "new-facts", "instruction": "replace"])
      let refused = try gateway.submit(later)
      #expect(refused.rules.contains("kind-changed"), "\(text(refused.lines))")
    }
  }
}
