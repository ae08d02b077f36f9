/// Golden exchanges and answers of the Python side through the program, each with its verdict.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Platform
import TestSupport
import Testing

@Suite(.serialized) struct GoldenExchangeTests {
  @Test func `tells who signed, when and by which chain`() async throws {
    let judged = try await Exchange().run()
    judged.expect(0)
    #expect(judged.steps.map { $0["step"]?.integer } == (1...19).map { Int64($0) })
    for step in [1] + Array(3...14) { #expect(judged.outcome(step) == "passed", "\(step)") }
    for step in [2] + Array(15...19) { #expect(judged.outcome(step) == "skipped", "\(step)") }
    let verdict = judged.verdict
    #expect(verdict["signer"]?.text?.contains("Sample sender") == true)
    #expect(verdict["oin"] == "00000099000000001000")
    #expect(verdict["chain"]?.elements?.count == 3)
    #expect(verdict["trust"] == "chain")
    #expect(verdict["signedAt"] != nil)
    #expect(verdict["source"] == "urn:nld:oin:00000099000000001000:systeem:referrals")
    #expect(judged.run.errors.isEmpty)
  }

  @Test func `without an identity tells the signer and decides nothing`() async throws {
    var exchange = try Exchange()
    exchange.identity = nil
    let judged = try await exchange.run()
    judged.expect(2, step: 12, "identity-not-given")
    #expect(judged.verdict["oin"] == "00000099000000001000")
    exchange.verb = "signature"
    let signature = try await exchange.run()
    signature.expect(0)
    #expect(signature.outcome(12) == "skipped")
    #expect(signature.outcome(13) == "skipped")
  }

  @Test func `refuses another identity and another addressee`() async throws {
    let other = "urn:nld:oin:00000099000000020000"
    var exchange = try Exchange()
    exchange.identity = other
    try await exchange.run().expect(1, step: 12, "identity-mismatch")
    exchange.identity = Exchange.sender
    exchange.more = ["--recipient", other]
    try await exchange.run().expect(1, step: 14, "not-addressee")
    exchange.more = ["--recipient", "urn:nld:oin:00000099000000010000"]
    try await exchange.run().expect(0)
  }

  @Test func `judges path and revocation at the time that is asked about`() async throws {
    var exchange = try Exchange()
    exchange.at = "2026-11-20T00:00:00Z"
    try await exchange.run().expect(1, step: 10, "path-invalid")
    exchange.at = "2027-06-01T00:00:00Z"
    let later = try await exchange.run()
    later.expect(2, step: 11, "revocation-unknown")
    exchange.more = ["--no-revocation-check"]
    let unasked = try await exchange.run()
    unasked.expect(0)
    let time = unasked.steps.first { $0["step"] == 17 }
    #expect(time?["detail"] == "expired by the time asked about")
    exchange.at = "2036-01-01T00:00:00Z"
    try await exchange.run().expect(1, step: 10, "path-invalid")
  }

  @Test func `takes the signer's own certificate as a pin, without path or revocation`()
    async throws
  {
    var exchange = try Exchange()
    exchange.trust = "\(Exchange.golden)/signer.pem"
    exchange.revocationLists = []
    let judged = try await exchange.run()
    judged.expect(0)
    #expect(judged.outcome(11) == "skipped")
    #expect(judged.verdict["trust"] == "pinned")
    exchange.identity = "urn:nld:oin:00000099000000020000"
    try await exchange.run().expect(1, step: 12, "identity-mismatch")
    exchange.identity = nil
    try await exchange.run().expect(2, step: 12, "identity-not-given")
    exchange.trust = "\(PackageFolder.path)/schemas/vectors/emm/signer.pem"
    try await exchange.run().expect(1, step: 6, "signer-unknown")
  }

  @Test func `refuses a receipt given as a document, and a document given as a receipt`()
    async throws
  {
    var exchange = try Exchange()
    exchange.verb = "acknowledgement"
    try await exchange.run().expect(1, step: 13, "schema-invalid")
  }
}

/// Mode of Tests/Support/acknowledgements.py to step and code; none where it is valid offline.
private let modes: [String: (step: Int, code: String)] = [
  "unsigned-200": (1, "signature-missing"), "header-twice": (1, "signature-repeated"),
  "bad-base64url": (3, "not-canonical-base64url"), "alg-none": (3, "not-canonical-base64url"),
  "duplicate-name-in-header": (4, "header-not-strict-json"),
  "alg-hs256": (5, "algorithm-not-allowed"), "x5t-mismatch": (6, "signer-names-differ"),
  "swapped-body": (8, "digest-mismatch"), "bad-signature": (9, "signature-invalid"),
  "foreign-key": (10, "path-invalid"), "expired-signer": (10, "path-invalid"),
  "revoked-signer": (11, "revoked"), "wrong-identity": (12, "identity-mismatch"),
  "other-partners-receipt": (12, "identity-mismatch"), "wrong-type": (13, "schema-invalid"),
  "recipient-not-us": (14, "not-addressee"),
]

private let python = PackageFolder.path + "/.venv/bin/python"

@Test(.enabled(if: Files.exists(python), "there is no .venv: run scripts/bootstrap"))
func `judges every answer of the Python side as far as files can`() async throws {
  let pki = try DevelopmentPKI.folder()
  let folder = try TemporaryFolder()
  let made = try await ProgramRun.of(
    python,
    [
      "-B", PackageFolder.path + "/Tests/Support/write_answers.py", pki, Exchange.golden,
      folder.path,
    ])
  try #require(made.status == 0, "\(made.errors)")
  var exchange = try Exchange()
  exchange.verb = "acknowledgement"
  exchange.identity = "urn:nld:oin:00000099000000010000"
  exchange.at = nil
  exchange.trust = try exchange.file(
    "authorities",
    try ["anchors", "intermediates"].flatMap { try Files.read("\(pki)/\($0).pem", limit: 65_536) })
  exchange.revocationLists = ["\(pki)/crls"]
  exchange.more = ["--recipient", Exchange.sender]
  let names = try Files.list(folder.path).filter { $0.hasSuffix(".json") }
    .map { String($0.dropLast(".json".count)) }
  #expect(names.count > 25)
  #expect(Set(modes.keys).isSubset(of: names))
  for name in names {
    exchange.body = "\(folder.path)/\(name).json"
    exchange.headers = "\(folder.path)/\(name).headers"
    let judged = try await exchange.run()
    let wanted = modes[name]
    judged.expect(wanted == nil ? 0 : 1, step: wanted?.step, wanted?.code, name)
  }
}
