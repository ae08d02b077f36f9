/// What a partner's answer proves: steps 13 to 18, each with an answer wrong in that respect.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import DeliverySupport
import Digest
import JSON
import OpenSSL
import Platform
import Referrals
import Register
import Signing
import TestSupport
import Testing
import Wire

/// A whole second, as `iat` is.
private let now = Instant(seconds: SystemClock.now().seconds)
private let us = "urn:nld:oin:00000099000000001000"
private let politie = "urn:nld:oin:00000099000000010000"

/// One exchange with politie-avim and an answer to it that is right until a test changes it.
private struct Exchange {
  let document: SignedDocument
  var draft: AcknowledgementDraft
  var signer = "politie-avim-sign"
  var signedAt = now
  var hasSigningTime = true
  /// `iat` of our document.
  var issuedAt = now
  /// An exchange of another partner is not found.
  var isKnown = true
  var seen: [UInt8]?
  var judgedAt = now

  init(_ kind: String = "receipt") throws {
    document = try Sample.document(Sample.id(1))
    draft = AcknowledgementDraft(
      kind: kind, about: document, id: Sample.id(9).description, source: politie,
      recipient: us, time: now)
  }

  func verdict() async throws -> AcknowledgementVerdict {
    let configuration = try ExampleRegister.configuration()
    let partner = try #require(configuration.partners.first { $0.code.text == "politie-avim" })
    let check = AcknowledgementCheck(
      partner: partner, ourIdentity: try #require(PartnerIdentity(us)),
      schemas: try PublishedSchemas.folder().wire)
    var message = try MessageDraft(
      body: draft.body, by: SampleKey(signer), issuedAt: signedAt)
    if !hasSigningTime { message.header["iat"] = nil }
    let expected = ExpectedExchange(
      messageID: document.id, payloadDigest: document.digest,
      signatureDigest: document.signatureDigest, issuedAt: issuedAt)
    return await check.judge(try message.message(), now: judgedAt) { id in
      isKnown && id == document.id ? expected : nil
    } known: { _ in
      seen
    }
  }

  func refusal() async throws -> VerificationFailure? {
    switch try await verdict() {
    case .verified: return nil
    case .undecided(_, let failure, _): return failure
    case .rejected(let failure, let report):
      #expect(report.lines.last?.step == failure.step)
      #expect(report.lines.last?.outcome == .failed)
      return failure
    }
  }
}

private func expect(
  _ step: VerificationStep, _ code: VerificationCode, _ kind: String = "receipt",
  sourceLocation: SourceLocation = #_sourceLocation,
  _ change: (inout Exchange) throws -> Void
) async throws {
  var exchange = try Exchange(kind)
  try change(&exchange)
  let found = try await exchange.refusal()
  #expect(found?.step == step, sourceLocation: sourceLocation)
  #expect(found?.code == code, sourceLocation: sourceLocation)
}

@Test func `a right receipt is verified, and every step is in the report`() async throws {
  let exchange = try Exchange()
  guard case .verified(let found, let report) = try await exchange.verdict() else {
    Issue.record("the receipt is refused")
    return
  }
  #expect(found.kind == .receipt)
  #expect(found.messageID == exchange.document.id)
  #expect(found.signedAt == now)
  #expect(report.lines.map(\.step.rawValue).sorted() == Array(1...18))
  #expect(report.lines.allSatisfy { $0.outcome == .passed })
}

@Test func `a signature of somebody else is refused before the body is read`() async throws {
  try await expect(.identity, .identityMismatch) { $0.signer = "comensha-sign" }
  try await expect(.path, .pathInvalid) { $0.signer = "rogue-sign" }
  try await expect(.path, .pathInvalid) { $0.signer = "expired-sign" }
  try await expect(.revocation, .revoked) { $0.signer = "revoked-sign" }
  try await expect(.identity, .identityMismatch) {
    $0.signer = "comensha-sign"
    $0.draft.event = "not an event"
  }
}

@Test func `step 12 identity: the source in the body is the signer`() async throws {
  try await expect(.identity, .identityMismatch) {
    $0.draft.event = $0.draft.event.with("/source", "urn:nld:oin:00000099000000030000")
  }
}

@Test func `step 13 body: strict JSON that fits the schema of its kind`() async throws {
  try await expect(.body, .schemaInvalid) { $0.draft.event = "text" }
  for pointer in ["/data/receivedAt", "/data/payloadDigest", "/data/kind", "/id", "/subject"] {
    try await expect(.body, .schemaInvalid) {
      $0.draft.event = $0.draft.event.without(pointer)
    }
  }
  try await expect(.body, .schemaInvalid) {
    $0.draft.event = $0.draft.event.with("/data/receivedBy", "somebody")
  }
  try await expect(.body, .schemaInvalid) {
    $0.draft.event = $0.draft.event.with("/more", 1)
  }
}

