/// Acknowledgements that are brought and must not be believed, and callers that nobody knows.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Outbox
import Platform
import Seal
import Testing

extension Scenarios {
  @Suite(needsPython) struct CallbackRefusals {
    /// Two fields of one name are refused before anybody looks at who sends them.
    private static let lies =
      (Lie.all + ForgeryGroup.all.flatMap(\.forgeries)).filter { $0.mode != "content-type-twice" }

    /// What docs/wire.md says of each code.
    private static func answer(_ code: String) -> (status: Int64, problem: String) {
      switch code {
      case "body-too-large", "fields-too-large": (413, "too-large")
      case "content-type-missing", "content-encoding": (415, "unsupported-media-type")
      case "signature-missing", "signature-repeated", "digest-missing", "digest-repeated",
        "not-strict-json":
        (400, "malformed")
      case "schema-invalid", "wrong-type": (400, "schema-invalid")
      case "digest-mismatch", "payload-digest-mismatch", "signature-digest-mismatch":
        (400, "digest-mismatch")
      case "signed-in-future": (400, "clock-skew")
      case "identity-mismatch", "signer-unknown", "path-invalid", "certificate-form", "key-usage",
        "extended-key-usage", "revoked":
        (403, "not-authorized")
      case "not-addressee": (403, "not-addressee")
      case "unknown-exchange": (404, "unknown-message")
      default: (400, "signature-invalid")
      }
    }

    @Test func `no forgery changes anything, each is kept as it came, and each raises an alarm`()
      async throws
    {
      let all = try await CallbackWorld.running(
        plan: [["mode": "problem", "status": 202, "type": "later"]], asynchronous: true
      ) { file, text in
        text.replacing("accept = [\"PS256\"]", with: "accept = [\"PS256\", \"ES256\"]")
      }
      let id = try all.gateway.deliver(Submission.fresh())
      _ = try await all.gateway.settled(id, "AWAITING")
      let steps = Self.lies.map { ["mode": .string($0.mode)] as JSONObject }
      let brought = try await all.bring(steps, about: id)
      try #require(brought.count == Self.lies.count)
      for (lie, one) in zip(Self.lies, brought) {
        let expected = Self.answer(lie.code)
        #expect(one.status == expected.status, "\(lie): \(one)")
        #expect(one.problem == expected.problem, "\(lie): \(one)")
        #expect(one.detail.hasSuffix(": \(lie.code)"), "\(lie): \(one)")
        #expect((one.line["retryAfter"]?.text != nil) == (one.problem == "clock-skew"))
        #expect(one.line["version"]?.text == "1.0.0" && one.line["date"]?.text != nil)
      }
      let delivery = try all.gateway.show(id)
      #expect(delivery["state"]?.text == "AWAITING")
      #expect(delivery["answer"]?.text == "none")
      // Nothing of it harmed the daemon, or the true receipt after it.
      let receipt = try await all.bring(
        "receipt", ["receivedAt": "2026-11-24T12:00:00Z"], about: id)
      #expect(receipt.status == 204, "\(receipt)")
      #expect(try all.gateway.show(id)["state"]?.text == "DELIVERED")
      let metrics = try all.gateway.metrics()
      for (code, lies) in Dictionary(grouping: Self.lies, by: \.code) {
        let labels = "{partner=\"politie-avim\",verdict=\"\(code)\"}"
        let name = "referral_gateway_acknowledgements_total\(labels)"
        // The 202 to the push had no signature either.
        let pushed = code == "signature-missing" ? 1 : 0
        #expect(metrics[name] == Int64(lies.count + pushed), "\(code)")
      }
      #expect(all.gateway.events("acknowledgement-refused").count == Self.lies.count)
      #expect(try await all.gateway.stop() == 0)
      try await isKept(brought, all, id)
    }

    /// Opened again: octets and verdicts of all of them, at the delivery or apart.
    private func isKept(_ brought: [Brought], _ all: CallbackWorld, _ id: String) async throws {
      let folder = all.world.folder
      let store = try await OutboxStore(
        folder: folder + "/store", profile: "development",
        key: StoreKey(file: folder + "/etc/store.key")
      ) { Issue.record("the store broke: \($0)") }
      let row = try #require(UniversalID(id))
      let delivery = try #require(try await store.delivery(row))
      let strays = try await store.strays(from: "politie-avim", limit: 1_000)
      let known = try await store.keptAcknowledgements(of: delivery.row)
      await store.close()
      let refused = strays + known.filter { $0.verdict != "verified" }
      #expect(refused.count == Self.lies.count + 1, "and the unsigned 202 to the push")
      for (lie, one) in zip(Self.lies, brought) {
        let body = try #require(one.line["body"]?.text.flatMap { Data(base64Encoded: $0) })
        #expect(
          refused.contains {
            $0.verdict == lie.code && $0.octets.suffix(body.count).elementsEqual(body)
          },
          "\(lie) was not kept")
      }
    }

