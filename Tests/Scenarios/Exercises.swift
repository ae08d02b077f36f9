/// The reference partner misbehaves on command, and only between test identities.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

/// A plan, and what becomes of the delivery that meets it.
struct ExerciseRow: Sendable, CustomTestStringConvertible {
  let plan: String
  /// Outcome and error of each attempt before the last.
  var before: [(outcome: String, error: String?)] = []
  var state = "DELIVERED"
  var reason: String?
  var outcome = "done"
  var error: String?

  var testDescription: String { plan }

  static let all = [
    ExerciseRow(plan: "honest"),
    ExerciseRow(plan: "slow=1"),
    ExerciseRow(plan: "down", before: [("transient", "reset")]),
    ExerciseRow(plan: "down=1"),
    ExerciseRow(plan: "lost-answer", before: [("transient", "reset")]),
    ExerciseRow(plan: "unsigned-200", before: [("unverified", "signature-missing")]),
    ExerciseRow(plan: "wrong-digest", before: [("unverified", "payload-digest-mismatch")]),
    ExerciseRow(plan: "foreign-key", before: [("unverified", "signature-invalid")]),
    ExerciseRow(plan: "early-receipt", before: [("unverified", "signed-too-early")]),
    ExerciseRow(plan: "other-partners-receipt", before: [("unverified", "identity-mismatch")]),
    ExerciseRow(
      plan: "5xx*3",
      before: Array(repeating: ("transient", "temporarily-unavailable"), count: 3)),
    ExerciseRow(
      plan: "502, 409=1, clock-skew, 404",
      before: [
        ("transient", "temporarily-unavailable"), ("busy", "in-progress"),
        ("clock", "clock-skew"), ("refused-unsigned", "unknown-endpoint"),
      ]),
    ExerciseRow(
      plan: "unsigned-200*",
      before: Array(repeating: ("unverified", "signature-missing"), count: 2),
      state: "HELD", reason: "unverified", outcome: "unverified", error: "signature-missing"),
    ExerciseRow(
      plan: "rejection=no-legal-basis", state: "DEAD", reason: "rejected", outcome: "rejected"),
    ExerciseRow(
      plan: "415=2.0.0+2.1.0", state: "HELD", reason: "schema-version", outcome: "version",
      error: "unsupported-schema-version"),
    ExerciseRow(
      plan: "422", state: "DEAD", reason: "conflict", outcome: "conflict",
      error: "idempotency-key-reused"),
    ExerciseRow(
      plan: "410", state: "HELD", reason: "gone", outcome: "gone", error: "unknown-endpoint"),
    ExerciseRow(
      plan: "403", state: "HELD", reason: "credentials", outcome: "credentials",
      error: "not-authorized"),
  ]
}

extension Scenarios {
  @Suite(needsPython) struct Exercises {
    @Test(arguments: ExerciseRow.all)
    func `a planned misdeed happens, and then the partner is honest`(_ row: ExerciseRow)
      async throws
    {
      let world = try World()
      let port = try freePort()
      let gateway = try Gateway(
        world, endpoints: [(.police, "https://127.0.0.1:\(port)/v1/referrals")])
      try world.write("partner.toml", world.partnerSettings(port))
      let partner = try await world.referralPartner(exercise: row.plan)
      try await gateway.start()
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, row.state, within: 60)
      #expect(delivery["reason"]?.text == row.reason)
      let attempts = delivery["attemptList"]?.elements ?? []
      if row.plan != "down=1" {
        let seen = attempts.map { "\($0["outcome"]?.text ?? "") \($0["error"]?.text ?? "")" }
        let wanted = (row.before + [(row.outcome, row.error)]).map { "\($0) \($1 ?? "")" }
        #expect(seen == wanted)
      } else {
        #expect(attempts.count > 1 && attempts.last?["outcome"]?.text == "done")
      }
      #expect(partner.log.contains("partner-exercises"))
      let effects = try await world.effects()
      let taken = row.state == "DELIVERED" || row.reason == "unverified"
      #expect(effects["effects"]?.integer == (taken ? 1 : 0), "\(text(effects))")
      #expect(try await partner.stop() == 0)
    }

    /// A partner that breaks its promise to remember is what the sender cannot heal.
    @Test func `a partner that forgets takes a repeat for something new`() async throws {
      let world = try World()
      let port = try freePort()
      let gateway = try Gateway(
        world, endpoints: [(.police, "https://127.0.0.1:\(port)/v1/referrals")])
      try world.write("partner.toml", world.partnerSettings(port))
      _ = try await world.referralPartner(exercise: "lost-answer, forget")
      try await gateway.start()
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "DELIVERED")
      let effects = try await world.effects()
      #expect(effects["effects"]?.integer == 2, "\(text(effects))")
      #expect(effects["contents"]?.integer == 1)
    }

    @Test(arguments: [
      ("unsigned-2000", "did you mean 'unsigned-200'"), ("slow=fast", "seconds"),
      ("503*0", "times"), ("", "unknown step"), ("honest=1", "takes no value"),
      ("415=two", "versions"), ("rejection=not-competend", "did you mean 'not-competent'"),
    ])
    func `refuses a plan that it does not understand`(_ plan: String, _ said: String)
      async throws
    {
      let (status, log) = try await refusal(plan)
      #expect(status == 64, "\(log)")
      #expect(log.contains("--exercise") && log.contains(said), "\(log)")
    }

    @Test func `refuses to misbehave towards anybody who is real`() async throws {
      let (status, log) = try await refusal("slow") { settings in
        settings.replacing(
          "urn:nld:oin:00000099000000001000", with: "urn:nld:oin:00000001234567890000")
      }
      #expect(status == 78, "\(log)")
      #expect(log.contains("has no test OIN"), "\(log)")
    }

    private func refusal(
      _ plan: String, _ edit: (String) -> String = { $0 }
    ) async throws -> (status: Int32, log: String) {
      let world = try World()
      try world.write("partner.toml", edit(world.partnerSettings(try freePort())))
      let program = try world.startReferralPartner(exercise: plan)
      return (try await program.ended(), program.log)
    }
  }
}
