/// A partner that only a hub reaches: its own document, and answers that come from the hub.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct ThroughHub {
    /// The example register's europol, at an address of the hub.
    private func register(
      _ gateway: Gateway, at hub: IndependentPartner, edit: (String) -> String = { $0 }
    ) async throws {
      for folder in ["partners.d", "policies.d"] {
        let file = "\(folder)/europol.toml"
        let text = String(decoding: try PackageFolder.read("partners/" + file), as: UTF8.self)
        try gateway.world.write(
          "etc/" + file,
          edit(text).replacing(/endpoint = "[^"]*"/, with: "endpoint = \"\(hub.endpoint)\""))
      }
      try await gateway.reload()
    }

    /// A policy that gives files too, and a version that names them.
    private static func withFiles(_ text: String) -> String {
      text.replacing(
        "pointer = \"/attachments\"\naction = \"remove\"",
        with: "pointer = \"/attachments\"\naction = \"disclose\""
      ).replacing(/max = "[0-9.]+"/, with: "max = \"1.1.0\"")
    }

    @Test func `what the hub brings is kept with the delivery that it is about`() async throws {
      let all = try await CallbackWorld.running(others: [.hub])
      let hub = try #require(all.partners[.hub])
      try await register(all.gateway, at: hub)
      let onward = try Submission.fresh().with("/recipients", ["europol"])
      let own = try Submission.fresh(to: [.hub])
      var ids: [String: String] = [:]
      for (code, submission) in [("europol", onward), ("emm", own)] {
        let id = try all.gateway.deliver(submission)
        _ = try await all.gateway.settled(id, "DELIVERED")
        ids[code] = id
      }
      for code in ["europol", "emm"] {
        let id = try #require(ids[code])
        let step: JSONObject = ["kind": "acceptance", "data": [:]]
        let brought = try await all.bring([step, step], about: id, by: .hub, at: hub)
        #expect(brought.map(\.status) == [204, 204], "\(brought)")
        let shown = try all.gateway.show(id)
        #expect(shown["partner"]?.text == code && shown["answer"]?.text == "accepted")
      }
      // Nobody but the hub speaks for it.
      let id = try #require(ids["europol"])
      let other = try await all.bring(
        [["kind": "acceptance", "data": [:]]], about: id, by: .police, at: hub)
      #expect(other.map(\.status) != [204], "\(other)")
    }

    @Test func `the hub fetches the files of its own documents and of those through it`()
      async throws
    {
      let all = try await CallbackWorld.running(others: [.hub]) { ThroughHub.withFiles($1) }
      let hub = try #require(all.partners[.hub])
      try await register(all.gateway, at: hub, edit: ThroughHub.withFiles)
      let file = FileToHandIn(octets: FileToHandIn.pdf(1_000))
      for code in ["europol", "emm"] {
        let bundle = UUID().uuidString.lowercased()
        try all.gateway.handIn(file.octets[...], bundle)
        let submission = try file.submission().with("/recipients", [.string(code)])
        let reply = try all.gateway.admin.send(
          "POST", "/v1/submissions?bundle=\(bundle)", submission.octets)
        let id = try #require(
          reply.lines.first?["deliveries"]?.elements?.first?["id"]?.text, "\(text(reply.lines))")
        _ = try await all.gateway.settled(id, "DELIVERED")
        for (caller, status): (String, Int64) in [
          ("emm-server", 200), ("politie-avim-server", 404),
        ] {
          let step: JSONObject = [
            "method": "GET", "path": .string("/v1/referrals/\(id)/attachments/a1"),
            "as": .string(caller), "kind": "receipt",
          ]
          let fetched = try await all.bring([step], about: id, by: .hub, at: hub)
          #expect(fetched.map(\.status) == [status], "\(fetched)")
        }
      }
    }

    @Test func `nothing goes through a hub without a handling code`() async throws {
      let all = try await CallbackWorld.running(others: [.hub])
      try await register(all.gateway, at: try #require(all.partners[.hub]))
      let bare = try Submission.fresh().with("/recipients", ["europol"])
        .with("/referral/handling/handlingCodes", nil)
      let refused = try all.gateway.submit(bare)
      #expect(refused.rules == ["handling-code-missing"], "\(text(refused.lines))")
    }
  }
}