    @Test func `takes from each partner only what is about its own messages`() async throws {
      let all = try await CallbackWorld.running(others: [.care]) { file, text in
        // Its certificates end elsewhere, whatever another partner's anchors say.
        file == "partners.d/comensha.toml"
          ? text.replacing(
            "[tls]\nanchors = \"pki/anchors.pem\"", with: "[tls]\nanchors = \"pki/ca/rogue.pem\"")
          : text
      }
      let id = try all.gateway.deliver(Submission.fresh())
      _ = try await all.gateway.settled(id, "DELIVERED")
      let stranger = try await all.bring([["kind": "acceptance"]], about: id, by: .care)
      #expect(stranger.map(\.problem) == ["client-certificate"], "\(stranger)")
      #expect(all.gateway.events("caller-refused").count == 1)
      let file = "etc/partners.d/comensha.toml"
      try all.world.write(
        file,
        all.world.read(file).replacing("pki/ca/rogue.pem", with: "pki/anchors.pem"))
      all.gateway.program?.signal(SIGHUP)
      _ = try await all.gateway.reloaded(to: 2)
      // Another partner about the police's message, under its own name and under theirs.
      let other = try await all.bring([["kind": "acceptance"]], about: id, by: .care)
      #expect(other.map(\.status) == [404], "\(other)")
      #expect(other.map(\.problem) == ["unknown-message"], "\(other)")
      let borrowed = try await all.bring(
        [["kind": "acceptance", "as": "comensha-server"]], about: id)
      #expect(borrowed.map(\.problem) == ["not-authorized"], "\(borrowed)")
      let shown = try all.gateway.show(id)
      #expect(shown["answer"]?.text == "none")
      #expect(shown["acknowledgements"]?.elements?.count == 1)
    }

    @Test func `shows its refusal to whoever TLS does not let in, and names nobody else's`()
      async throws
    {
      let all = try await CallbackWorld.running()
      let id = try all.gateway.deliver(Submission.fresh())
      _ = try await all.gateway.settled(id, "DELIVERED")
      let brought = try await all.bring(
        [
          ["kind": "acceptance", "as": ""], ["kind": "acceptance", "as": "rogue-client"],
          ["kind": "acceptance", "as": "nla-server"],
          ["kind": "acceptance", "path": "/v1/referrals"],
          ["kind": "acceptance", "method": "GET"],
          ["kind": "acceptance", "method": "GET", "path": "/v1/health"],
          ["kind": "acceptance", "type": "application/json"],
          ["kind": "acceptance", "blanks": 70_000], ["kind": "acceptance", "blanks": 200_000],
        ], about: id)
      #expect(brought[0].error.contains("certificate required"), "\(brought[0])")
      #expect(brought[1].error.contains("unknown ca"), "\(brought[1])")
      let rest = brought.dropFirst(2)
      #expect(rest.map(\.status) == [403, 404, 405, 200, 415, 413, 413], "\(brought)")
      #expect(
        rest.map(\.problem) == [
          "client-certificate", "unknown-endpoint", "method-not-allowed", "",
          "unsupported-media-type", "too-large", "",
        ])
      #expect(all.gateway.events("caller-handshake-failed").count == 2)
      #expect(all.gateway.events("caller-unknown").count == 1)
      #expect(try all.gateway.show(id)["answer"]?.text == "none")
    }

    @Test func `waits under an ended list, refuses a caller on it, and goes on with a fresh one`()
      async throws
    {
      let all = try await CallbackWorld.running(
        plan: [["mode": "problem", "status": 202, "type": "later"]], asynchronous: true,
        lists: ["--ended", "3600"])
      let id = try all.gateway.deliver(Submission.fresh())
      _ = try await all.gateway.settled(id, "AWAITING")
      func stand(_ wanted: String) async throws {
        _ = try await eventually("the lists are \(wanted)") {
          all.gateway.events("revocation-lists").last?["standing"]?.text == wanted ? true : nil
        }
      }
      try await stand("grace")
      let receipt: JSONObject = [
        "kind": "receipt", "data": ["receivedAt": "2026-11-24T12:00:00Z"],
      ]
      let undecided = try await all.bring([receipt, ["again": true]], about: id)
      #expect(undecided.map(\.problem) == Array(repeating: "temporarily-unavailable", count: 2))
      #expect(undecided.allSatisfy { $0.line["retryAfter"]?.text != nil }, "\(undecided)")
      var shown = try all.gateway.show(id)
      #expect(shown["state"]?.text == "AWAITING" && shown["reason"]?.text == "receipt-due")
      #expect(all.gateway.events("acknowledgement-undecided").count == 2)
      try await all.world.lists()
      try await stand("fresh")
      let again = try await all.bring([["replay": true]], about: id)
      #expect(again.map(\.status) == [204], "\(again)")
      shown = try all.gateway.show(id)
      #expect(shown["state"]?.text == "DELIVERED")
      // The unsigned 202, the undecided octets once, and the verdict that counts.
      let verdicts = shown["acknowledgements"]?.elements?.map { $0["verdict"]?.text }
      #expect(verdicts == ["signature-missing", "revocation-unknown", "verified"])
      try await all.world.lists(["--revoke", "politie-avim-server"])
      var outside: [Brought] = []
      for _ in 0..<20 where outside.first?.status != 403 {
        try await Task.sleep(for: .milliseconds(300))
        outside = try await all.bring([["kind": "acceptance"]], about: id)
      }
      #expect(outside.map(\.problem) == ["client-certificate"], "\(outside)")
      #expect(all.gateway.events("caller-refused").last?["revoked"]?.flag == true)
    }
  }
}
