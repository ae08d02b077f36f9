/// Revocation lists: read again while running, used for a while beyond their end, and waited for.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct Revocation {
    private static let anHour = ["--ended", "3600"]

    /// A world whose lists stand in a folder of its own.
    private func start(
      lists: [String], graceHours: Int = 24, plan: [JSONValue] = []
    ) async throws -> (World, IndependentPartner, Gateway) {
      let world = try World()
      try await world.lists(lists)
      let police = try await world.partner(.police, plan: plan)
      let gateway = try await Gateway.running(world, [police]) { _, text in
        text.replacing("\"pki/crls\"", with: "\"../lists\"")
          .replacing("grace_hours = 24", with: "grace_hours = \(graceHours)")
      }
      return (world, police, gateway)
    }

    private func waits(_ gateway: Gateway) async throws -> String {
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "AWAITING")
      #expect(delivery["reason"]?.text == "revocation")
      #expect(delivery["answer"]?.text == "none")
      #expect(delivery["deliveredAt"] == nil)
      let kept = delivery["acknowledgements"]?.elements ?? []
      #expect(kept.map { $0["verdict"]?.text } == ["revocation-unknown"])
      #expect(kept.map { $0["step"]?.integer } == [11])
      return id
    }

    private func standing(_ gateway: Gateway) throws -> String? {
      try gateway.status()["partners"]?.elements?.first?["revocation"]?["standing"]?.text
    }

    @Test func `waits under an ended list and delivers by itself when a fresh one comes`()
      async throws
    {
      let (world, police, gateway) = try await start(lists: Self.anHour)
      let id = try await waits(gateway)
      #expect(try standing(gateway) == "grace")
      _ = try await eventually("somebody is told") {
        gateway.log.contains("\"revocation-lists\"") && gateway.log.contains("grace") ? true : nil
      }
      try await world.lists()
      let delivery = try await gateway.settled(id, "DELIVERED")
      let kept = delivery["acknowledgements"]?.elements ?? []
      #expect(kept.map { $0["verdict"]?.text } == ["revocation-unknown", "verified"])
      #expect(delivery["deliveredAt"]?.text != nil)
      #expect(delivery["attempts"]?.integer == 1)
      #expect(police.journal().count == 1, "something was sent again")
      #expect(try standing(gateway) == "fresh")
      let verdicts = "referral_gateway_acknowledgements_total{partner=\"politie-avim\",verdict="
      let metrics = try gateway.metrics()
      #expect(metrics[verdicts + "\"revocation-unknown\"}"] == 1)
      #expect(metrics[verdicts + "\"verified\"}"] == 1)
    }

    @Test func `holds a receipt whose signer is on the fresh list`() async throws {
      let (world, police, gateway) = try await start(lists: Self.anHour)
      let id = try await waits(gateway)
      try await world.lists(["--revoke", "politie-avim-sign"])
      let delivery = try await gateway.settled(id, "HELD")
      #expect(delivery["reason"]?.text == "signer-revoked")
      #expect(delivery["answer"]?.text == "none")
      #expect(delivery["deliveredAt"] == nil)
      let kept = delivery["acknowledgements"]?.elements ?? []
      #expect(kept.map { $0["verdict"]?.text } == ["revocation-unknown", "revoked"])
      #expect(police.journal().count == 1)
      _ = try await eventually("somebody is told") {
        gateway.log.contains("signer-revoked") ? true : nil
      }
    }

    @Test func `waits where a list is missing, also over a restart`() async throws {
      let (world, police, gateway) = try await start(lists: ["--only", "root"])
      let id = try await waits(gateway)
      #expect(try standing(gateway) == "missing")
      #expect(try await gateway.stop() == 0)
      try await gateway.start()
      #expect(try gateway.show(id)["state"]?.text == "AWAITING")
      #expect(try await gateway.stop() == 0)
      try await world.lists()
      try await gateway.start()
      let delivery = try await gateway.settled(id, "DELIVERED")
      #expect(delivery["attempts"]?.integer == 1)
      #expect(police.journal().count == 1, "something was sent again")
    }

    @Test func `keeps the list that it has while the file is half-written`() async throws {
      let (world, police, gateway) = try await start(lists: Self.anHour)
      let id = try await waits(gateway)
      try await world.lists()
      let delivery = try await gateway.settled(id, "DELIVERED")
      #expect(delivery["attempts"]?.integer == 1)
      let whole = try world.read("lists/services.pem")
      try world.write("lists/services.pem", String(whole.prefix(whole.count / 2)))
      _ = try await eventually("the log says so") {
        gateway.log.contains("revocation-list-unusable") ? true : nil
      }
      let next = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(next, "DELIVERED")
      #expect(try standing(gateway) == "fresh")
      #expect(police.journal().count == 2)
    }

    @Test func `refuses who is on the last list known, grace or not`() async throws {
      let (_, _, gateway) = try await start(
        lists: Self.anHour + ["--revoke", "revoked-sign"], plan: ["revoked-signer"])
      let id = try gateway.deliver(Submission.fresh())
      try await gateway.holds(id, Lie("revoked-signer", 11, "revoked"))
    }

    @Test func `sends nothing under a list past its grace, until a fresh one comes`()
      async throws
    {
      let (world, police, gateway) = try await start(lists: Self.anHour, graceHours: 0)
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DEFERRED")
      #expect(delivery["reason"]?.text == "revocation")
      #expect(delivery["attemptList"]?.elements?.first?["outcome"]?.text == "server-undecided")
      #expect(try standing(gateway) == "ended")
      #expect(police.journal().isEmpty)
      try await world.lists()
      _ = try await gateway.settled(id, "DELIVERED")
      #expect(police.journal().count == 1)
    }

    @Test func `sends nothing to a server that a fresh list revokes, on kept connections too`()
      async throws
    {
      let (world, police, gateway) = try await start(lists: [])
      let first = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(first, "DELIVERED")
      try await world.lists(["--revoke", "politie-avim-server"])
      _ = try await eventually("the list is in force") {
        gateway.log.components(separatedBy: "\"revocation-lists\"").count > 2 ? true : nil
      }
      let second = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(second, "HELD")
      #expect(delivery["reason"]?.text == "security")
      #expect(police.journal().count == 1)
    }
  }
}

extension World {
  /// Issues the lists of both authorities into the folder `lists`; see revocation_lists.py.
  func lists(_ options: [String] = []) async throws {
    let program = PackageFolder.path + "/Tests/Support/revocation_lists.py"
    _ = try await python(
      "lists", [program, "--pki", pki, "--out", folder + "/lists"] + options)
  }
}
