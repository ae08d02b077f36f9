/// Acknowledgements that are really signed and wrong: each step of verification by its forgeries.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Outbox
import Platform
import Seal
import Testing

/// Forgeries that one world sees one after another, by the step that finds them.
struct ForgeryGroup: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let forgeries: [Lie]

  private init(_ name: String, _ forgeries: [[Lie]]) {
    testDescription = name
    self.forgeries = forgeries.flatMap { $0 }
  }

  private static func at(_ step: Int64, _ code: String, _ modes: String...) -> [Lie] {
    modes.map { Lie($0, step, code) }
  }

  static let all = [
    ForgeryGroup(
      "step 1, header fields",
      [
        at(1, "digest-missing", "no-digest"), at(1, "digest-repeated", "digest-twice"),
        at(1, "content-type-missing", "no-content-type"),
        at(1, "content-type-repeated", "content-type-twice"),
        at(1, "signature-repeated", "both-header-names"),
        at(1, "content-encoding", "content-encoding", "content-encoding-identity"),
      ]),
    ForgeryGroup(
      "steps 3 and 4, parts and JSON of the header",
      [
        at(3, "parts-wrong", "four-parts", "payload-attached"),
        at(
          3, "not-canonical-base64url", "signature-padded-base64", "signature-in-base64"),
        at(
          4, "header-not-strict-json", "header-name-twice-escaped", "header-byte-order-mark",
          "header-trailing-comma", "header-array", "header-deep", "header-not-utf8"),
      ]),
    ForgeryGroup(
      "step 5, form of the header",
      [
        at(
          5, "algorithm-not-allowed", "alg-none-with-signature", "alg-lower-case", "alg-rs256",
          "alg-ps512", "alg-not-agreed", "alg-es256k", "alg-eddsa"),
        at(
          5, "header-form", "alg-list", "alg-absent", "b64-true", "b64-absent", "b64-zero",
          "crit-absent", "crit-empty", "crit-text", "crit-short", "crit-twice", "crit-unknown",
          "sigd-absent", "sigd-other-mechanism", "sigd-more-fields", "sigd-capitals", "typ-jwt",
          "typ-null-text", "jku", "jwk", "x5u", "x5t", "zip", "iat-huge", "iat-beyond-calendar",
          "iat-negative", "iat-fraction", "iat-text", "x5t-o-of-another-algorithm"),
      ]),
    ForgeryGroup(
      "steps 6 to 8, certificate, key and digest",
      [
        at(6, "signer-not-named", "no-certificate-named"),
        at(
          6, "signer-names-differ", "x5t-o-differs", "x5c-of-another",
          "x5c-second-is-the-signer", "x5c-not-a-certificate"),
        at(6, "signer-unknown", "certificate-not-shown"),
        at(
          7, "key-unfit", "rsa-1024", "rsa-2047", "rsa-2052", "p256-as-ps256", "rsa-as-es256",
          "p384-as-es256", "secp256k1-as-es256", "dsa-as-ps256", "ed25519-as-ps256"),
        at(
          8, "digest-mismatch", "digest-of-other-octets", "digest-lower-case", "digest-sha512",
          "digest-of-two-algorithms", "digest-in-the-newer-form", "digest-without-padding"),
      ]),
    ForgeryGroup(
      "step 9, the signature",
      [
        at(
          9, "signature-invalid", "pss-without-salt", "pss-with-the-longest-salt",
          "pss-with-another-mask", "pkcs1-under-ps256", "signature-cut", "signature-with-a-zero",
          "signed-by-another-key", "es256-in-der", "es256-of-zeros",
          "signed-as-encoded-payload", "signed-with-a-line-end", "signed-in-capitals",
          "signed-for-another-digest")
      ]),
    ForgeryGroup(
      "steps 10 to 12, who signed",
      [
        at(10, "certificate-form", "leaf-is-authority", "leaf-of-version-1"),
        at(10, "key-usage", "no-key-usage", "key-usage-other"),
        at(10, "extended-key-usage", "extended-key-usage", "any-extended-key-usage"),
        at(
          10, "path-invalid", "not-yet-valid", "no-longer-valid", "expired-when-signed",
          "unknown-critical-extension", "self-signed", "issued-by-a-leaf"),
        // Steps 2 and 12: whose connection it is decides, and not what the answer says of itself.
        at(
          12, "identity-mismatch", "receipt-of-another-partner", "source-of-another",
          "two-identities", "identity-with-a-blank", "identity-absent"),
      ]),
    ForgeryGroup(
      "steps 13 to 17, what it says",
      [
        at(
          13, "not-strict-json", "body-byte-order-mark", "body-name-twice",
          "body-trailing-comma", "body-two-values", "body-not-utf8"),
        at(
          13, "schema-invalid", "extra-member", "member-of-another-kind", "member-null",
          "kind-list", "extra-envelope-member", "missing-member"),
        at(14, "wrong-type", "document-sent-back"),
        at(15, "unknown-exchange", "other-subject", "other-causation"),
        at(16, "payload-digest-mismatch", "digests-exchanged"),
        at(17, "signed-too-early", "early-without-iat"),
      ]),
  ]
}

