/// Partners that lie: no receipt but a true one ends a delivery.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

/// A partner's lie, and the step of docs/verification.md that must find it.
struct Lie: Sendable, CustomTestStringConvertible, CustomStringConvertible {
  let mode: String
  let step: Int64
  let code: String

  init(_ mode: String, _ step: Int64, _ code: String) {
    self.mode = mode
    self.step = step
    self.code = code
  }

  var testDescription: String { mode }
  var description: String { mode }

  static let all = [
    Lie("unsigned-200", 1, "signature-missing"),
    Lie("header-twice", 1, "signature-repeated"),
    Lie("bad-base64url", 3, "not-canonical-base64url"),
    Lie("duplicate-name-in-header", 4, "header-not-strict-json"),
    Lie("alg-none", 3, "not-canonical-base64url"),
    Lie("alg-hs256", 5, "algorithm-not-allowed"),
    Lie("x5t-mismatch", 6, "signer-names-differ"),
    Lie("swapped-body", 8, "digest-mismatch"),
    Lie("bad-signature", 9, "signature-invalid"),
    Lie("foreign-key", 10, "path-invalid"),
    Lie("expired-signer", 10, "path-invalid"),
    Lie("revoked-signer", 11, "revoked"),
    Lie("wrong-identity", 12, "identity-mismatch"),
    Lie("other-partners-receipt", 12, "identity-mismatch"),
    Lie("recipient-not-us", 14, "not-addressee"),
    Lie("wrong-type", 13, "schema-invalid"),
    Lie("unknown-message", 15, "unknown-exchange"),
    Lie("wrong-payload-digest", 16, "payload-digest-mismatch"),
    Lie("wrong-signature-digest", 16, "signature-digest-mismatch"),
    Lie("signed-before-document", 17, "signed-too-early"),
    Lie("late-iat", 17, "signed-in-future"),
    Lie("receipt-26-hours-after", 17, "signed-in-future"),
  ]
}

extension Scenarios {
  @Suite(needsPython) struct LyingReceipts {
    @Test(arguments: Lie.all)
    func `is not deceived by a receipt`(_ lie: Lie) async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: [["mode": .string(lie.mode)]])
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      try await gateway.holds(id, lie)
      #expect(police.journal().count == 3)
    }

    @Test func `is not deceived by an earlier receipt's number`() async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: ["honest", "replayed-id"])
      let gateway = try await Gateway.running(world, [police])
      _ = try gateway.deliver(Submission.fresh())
      _ = try await gateway.allDelivered(1)
      let id = try gateway.deliver(Submission.fresh())
      try await gateway.holds(id, Lie("replayed-id", 18, "acknowledgement-id-reused"))
    }

    @Test func `does not take an acknowledgement of an unknown kind for a receipt`() async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: ["unknown-kind"])
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "HELD")
      #expect(delivery["reason"]?.text == "unverified")
      #expect(delivery["answer"]?.text == "none")
    }

    @Test(arguments: ["ddas-style", "dss-style"])
    func `accepts a true receipt in another style`(_ mode: String) async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: [.string(mode)])
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DELIVERED", "HELD")
      #expect(delivery["state"]?.text == "DELIVERED", "\(text(delivery))")
    }

    /// What "late-iat" and "receipt-26-hours-after" sign is wrong only before its time.
    @Test(
      .enabled(if: Machine.faketime != nil, "there is no libfaketime: apt install faketime"),
      arguments: [("late-iat", 600), ("receipt-26-hours-after", 26 * 3600 + 60)])
    func `accepts a receipt that was signed late and comes later`(_ mode: String, seconds: Int)
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police, plan: ["5xx", .string(mode)])
      let gateway = try await Gateway.running(world, [police], retryScale: 1)
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "DEFERRED")
      #expect(try await gateway.stop() == 0)
      try await gateway.start(environment: try Machine.clock(ahead: seconds))
      let delivery = try await gateway.settled(id, "DELIVERED", "HELD", attempts: 2)
      #expect(delivery["state"]?.text == "DELIVERED", "\(text(delivery))")
      #expect(try await gateway.stop() == 0)
    }
  }
}
