/// What the gateway does not take: bad submissions, bad configurations, somebody else's store.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct Refusals {
    /// The word that names the fault, by file; as examples/refused/README.md explains them.
    private static let faults = [
      "refused/not-json": "malformed", "refused/trailing-comma": "malformed",
      "refused/duplicate-name": "malformed", "refused/too-deep": "malformed",
      "refused/unknown-kind": "schema", "refused/unknown-field": "schema",
      "refused/wrong-type": "schema", "refused/biometric-attachment": "schema",
      "refused/both-trafficking-and-smuggling": "R01",
      "refused/unknown-partner": "unknown-partner", "refused/missing-consent": "R12",
      "refused/not-nfc": "not-nfc", "refused/reflection-too-long": "R09",
      "refused/witness-without-statement": "R10", "refused/same-conduct-fined": "R16",
      "refused/reclassified-without-link": "reclassification",
    ]

    @Test func `refuses each bad example with its reason and keeps nothing`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let hub = try await world.partner(.hub)
      let care = try await world.partner(.care)
      let gateway = try await Gateway.running(world, [police, hub, care])
      #expect(Set(Self.faults.keys) == Set(Examples.refusedNames.map { "refused/" + $0 }))
      for (name, rule) in Self.faults {
        let reply = try gateway.admin.send("POST", "/v1/submissions", Examples.octets(name))
        #expect(reply.status == 422, "\(name)")
        #expect(reply.exit == 65, "\(name)")
        #expect(reply.rules.contains(rule), "\(name): \(text(reply.lines))")
        for reason in reply.lines.dropLast() {
          #expect(reason["wrong"]?.text?.isEmpty == false)
          #expect(reason["remedy"]?.text?.isEmpty == false)
        }
      }
      #expect(try gateway.deliveries().isEmpty)
      for partner in [police, hub, care] { #expect(partner.journal().isEmpty) }
    }

    @Test func `names all reasons at once, each with its place`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      let submission = try Submission.fresh()
        .with("/referral/header/kind", "NO_SUCH_KIND").with("/referral/header/color", "red")
        .with("/referral/header/revision", "one")
      let reply = try gateway.submit(submission)
      #expect(reply.status == 422)
      let places = Set(reply.lines.compactMap { $0["pointer"]?.text })
      for place in ["/referral/header/kind", "/referral/header/revision"] {
        #expect(places.contains(place), "\(text(reply.lines))")
      }
      #expect(reply.rules.count >= 3)
      #expect(!"\(text(reply.lines))".contains("NO_SUCH_KIND"), "a reason repeats no text")
    }
  }

  @Suite struct Configurations {
    /// Errors and exit status of a start that must not succeed.
    private func refusal(
      _ options: [String] = [], edit: @escaping (String, String) -> String = { $1 }
    ) async throws -> (status: Int32, lines: [String]) {
      let gateway = try Gateway(
        World(), endpoints: [(.police, "https://127.0.0.1:9441/v1/referrals")], edit: edit)
      let program = try gateway.launch(options)
      let status = try await program.ended()
      return (status, program.log.split(separator: "\n").map(String.init))
    }

    @Test(arguments: [[], ["--check-config"]])
    func `ends with 78 and every error in its place`(_ options: [String]) async throws {
      let (status, lines) = try await refusal(options) { file, text in
        switch file {
        case "gateway.toml": "colour = \"red\"\n" + text
        case "partners.d/politie-avim.toml":
          text.replacing("duty_phone", with: "duty_fone")
            .replacing("https://127.0.0.1", with: "http://127.0.0.1")
        case "policies.d/politie-avim.toml":
          text.replacing(/kinds = .*/, with: "kinds = [\"NO_SUCH_KIND\"]")
        default: text
        }
      }
      #expect(status == 78)
      for place in [
        #/referrald: gateway\.toml:1:[0-9]+: .*colour/#,
        #/referrald: partners\.d/politie-avim\.toml:[0-9]+:[0-9]+: .*duty_fone/#,
        #/referrald: partners\.d/politie-avim\.toml:[0-9]+:[0-9]+: .*https/#,
        #/referrald: policies\.d/politie-avim\.toml:[0-9]+:[0-9]+: /#,
      ] {
        #expect(lines.contains { $0.contains(place) }, "\(lines)")
      }
    }

    @Test(arguments: ["acceptance", "production"])
    func `refuses sample keys outside the profile development`(_ profile: String) async throws {
      let (status, lines) = try await refusal { file, text in
        file == "gateway.toml"
          ? text.replacing("\"development\"", with: "\"\(profile)\"")
            .replacing("retry_scale = 0.01", with: "") : text
      }
      #expect(status == 78)
      #expect(lines.contains { $0.contains("gateway.toml") && $0.contains("sample") }, "\(lines)")
      #expect(lines.contains { $0.contains("politie-avim.toml") && $0.contains("sample") })
    }

    @Test func `says nothing and ends with 0 when all is in order`() async throws {
      let (status, lines) = try await refusal(["--check-config"])
      #expect(status == 0, "\(lines)")
    }

    @Test(needsPython) func `refuses a store of another profile`() async throws {
      let world = try World()
      let gateway = try Gateway(
        world, endpoints: [(.police, "https://127.0.0.1:9441/v1/referrals")])
      try await gateway.start()
      #expect(try await gateway.stop() == 0)
      let change = try world.start(
        "change", Machine.python,
        [
          "-c",
          """
          import sqlite3, sys
          base = sqlite3.connect(sys.argv[1])
          base.execute("UPDATE setting SET value = 'production' WHERE name = 'profile'")
          assert base.total_changes == 1
          base.commit()
          """, world.folder + "/store/outbox.db",
        ])
      try #require(try await change.ended() == 0, "\(change.log)")
      let program = try gateway.launch()
      #expect(try await program.ended() == 78)
      #expect(program.log.contains("profile"), "\(program.log)")
    }
  }
}