extension Scenarios {
  @Suite(needsPython) struct Forgeries {
    @Test(arguments: ForgeryGroup.all)
    func `is not deceived, keeps each forgery as it came, and counts it`(_ group: ForgeryGroup)
      async throws
    {
      let world = try World()
      let plan = group.forgeries.flatMap { Array(repeating: JSONValue.string($0.mode), count: 3) }
      let police = try await world.partner(.police, plan: plan + ["honest"])
      let gateway = try await Gateway.running(world, [police]) { file, text in
        file.hasPrefix("partners.d")
          ? text.replacing("accept = [\"PS256\"]", with: "accept = [\"PS256\", \"ES256\"]") : text
      }
      var held: [(lie: Lie, id: String)] = []
      for lie in group.forgeries {
        let id = try gateway.deliver(Submission.fresh())
        try await gateway.holds(id, lie)
        held.append((lie, id))
      }
      // Nothing of it harmed the daemon, or the true receipt after it.
      let last = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(last, "DELIVERED")
      let metrics = try gateway.metrics()
      for (code, lies) in Dictionary(grouping: group.forgeries, by: \.code) {
        let name = "referral_gateway_acknowledgements_total"
        let labels = "{partner=\"politie-avim\",verdict=\"\(code)\"}"
        #expect(metrics["\(name)\(labels)"] == Int64(3 * lies.count), "\(code)")
      }
      #expect(try await gateway.stop() == 0)
      try await compare(world, held)
    }

    /// What the store keeps, opened, with what the partner sent.
    private func compare(_ world: World, _ held: [(lie: Lie, id: String)]) async throws {
      let answers = world.files(below: "politie-avim-kept")
        .filter { $0.path.hasSuffix(".answer") }.map(\.octets)
      let key = try StoreKey(file: world.folder + "/etc/store.key")
      let store = try await OutboxStore(
        folder: world.folder + "/store", profile: "development", key: key
      ) { Issue.record("the store broke: \($0)") }
      for (index, one) in held.enumerated() {
        let id = try #require(UniversalID(one.id))
        let delivery = try #require(try await store.delivery(id))
        let kept = try await store.keptAcknowledgements(of: delivery.row)
        try #require(kept.count == 3, "\(one.lie)")
        for attempt in 0..<3 {
          let sent = try Answer(answers[index * 3 + attempt])
          #expect(kept[attempt].octets.suffix(sent.body.count) == sent.body[...], "\(one.lie)")
          let head = String(
            decoding: kept[attempt].octets.dropLast(sent.body.count), as: UTF8.self)
          for field in sent.fields { #expect(head.contains(field + "\n"), "\(one.lie)") }
          #expect(kept[attempt].verdict == one.lie.code)
        }
      }
      await store.close()
    }

    @Test func `takes no receipt for what another partner got`() async throws {
      let world = try World()
      let care = try await world.partner(.care)
      let request = "\(world.folder)/comensha-kept/000001.request"
      let police = try await world.partner(
        .police,
        plan: [["mode": "about-another-partners-message", "request": .string(request)]])
      let gateway = try await Gateway.running(world, [care, police])
      let submission = try Submission.fresh("22-mononym", to: [.care])
      let other = try gateway.deliver(submission)
      _ = try await gateway.settled(other, "DELIVERED")
      let id = try gateway.deliver(Submission.fresh())
      try await gateway.holds(
        id, Lie("about-another-partners-message", 15, "unknown-exchange"))
    }

    /// Step 19: the disk may fail between the verdict and the state.
    @Test func `believes no receipt that it cannot store`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      #expect(try await gateway.stop() == 0)
      try await world.sql(
        "CREATE TRIGGER planted BEFORE INSERT ON acknowledgement "
          + "BEGIN SELECT RAISE(ABORT, 'planted'); END")
      try await gateway.start()
      let id = try gateway.deliver(Submission.fresh())
      #expect(try await gateway.program?.ended() == 70)
      let rows = try await world.sql("SELECT state, answer, delivered_at FROM delivery")
      #expect(rows == "[[\"SENDING\", \"none\", null]]")
      _ = try await world.sql("DROP TRIGGER planted")
      try await gateway.start()
      let delivery = try await gateway.settled(id, "DELIVERED")
      let kept = delivery["acknowledgements"]?.elements ?? []
      #expect(kept.map { $0["verdict"]?.text } == ["verified"])
      let report = try await police.report()
      #expect(report["effects"]?.integer == 1)
      #expect(report["repeated"]?.integer == 0)
    }
  }
}