@Test func `keeps no name of the partner's own in the report`() async throws {
  for pointer in ["/data/Khadgiwal", "/Khadgiwal"] {
    var exchange = try Exchange()
    exchange.draft.event = exchange.draft.event.with(pointer, "x")
    let report = String(
      decoding: JSONWriter.write(try await exchange.verdict().report.json), as: UTF8.self)
    #expect(report.contains("schema-invalid"))
    #expect(!report.contains("Khadgiwal"), "\(report)")
  }
}

@Test func `step 14 addressee: we, and an acknowledgement`() async throws {
  try await expect(.addressee, .notAddressee) {
    $0.draft.event = $0.draft.event.with("/recipient", "urn:nld:oin:00000099000000020000")
  }
}

@Test func `step 14 addressee: a document sent back is no acknowledgement`() async throws {
  try await expect(.addressee, .wrongType, "something-new") {
    let base = "https://referral-gateway.example/schemas"
    $0.draft.event = $0.draft.event.without("/subject").without("/causationid")
      .with("/type", "nl.mensenhandelsignalen.verwijzing.aangeboden.v1")
      .with("/dataschema", .string("\(base)/referral/1.0.0/schema.json"))
      .with("/expires", .string(now.adding(seconds: 60).description))
      .with("/requestedacks", "receipt")
  }
}

@Test func `step 15 exchange: a message that we sent to this partner`() async throws {
  try await expect(.exchange, .unknownExchange) { $0.isKnown = false }
  try await expect(.exchange, .unknownExchange) {
    $0.draft.event = $0.draft.event.with(
      "/data/messageId", .string(Sample.id(77).description))
  }
  for pointer in ["/subject", "/causationid"] {
    try await expect(.exchange, .unknownExchange) {
      $0.draft.event = $0.draft.event.with(pointer, .string(Sample.id(77).description))
    }
  }
}

@Test func `step 16 digests: of our octets and our signature`() async throws {
  let other = JSONValue.string(SHA256Digest(of: [1]).field)
  try await expect(.digests, .payloadDigestMismatch) {
    $0.draft.event = $0.draft.event.with("/data/payloadDigest", other)
  }
  try await expect(.digests, .signatureDigestMismatch) {
    $0.draft.event = $0.draft.event.with("/data/signatureDigest", other)
  }
}

@Test func `step 17 time: not before our document and not in the future, 300 s either way`()
  async throws
{
  for skew: Int64 in [-300, 0, 300] {
    var exchange = try Exchange()
    exchange.signedAt = now.adding(seconds: skew)
    #expect(try await exchange.refusal() == nil, "\(skew) s")
  }
  try await expect(.time, .signedTooEarly) { $0.signedAt = now.adding(seconds: -301) }
  try await expect(.time, .signedInFuture) { $0.signedAt = now.adding(seconds: 301) }
  var late = try Exchange()
  late.signedAt = now.adding(seconds: -600)
  late.issuedAt = now.adding(seconds: -300)
  #expect(try await late.refusal() == nil)
}

@Test func `step 17 time: without iat the signed time of the envelope counts`() async throws {
  var exchange = try Exchange()
  exchange.hasSigningTime = false
  exchange.draft.event = exchange.draft.event.with(
    "/time", .string(now.adding(seconds: -200).description))
  guard case .verified(let found, _) = try await exchange.verdict() else {
    Issue.record("a header without iat is refused")
    return
  }
  #expect(found.signedAt == now.adding(seconds: -200))
  try await expect(.time, .signedTooEarly) {
    $0.hasSigningTime = false
    $0.draft.event = $0.draft.event.with(
      "/time", .string(now.adding(seconds: -301).description))
  }
}

@Test func `step 18 replay: the same again changes nothing, another under the id is refused`()
  async throws
{
  var again = try Exchange()
  again.seen = SHA256Digest(of: again.draft.body).octets
  #expect(try await again.refusal() == nil)
  try await expect(.replay, .idReused) { $0.seen = SHA256Digest(of: [1]).octets }
}

@Test func `an unknown kind is verified and has no effect`() async throws {
  let exchange = try Exchange("something-new")
  guard case .verified(let found, _) = try await exchange.verdict() else {
    Issue.record("an unknown kind is refused")
    return
  }
  #expect(found.kind == nil)
  #expect(found.kindText == "something-new")
}

@Test(arguments: ["acceptance", "rejection"])
func `other kinds are verified as what they are`(_ kind: String) async throws {
  let exchange = try Exchange(kind)
  guard case .verified(let found, _) = try await exchange.verdict() else {
    Issue.record("\(kind) is refused")
    return
  }
  #expect(found.kind?.rawValue == kind)
  #expect(found.reasonCodes == (kind == "rejection" ? ["not-competent"] : []))
}
