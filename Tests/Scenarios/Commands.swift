/// The programs of operators and partners against a running gateway.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct Commands {
    @Test func `referralctl says by its exit status what happened, and never a name`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      let control = Control(world)
      let submission = try Submission.fresh("01-kitchen-workers")
      try world.write("good.json", submission)
      try world.write("other.json", submission.with("/referral/header/priority", "routine"))
      try world.write("bad.json", submission.with("/referral/header/kind", "NO_SUCH_KIND"))
      let good = world.folder + "/good.json"
      #expect(try await control.status("submit", "--wait", "20", good) == 0)
      #expect(try await control.status("submit", good) == 0)
      #expect(try await control.status("submit", world.folder + "/other.json") == 73)
      #expect(try await control.status("submit", world.folder + "/bad.json") == 65)
      let id = try #require(gateway.deliveries().first?["id"]?.text)
      #expect(try await control.status("show", id) == 0)
      #expect(try await control.status("show", "019ab1c2-7f00-7abc-8def-0123456789ab") == 66)
      #expect(try await control.status("list", "--state", "DELIVERED") == 0)
      #expect(try await control.status("list", "--referral", submission.referralID) == 0)
      #expect(try await control.status("list", "--referral", "Jansen") == 64)
      let own = "referral=\(submission.referralID)"
      #expect(try gateway.deliveries(own).map { $0["id"]?.text } == [id])
      #expect(try gateway.deliveries(own + "&state=HELD").isEmpty)
      #expect(try gateway.deliveries("referral=019ab1c2-7f00-7abc-8def-0123456789ab").isEmpty)
      #expect(try await control.status("resend", id, "--reason", "by phone") == 73)
      #expect(try await control.status("status") == 0)
      #expect(try await control.status("partner", "show", "politie-avim") == 0)
      #expect(try await control.status("partner", "show", "nobody") == 66)
      #expect(try await control.status("preview", good, "--partner", "politie-avim") == 0)
      #expect(try await control.status("no-such-command") == 64)
      let everything = Array(control.output.utf8)
      for name in WholeWay.names {
        #expect(!NameSearch(name).finds(in: everything), "\(name) is on the screen")
      }
      let bare = ["preview", good, "--partner", "politie-avim", "--reveal"]
      #expect(try await control.status(bare) == 64)
      let reasoned = bare + ["--reason", "audit"]
      #expect(try await control.status(reasoned) == 0)
      #expect(NameSearch("Khadgiwal").finds(in: Array(control.output.utf8)))
      #expect(try await gateway.stop() == 0)
      #expect(try await control.status("status") == 75)
    }

    @Test func `referralctl checks documents against a schema without a daemon`() async throws {
      let control = Control(try World())
      let schemas = PackageFolder.path + "/schemas"
      let check = [
        "schema", "validate", "--schema", schemas + "/submission/1.1.0/schema.json",
        "--with", schemas + "/referral/1.1.0/schema.json",
      ]
      let examples = PackageFolder.path + "/examples"
      #expect(try await control.status(check + [examples + "/22-mononym.json"]) == 0)
      #expect(try await control.status(check + [examples + "/refused/unknown-field.json"]) == 65)
      #expect(control.output.contains("/referral/header/color"))
      #expect(try await control.status(check + [examples + "/refused/duplicate-name.json"]) == 65)
      #expect(control.output.contains("10:7"))
      #expect(try await control.status(check + [examples + "/no-such-file.json"]) == 65)
      let alone = Array(check.prefix(4)) + [examples + "/22-mononym.json"]
      #expect(try await control.status(alone) == 65, "the schema that it refers to is missing")
    }

    @Test func `referralctl sends again what a person has looked at`() async throws {
      let world = try World()
      let police = try await world.partner(
        .police, plan: ["bad-signature", "bad-signature", "bad-signature", "honest"])
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "HELD")
      let control = Control(world)
      #expect(try await control.status("resend", id) == 64, "a reason is missing")
      #expect(try await control.status("resend", id, "--dry-run") == 0)
      #expect(try gateway.show(id)["state"]?.text == "HELD")
      #expect(try await control.status("resend", id, "--reason", "they are well again") == 0)
      _ = try await gateway.settled(id, "DELIVERED")
      let report = try await police.report()
      #expect(report["effects"]?.integer == 1)
      #expect(report["repeated"]?.integer == 0)
    }

    @Test func `referral-partner takes each referral once although both sides are killed`()
      async throws
    {
      let world = try World()
      let port = try freePort()
      let gateway = try Gateway(
        world, endpoints: [(.police, "https://127.0.0.1:\(port)/v1/referrals")])
      try world.write("partner.toml", world.partnerSettings(port))
      let first = try await world.referralPartner()
      try await gateway.start()
      for _ in 0..<15 { _ = try gateway.deliver(Submission.fresh()) }
      _ = try await eventually("something has arrived") {
        try gateway.deliveries("state=DELIVERED").first
      }
      first.kill()
      for _ in 0..<15 { _ = try gateway.deliver(Submission.fresh()) }
      gateway.kill()
      let second = try await world.referralPartner()
      try await gateway.start()
      _ = try await gateway.allDelivered(30)
      #expect(try await gateway.stop() == 0)
      let effects = try await world.effects()
      #expect(effects["effects"]?.integer == 30, "\(text(effects))")
      #expect(effects["documents"]?.integer == 30, "\(text(effects))")
      #expect(try await second.stop() == 0)
    }
  }
}

/// `referralctl`; remembers everything that it prints.
final class Control {
  private let world: World
  private(set) var output = ""

  init(_ world: World) { self.world = world }

  func status(_ arguments: String...) async throws -> Int32 { try await status(arguments) }

  func status(_ arguments: [String]) async throws -> Int32 {
    let program = try world.start(
      "referralctl", Machine.programs + "/referralctl",
      ["--socket", world.folder + "/admin.sock"] + arguments)
    let status = try await program.ended()
    output = program.log
    return status
  }
}

extension World {
  func write(_ file: String, _ submission: Submission) throws {
    try write(file, String(decoding: submission.octets, as: UTF8.self))
  }
}