/// An answer as the partner kept it: status line, fields, body.
private struct Answer {
  let fields: [String]
  let body: [UInt8]

  init(_ octets: [UInt8]) throws {
    let end = try #require(octets.firstRange(of: [13, 10, 13, 10]))
    body = Array(octets[end.upperBound...])
    fields = String(decoding: octets[..<end.lowerBound], as: UTF8.self)
      .components(separatedBy: "\r\n").dropFirst().map { line in
        let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
        let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        return "\(parts[0].lowercased()): \(value)"
      }
  }
}

extension World {
  /// One statement in the store of a gateway that does not run; the rows as Python prints JSON.
  @discardableResult
  fileprivate func sql(_ statement: String) async throws -> String {
    let code = """
      import json, sqlite3, sys
      base = sqlite3.connect(sys.argv[1])
      print(json.dumps(base.execute(sys.argv[2]).fetchall()))
      base.commit()
      """
    return try await python("sql", ["-c", code, folder + "/store/outbox.db", statement])
  }
}

extension Gateway {
  /// Three refused answers, each kept with its report, then a person must look.
  func holds(_ id: String, _ lie: Lie) async throws {
    let delivery = try await settled(id, "HELD")
    #expect(delivery["reason"]?.text == "unverified", "\(lie)")
    #expect(delivery["answer"]?.text == "none", "\(lie)")
    #expect(delivery["deliveredAt"] == nil, "\(lie)")
    let attempts = delivery["attemptList"]?.elements ?? []
    #expect(
      attempts.map { $0["outcome"]?.text } == ["unverified", "unverified", "unverified"],
      "\(lie)")
    let kept = delivery["acknowledgements"]?.elements ?? []
    #expect(kept.count == 3, "\(lie)")
    for acknowledgement in kept {
      #expect(acknowledgement["verdict"]?.text == lie.code, "\(lie) \(text(acknowledgement))")
      #expect(acknowledgement["step"]?.integer == lie.step, "\(lie) \(text(acknowledgement))")
      let last = acknowledgement["report"]?.elements?.last
      #expect(last?["outcome"]?.text == "failed", "\(lie)")
      #expect(last?["step"]?.integer == lie.step, "\(lie)")
    }
    let alarm = try await eventually("somebody is told of \(lie)") {
      log.split(separator: "\n").first { $0.contains("delivery-alarm") && $0.contains(id) }
    }
    #expect(alarm.contains("unverified-receipt"), "\(lie)")
  }

  /// Each sample by its name with labels, as the text says it.
  func metrics() throws -> [String: Int64] {
    var samples: [String: Int64] = [:]
    for line in try admin.text("/v1/metrics").split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: " ")
      samples[parts.dropLast().joined(separator: " ")] = parts.last.flatMap { Int64($0) }
    }
    return samples
  }
}
