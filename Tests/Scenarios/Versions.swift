/// A partner that does not know the newest schema version: by its file, and by its answer.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

extension Scenarios {
  @Suite(needsPython) struct Versions {
    private func begin(
      exercise: String? = nil, partnerKnows newest: String = "1.1.0",
      edit: @escaping (String, String) -> String = { $1 }
    ) async throws -> (World, Gateway) {
      let world = try World()
      let port = try freePort()
      let gateway = try Gateway(
        world, endpoints: [(.police, "https://127.0.0.1:\(port)/v1/referrals")], edit: edit)
      try world.write(
        "partner.toml", "schema_max = \"\(newest)\"\n" + world.partnerSettings(port))
      _ = try await world.referralPartner(exercise: exercise)
      try await gateway.start()
      return (world, gateway)
    }

    /// A file's range ends here.
    private static func upTo(_ version: String) -> (String, String) -> String {
      { file, text in
        file.hasPrefix("partners.d")
          ? text.replacing(/max = "[0-9.]+"/, with: "max = \"\(version)\"") : text
      }
    }

    private func attached(mustUnderstand: Bool) throws -> Submission {
      try Submission.fresh().with(
        "/referral/attachments",
        [
          [
            "id": "a1", "fileName": "verklaring.pdf", "mediaType": "application/pdf", "size": 10,
            "sha256": .string(String(repeating: "0f", count: 32)), "title": "Verklaring",
            "mustUnderstand": .bool(mustUnderstand),
          ]
        ])
    }

    @Test(arguments: ["1.0.0", "1.1.0"])
    func `a document is in the newest version that both know`(_ version: String) async throws {
      let (_, gateway) = try await begin(edit: Versions.upTo(version))
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DELIVERED")
      #expect(delivery["schemaVersion"]?.text == version)
    }

    @Test func `a 415 that names a version leads to one document in that version`() async throws {
      let (world, gateway) = try await begin(exercise: "415=1.0.0")
      let submission = try Submission.fresh()
      let id = try gateway.deliver(submission)
      let old = try await gateway.settled(id, "CANCELLED")
      #expect(old["reason"]?.text == "reissued" && old["schemaVersion"]?.text == "1.1.0")
      let all = try await eventually("the second is delivered") {
        let all = try gateway.deliveries()
        return all.contains { $0["state"]?.text == "DELIVERED" } ? all : nil
      }
      #expect(all.count == 2)
      let new = try #require(all.first { $0["id"]?.text != id })
      #expect(new["standsFor"]?.text == id && new["schemaVersion"]?.text == "1.0.0")
      #expect(try await world.effects()["effects"]?.integer == 1)
      let told = try #require(gateway.events("delivery-reissued").first)
      #expect(told["sent"]?.text == "1.1.0" && told["supported"]?.text == "1.0.0")
      #expect(gateway.events("delivery-alarm").isEmpty)
      // The same submission again makes nothing new.
      #expect(try gateway.submit(submission).status == 200)
      #expect(try gateway.deliveries().count == 2)
    }

    @Test func `a partner that knows an older version gets it in the end`() async throws {
      let (world, gateway) = try await begin(partnerKnows: "1.0.0")
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "CANCELLED")
      let new = try await eventually("the second is delivered") {
        try gateway.deliveries().first { $0["state"]?.text == "DELIVERED" }
      }
      #expect(new["schemaVersion"]?.text == "1.0.0" && new["standsFor"]?.text == id)
      #expect(try await world.effects()["effects"]?.integer == 1)
    }

    @Test func `a second 415 is not believed`() async throws {
      let (world, gateway) = try await begin(exercise: "415=1.0.0, 415=1.1.0")
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "CANCELLED")
      let held = try await eventually("the second is held") {
        try gateway.deliveries().first { $0["state"]?.text == "HELD" }
      }
      #expect(held["reason"]?.text == "schema-version" && held["standsFor"]?.text == id)
      #expect(try gateway.deliveries().count == 2)
      #expect(try await world.effects()["effects"]?.integer == 0)
    }

    @Test func `a version outside the partner's range is left to a person`() async throws {
      let (_, gateway) = try await begin(exercise: "415=1.1.0", edit: Versions.upTo("1.0.0"))
      let id = try gateway.deliver(Submission.fresh())
      let held = try await gateway.settled(id, "HELD")
      #expect(held["reason"]?.text == "schema-version")
      #expect(try gateway.deliveries().count == 1)
    }

    @Test func `a preview says which version, and what it loses`() async throws {
      let (_, gateway) = try await begin(edit: Versions.upTo("1.0.0"))
      let lost = try preview(try attached(mustUnderstand: false), gateway)
      #expect(lost.status == 200, "\(text(lost.lines))")
      #expect(lost.lines.first?["schemaVersion"]?.text == "1.0.0")
      #expect(lost.lines.first?["losses"] == ["/attachments/0"])
      let refused = try preview(try attached(mustUnderstand: true), gateway)
      #expect(refused.rules == ["version-loss"], "\(text(refused.lines))")
      #expect(try gateway.deliveries().isEmpty)
    }

    @Test func `a preview loses nothing in the newest version`() async throws {
      let (_, gateway) = try await begin(edit: Versions.upTo("1.1.0"))
      let whole = try preview(try attached(mustUnderstand: true), gateway)
      #expect(whole.lines.first?["schemaVersion"]?.text == "1.1.0")
      #expect(whole.lines.first?["losses"] == [])
    }

    @Test func `a partner with no version in common gets nothing, with the reason`() async throws {
      let (_, gateway) = try await begin { file, text in
        file.hasPrefix("partners.d")
          ? text.replacing(/max = "[0-9.]+"/, with: "max = \"9.0.0\"")
            .replacing(/min = "[0-9.]+"/, with: "min = \"9.0.0\"") : text
      }
      let refused = try gateway.submit(Submission.fresh())
      #expect(refused.rules == ["no-common-version"], "\(text(refused.lines))")
    }

    private func preview(_ submission: Submission, _ gateway: Gateway) throws -> AdminReply {
      try gateway.admin.send("POST", "/v1/preview?partner=politie-avim", submission.octets)
    }
  }
}
