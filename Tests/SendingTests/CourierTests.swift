/// The request on each road, and what a signature changes about the outcome.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import DeliverySupport
import Fetch
import JSON
import Platform
import Referrals
import Register
import Sending
import Signing
import TestSupport
import Testing
import Wire

private let transaction = UniversalID.v7(
  at: Sample.time, random: [UInt8](repeating: 9, count: 16))

private func request(_ change: (ExampleRegister) throws -> Void) throws -> FetchRequest {
  let register = try ExampleRegister()
  try change(register)
  let configuration = try register.load()
  let partner = try #require(configuration.partners.first { $0.code.text == "emm" })
  let road = PartnerRoad(partner: partner, client: configuration.tlsClient, generation: 4)
  let document = try Sample.document(Sample.id(1))
  return Courier.request(
    for: document.requestFields, body: document.octets, by: road, transactionID: transaction)
}

@Test func `the direct road posts the fixed fields and octets to the endpoint`() throws {
  let document = try Sample.document(Sample.id(1))
  let request = try request { _ in }
  #expect(request.url == "https://127.0.0.1:9442/v1/referrals")
  #expect(request.body == document.octets)
  #expect(request.fields.map(\.0) == document.requestFields.map(\.name))
  #expect(request.fields.map(\.1) == document.requestFields.map(\.value))
  #expect(request.generation == 4)
  #expect(request.identity != nil)
  #expect(request.proxy == nil)
  #expect(!request.allowsPlainHTTP)
}

@Test func `the outway gets grant and transaction, and the partner's path is kept`() throws {
  let grant = "$1$4$" + String(repeating: "A", count: 86)
  let request = try request { register in
    try register.edit(
      "partners.d/emm.toml", "[schema]",
      """
      [route]
      via = "fsc-outway"
      outway = "http://127.0.0.1:8080"
      grant_hash = "\(grant)"
      [schema]
      """)
    try register.edit(
      "partners.d/emm.toml", "[tls]", "[tls]\naddresses = [\"192.0.2.0/24\"]")
  }
  #expect(request.url == "http://127.0.0.1:8080/v1/referrals")
  #expect(request.allowsPlainHTTP)
  #expect(request.allowedAddresses.isEmpty, "the outway is dialled, not the partner")
  let added = request.fields.suffix(2)
  #expect(added.map(\.0) == ["Fsc-Grant-Hash", "Fsc-Transaction-Id"])
  #expect(added.map(\.1) == [grant, transaction.description])
}

@Test func `a proxy changes the line and nothing of the message`() throws {
  let direct = try request { _ in }
  let request = try request { register in
    try register.edit(
      "partners.d/emm.toml", "[schema]",
      "[route]\nvia = \"proxy\"\nproxy = \"http://127.0.0.1:3128\"\n[schema]")
    try register.edit(
      "partners.d/emm.toml", "[tls]", "[tls]\naddresses = [\"192.0.2.0/24\"]")
  }
  #expect(request.proxy == "http://127.0.0.1:3128")
  #expect(request.url == direct.url)
  #expect(request.fields.map(\.1) == direct.fields.map(\.1))
  #expect(request.allowedAddresses.isEmpty, "the proxy is dialled, not the partner")
}

@Test func `the direct road dials only the partner's addresses`() throws {
  let request = try request { register in
    try register.edit(
      "partners.d/emm.toml", "[tls]", "[tls]\naddresses = [\"127.0.0.0/8\"]")
  }
  #expect(request.allowedAddresses == ["127.0.0.0/8"])
}

/// The real verdict on a signed answer of politie-avim.
private func outcome(
  kind: String, reasons: [String] = [], lists: String = "crls", status: Int,
  tampered: Bool = false
) async throws -> AttemptOutcome {
  let register = try ExampleRegister()
  try register.edit("partners.d/politie-avim.toml", "pki/crls", "pki/\(lists)")
  let configuration = try register.load()
  let partner = try #require(configuration.partners.first { $0.code.text == "politie-avim" })
  let document = try Sample.document(Sample.id(1))
  let now = SystemClock.now()
  var draft = AcknowledgementDraft(
    kind: kind, about: document, id: Sample.id(9).description, source: partner.identity.uri,
    recipient: "urn:nld:oin:00000099000000001000", time: now)
  if !reasons.isEmpty {
    draft.event = draft.event.with(
      "/data/reasons", .array(reasons.map { ["code": .string($0)] }))
  }
  let signed = try MessageDraft(
    body: draft.body, by: SampleKey("politie-avim-sign"), issuedAt: now
  ).message()
  let message =
    tampered ? ReceivedMessage(fields: signed.fields, body: signed.body + [0x20]) : signed
  let check = AcknowledgementCheck(
    partner: partner,
    ourIdentity: try #require(PartnerIdentity("urn:nld:oin:00000099000000001000")),
    schemas: try PublishedSchemas.folder().wire)
  let verdict = await check.judge(message, now: now) { _ in
    ExpectedExchange(
      messageID: document.id, payloadDigest: document.digest,
      signatureDigest: document.signatureDigest, issuedAt: now)
  } known: { _ in
    nil
  }
  return AttemptOutcome(
    answer: .made(status), verdict: verdict, waitsForReceipt: now.adding(seconds: 60),
    throughOutway: false, versions: VersionChoice(sent: "1.0.0", possible: [], isReissue: false))
}

@Test(arguments: [200, 202, 404, 500])
func `a verified receipt delivers whatever the status`(_ status: Int) async throws {
  #expect(try await outcome(kind: "receipt", status: status) == .receipt)
}

@Test func `a verified rejection is a rejection, for a later revision it is no trouble`()
  async throws
{
  #expect(try await outcome(kind: "rejection", status: 422) == .rejection)
  #expect(
    try await outcome(kind: "rejection", reasons: ["superseded"], status: 409)
      == .rejectedAsSuperseded)
  #expect(
    try await outcome(kind: "rejection", reasons: ["superseded", "incomplete"], status: 409)
      == .rejection)
}

@Test func `another signed kind does not prove that the octets arrived`() async throws {
  #expect(try await outcome(kind: "acceptance", status: 200) == .unverified)
}

@Test func `a false receipt in a 202 is unverified, even where receipts may come later`()
  async throws
{
  #expect(
    try await outcome(kind: "receipt", lists: "crls", status: 202, tampered: true) == .unverified)
}

@Test func `only a receipt waits for its signer's revocation`() async throws {
  let stale = "crls-expired"
  #expect(try await outcome(kind: "receipt", lists: stale, status: 200) == .undecided)
  #expect(try await outcome(kind: "rejection", lists: stale, status: 422) == .unverified)
}
