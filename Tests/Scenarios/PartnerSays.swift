/// What the reference partner says after the receipt, brought through the gateway's door.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct PartnerSays {
    @Test func `says each kind once by a command, and what does not fit is not signed`()
      async throws
    {
      let both = try await PartnerAndGateway.running()
      let id = try both.gateway.deliver(Submission.fresh())
      _ = try await both.gateway.settled(id, "DELIVERED")
      let words: [([String], String)] = [
        (["--kind", "acceptance", "--contact", "dienst", "--phone", "+31700000001"], "accepted"),
        (["--kind", "query", "--question", "when", "--question", "where"], "question"),
        (["--kind", "forwarded", "--to", "Koninklijke Marechaussee"], "forwarded"),
        (["--kind", "case-number", "--scheme", "politie", "--value", "2026-1"], "forwarded"),
        (
          ["--kind", "follow-up", "--outcome", "prosecution-started", "--date", "2026-11-24"],
          "outcome"
        ),
        (["--kind", "change-executed", "--result", "restricted"], "change-executed"),
        (
          [
            "--kind", "rejection", "--reason", "not-competent", "--forward-to",
            "urn:nld:oin:00000099000000020000",
          ], "rejected"
        ),
        (["--kind", "receipt"], "rejected"),
      ]
      for (options, answer) in words {
        #expect(try await both.acknowledge(id, options) == 0, "\(options): \(both.output)")
        // Signing times count in seconds, and ties go to the one that came last.
        #expect(try both.gateway.show(id)["answer"]?.text == answer, "\(options)")
      }
      let kinds = try both.gateway.show(id)["acknowledgements"]?.elements ?? []
      #expect(kinds.count == 9 && kinds.allSatisfy { $0["verdict"]?.text == "verified" })
      // On both sides of each line.
      let outcome = ["--kind", "follow-up", "--date", "2026-11-24", "--outcome"]
      #expect(try await both.acknowledge(id, outcome + ["won"]) == 65)
      #expect(try await both.acknowledge(id, outcome + ["acquitted", "--scheme", "x"]) == 64)
      #expect(try await both.acknowledge(id, ["--kind", "praise"]) == 64)
      let nobody = "019ab1c2-7f00-7abc-8def-0123456789ab"
      #expect(try await both.acknowledge(nobody, ["--kind", "acceptance"]) == 1)
      #expect(try both.gateway.show(id)["acknowledgements"]?.elements?.count == 9)
      #expect(try await both.said().count == 8)
    }

    @Test func `brings it again while the gateway is away, the same octets under the same id`()
      async throws
    {
      let both = try await PartnerAndGateway.running()
      let id = try both.gateway.deliver(Submission.fresh())
      _ = try await both.gateway.settled(id, "DELIVERED")
      both.gateway.kill()
      #expect(try await both.acknowledge(id, ["--kind", "acceptance"]) == 75)
      #expect(both.output.contains("waiting"), "\(both.output)")
      both.partner.kill()
      both.partner = try await both.world.referralPartner()
      try await both.gateway.start()
      _ = try await eventually("the acceptance arrives") {
        try both.gateway.show(id)["answer"]?.text == "accepted" ? true : nil
      }
      let said = try await both.said()
      #expect(said.map { $0["state"]?.text } == ["taken"], "\(text(said))")
      #expect(said.first?["attempts"]?.integer ?? 0 > 1)
      #expect(both.gateway.events("acknowledgement-kept").count == 1)
    }

    @Test func `says by itself that a correction and a withdrawal were executed`() async throws {
      let both = try await PartnerAndGateway.running(more: "change_executed_after_seconds = 1")
      let first = try Submission.fresh()
      let one = try both.gateway.deliver(first)
      _ = try await both.gateway.settled(one, "DELIVERED")
      let two = try both.gateway.deliver(first.corrected(2))
      _ = try await both.gateway.settled(two, "DELIVERED")
      let three = try both.gateway.deliver(first.withdrawn(3))
      for id in [two, three] {
        _ = try await eventually("it is said of \(id)") {
          try both.gateway.show(id)["answer"]?.text == "change-executed" ? true : nil
        }
      }
      #expect(try both.gateway.show(one)["answer"]?.text == "none")
      try await Task.sleep(for: .seconds(2))
      #expect(try await both.said().count == 2, "once each")
      let results = try both.world.told().compactMap { $0["acknowledgement"]?["result"]?.text }
      #expect(results == ["replaced", "erased"])
    }
  }
}

/// The program referral-partner as the police, and a gateway whose door it knows.
final class PartnerAndGateway {
  let world: World
  let gateway: Gateway
  var partner: Program
  private(set) var output = ""

  private init(_ world: World, _ gateway: Gateway, _ partner: Program) {
    self.world = world
    self.gateway = gateway
    self.partner = partner
  }

  /// - Parameters:
  ///   - more: lines for the partner's table [gateway].
  ///   - elsewhere: the port that the partner takes for the gateway's door.
  static func running(
    more: String = "", elsewhere: Int? = nil, edit: @escaping (String, String) -> String = { $1 }
  ) async throws -> PartnerAndGateway {
    let world = try World()
    let (port, door) = (try freePort(), try freePort())
    try world.write(
      "partner.toml",
      world.partnerSettings(port) + """
        [gateway]
        endpoint = "https://127.0.0.1:\(elsewhere ?? door)/v1/acknowledgements"
        anchors = "etc/pki/anchors.pem"
        certificate = "etc/pki/politie-avim-server-chain.pem"
        key = "etc/pki/politie-avim-server.key"
        \(more)

        """)
    let partner = try await world.referralPartner()
    let gateway = try Gateway(
      world, endpoints: [(.police, "https://127.0.0.1:\(port)/v1/referrals")]
    ) { file, text in
      let edited = edit(file, text)
      return file == "gateway.toml"
        ? edited + CallbackWorld.section.replacing("127.0.0.1:0", with: "127.0.0.1:\(door)")
        : edited
    }
    try await gateway.start()
    return PartnerAndGateway(world, gateway, partner)
  }

  /// Runs `referral-partner acknowledge`; its exit status.
  func acknowledge(_ id: String, _ options: [String]) async throws -> Int32 {
    try await run(["acknowledge", id] + options)
  }

  func said() async throws -> [JSONValue] {
    guard try await run(["acknowledgements", "--json"]) == 0 else {
      throw Stuck(description: output)
    }
    return try JSONReader.read(Array(output.utf8))["acknowledgements"]?.elements ?? []
  }

  func run(_ words: [String]) async throws -> Int32 {
    let program = try world.start(
      "partner-\(UUID().uuidString)", Machine.programs + "/referral-partner",
      words + ["--socket", world.folder + "/police.sock"])
    let status = try await program.ended()
    output = program.log
    return status
  }
}
