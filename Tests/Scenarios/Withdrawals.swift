/// Withdrawals and corrections reach whoever has any revision, whatever has changed since.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Platform
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct Withdrawals {
    enum Change: String, CaseIterable { case correct, withdraw }

    /// The next revision, with other recipients or none.
    private func next(
      _ change: Change, of first: Submission, _ revision: Int64, to recipients: JSONValue?
    ) -> Submission {
      let next =
        switch change {
        case .correct: first.corrected(revision)
        case .withdraw: first.withdrawn(revision)
        }
      return next.with("/recipients", recipients)
    }

    private func partners(_ reply: AdminReply) -> [String] {
      (reply.lines.first?["deliveries"]?.elements ?? []).compactMap { $0["partner"]?.text }.sorted()
    }

    private static let recipients: [JSONValue?] = [nil, ["emm"], ["politie-avim"]]

    @Test(arguments: Change.allCases, recipients)
    func `goes to whoever has any revision, also who came with the second`(
      _ change: Change, _ recipients: JSONValue?
    ) async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let hub = try await world.partner(.hub)
      let gateway = try await Gateway.running(world, [police, hub])
      let first = try Submission.fresh(to: [.police])
      try #require(try gateway.submit(first).status == 200)
      _ = try await gateway.allDelivered(1)
      let second = next(.correct, of: first, 2, to: ["emm"])
      #expect(partners(try gateway.submit(second)) == ["emm", "politie-avim"])
      _ = try await gateway.allDelivered(3)
      let nobody = try gateway.submit(next(change, of: first, 3, to: []))
      #expect(nobody.rules.contains("no-recipient"), "\(text(nobody.lines))")
      let third = try gateway.submit(next(change, of: first, 3, to: recipients))
      #expect(partners(third) == ["emm", "politie-avim"], "\(text(third.lines))")
      _ = try await gateway.allDelivered(5)
    }

    @Test(arguments: Change.allCases)
    func `goes to whoever the routes chose once`(_ change: Change) async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let hub = try await world.partner(.hub)
      let gateway = try await Gateway.running(world, [police, hub])
      func route(to partner: String) -> String {
        "[[route]]\nname = \"all\"\npartners = [\"\(partner)\"]\nreason = \"test\"\n"
      }
      try await gateway.route(route(to: "politie-avim"))
      let first = try Submission.fresh().with("/recipients", nil)
      #expect(partners(try gateway.submit(first)) == ["politie-avim"])
      _ = try await gateway.allDelivered(1)
      try await gateway.route(route(to: "emm"))
      let second = try gateway.submit(next(change, of: first, 2, to: nil))
      // A correction is routed like an update; a withdrawal goes to who has something.
      let wanted = change == .correct ? ["emm", "politie-avim"] : ["politie-avim"]
      #expect(partners(second) == wanted, "\(text(second.lines))")
      _ = try await gateway.allDelivered(1 + wanted.count)
    }

    @Test func `goes where a policy would give nothing today; a correction names who is kept out`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let hub = try await world.partner(.hub)
      let gateway = try await Gateway.running(world, [police, hub])
      let first = try Submission.fresh(to: [.police, .hub])
      try #require(try gateway.submit(first).status == 200)
      _ = try await gateway.allDelivered(2)
      let file = "policies.d/emm.toml"
      let policy = try world.read("etc/" + file)
      let nothing = policy.replacing(/(?m)^(kinds|purposes|handling_codes) = .*$/) {
        "\($0.output.1) = []"
      }
      let notYet = nothing.replacing(/(?m)^valid_from = .*$/, with: "valid_from = 2099-01-01")
      for (text, rule) in [(nothing, "kind-not-agreed"), (notYet, "policy-not-yet-valid")] {
        try await gateway.take(file, text)
        let refused = try gateway.submit(next(.correct, of: first, 2, to: nil))
        #expect(refused.rules.contains(rule), "\(refused.rules)")
        #expect(refused.lines.contains { $0["partner"]?.text == "emm" })
      }
      let withdrawn = try gateway.submit(next(.withdraw, of: first, 2, to: nil))
      #expect(partners(withdrawn) == ["emm", "politie-avim"], "\(text(withdrawn.lines))")
      _ = try await gateway.allDelivered(4)
    }

    @Test(arguments: Change.allCases, [true, false])
    func `names whoever is no longer a partner, and does not wait for it`(
      _ change: Change, isRemoved: Bool
    ) async throws {
      let all = try await CallbackWorld.running(others: [.hub])
      let (world, gateway) = (all.world, all.gateway)
      let first = try Submission.fresh(to: [.police, .hub])
      try #require(try gateway.submit(first).status == 200)
      _ = try await gateway.allDelivered(2)
      let files = ["etc/partners.d/emm.toml", "etc/policies.d/emm.toml"]
      let texts = try files.map { try world.read($0) }
      if isRemoved {
        for file in files { try FileManager.default.removeItem(atPath: world.folder + "/" + file) }
      } else {
        try world.write(files[0], "enabled = false\n" + texts[0])
      }
      try await gateway.reload()
      let second = next(change, of: first, 2, to: nil)
      let reply = try gateway.submit(second)
      #expect(partners(reply) == ["politie-avim"], "\(text(reply.lines))")
      #expect(
        reply.lines.first?["notSent"] == [["partner": "emm", "rule": "partner-gone"]],
        "\(text(reply.lines))")
      _ = try await gateway.allDelivered(3)
      #expect(gateway.events("recipient-gone").map { $0["partner"]?.text } == ["emm"])
      let told = try await eventually("the case system is told by name") {
        try world.told().first { $0["kind"] == "accepted" && $0["revision"] == 2 }
      }
      let left = told["notGoing"]?.elements?.first
      #expect(left?["partner"] == "emm")
      #expect(left?["whatToDo"]?["nl"]?.text?.contains("op een andere manier") == true)
      // Back again, it gets what it has missed, and nobody else gets anything twice.
      for (file, text) in zip(files, texts) { try world.write(file, text) }
      try await gateway.reload()
      let again = try gateway.submit(second)
      #expect(partners(again) == ["emm", "politie-avim"], "\(text(again.lines))")
      #expect(again.lines.first?["notSent"]?.elements?.isEmpty != false, "\(text(again.lines))")
      _ = try await gateway.allDelivered(4)
      #expect(all.partner.journal().count == 2)
    }

    @Test(arguments: [true, false])
    func `goes to whom a project once gave something`(_ isRemoved: Bool) async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let care = try await world.partner(.care)
      let gateway = try await Gateway.running(world, [police, care])
      let today = CivilDate(daysSince1970: Int(SystemClock.now().seconds / 86_400))
      try await gateway.project(from: today.adding(days: -9), to: today.adding(days: 1))
      let first = try Submission.fresh(to: [.police, .care])
      let accepted = try gateway.submit(first)
      try #require(accepted.status == 200, "\(text(accepted.lines))")
      _ = try await gateway.allDelivered(2)
      if isRemoved {
        try FileManager.default.removeItem(atPath: world.folder + "/etc/projects.d/joint.toml")
        try await gateway.reload()
      } else {
        try await gateway.project(from: today.adding(days: -9), to: today.adding(days: -1))
      }
      let withdrawn = try gateway.submit(next(.withdraw, of: first, 2, to: nil))
      #expect(partners(withdrawn) == ["comensha", "politie-avim"], "\(text(withdrawn.lines))")
      let levels = try await gateway.allDelivered(4)
        .filter { $0["partner"] == "comensha" }.map { $0["detailLevel"]?.text }
      #expect(levels == ["deidentified", "deidentified"])
    }
  }
}
