/// Our own signature: through the doors, over exact octets, and back from the store.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import Digest
import Disclosure
import Intake
import JSON
import OpenSSL
import Platform
import Referrals
import Register
import Seal
import Signing
import TestSupport
import Testing
import Wire

private let now = SystemClock.now()

/// A real document of the first example for politie-avim.
private func document() throws -> WireDocument {
  let schemas = try PublishedSchemas.folder()
  let configuration = try ExampleRegister.configuration()
  let intake = Intake(schema: schemas.submission, reference: try PublishedSchemas.reference())
  guard case .read(let submission) = intake.read(try Examples.octets("04-smuggling-route")),
    let partner = configuration.partners.first(where: { $0.code.text == "politie-avim" }),
    let policy = configuration.policy(of: "politie-avim")
  else { throw NoSample() }
  let situation = DisclosureSituation(
    partner: partner.addressee, policy: policy, exercisesOnly: true, predecessor: nil,
    pseudonyms: PseudonymKey(octets: [UInt8](repeating: 1, count: 32)),
    shuffle: [UInt8](repeating: 2, count: 16), today: CivilDate(daysSince1970: 20_800))
  guard case .disclosed(let disclosed, _) = disclose(submission.referral, in: situation) else {
    throw NoSample()
  }
  let envelope = Envelope(
    source: configuration.identity.source, recordedAt: now, lifetimeSeconds: 86_400,
    answerWithinSeconds: 300, schemaVersion: "1.0.0",
    idOctets: [UInt8](repeating: 3, count: 16), nonceOctets: [UInt8](repeating: 4, count: 16))
  guard
    case .document(let document) = WireDocument.encode(
      disclosed, in: envelope, schemas: schemas.wire)
  else { throw NoSample() }
  return document
}

private func verdict(on signed: SignedDocument, body: [UInt8]? = nil) throws
  -> SignatureVerdict
{
  let trust = SignerTrust(
    algorithms: [.ps256, .es256], mode: .chain,
    anchors: try SamplePKIFile.certificates("anchors.pem"),
    intermediates: try SamplePKIFile.certificates("intermediates.pem"),
    identity: .oin("00000099000000001000"), revocationLists: try SamplePKIFile.lists("crls"),
    checksRevocation: true, extendedKeyUsages: [], headerNames: [signed.headerName])
  let message = ReceivedMessage(fields: signed.requestFields, body: body ?? signed.octets)
  return verify(message, trust: trust, bodyLimitOctets: 1_048_576, now: now)
}

@Test(arguments: [("sender-sign", SignatureAlgorithm.ps256), ("sender-sign-es256", .es256)])
func `a document signed through its door verifies at the other side`(
  _ name: String, _ algorithm: SignatureAlgorithm
) throws {
  let identity = try SampleKey(name).identity(algorithm)
  let document = try document()
  for chain in SignatureStyle.Chain.allCases where chain != .none {
    let signed = try sign(document, with: identity, style: SignatureStyle(chain: chain))
    #expect(signed.octets == document.octets)
    #expect(signed.id == document.id)
    guard case .valid(let signature, _) = try verdict(on: signed) else {
      Issue.record("\(chain) does not verify")
      continue
    }
    #expect(signature.signatureDigest == signed.signatureDigest)
    #expect(signature.signedAt == Instant(seconds: document.issuedAt.seconds))
  }
}

@Test func `one altered octet anywhere in the body is refused`() throws {
  let identity = try SampleKey("sender-sign-es256").identity(.es256)
  let signed = try sign(try document(), with: identity, style: SignatureStyle())
  for index in stride(from: 0, to: signed.octets.count, by: signed.octets.count / 20) {
    var octets = signed.octets
    octets[index] ^= 1
    guard case .invalid(let failure, _) = try verdict(on: signed, body: octets) else {
      Issue.record("octet \(index) may change")
      continue
    }
    #expect(failure.step == .digest)
  }
}

@Test func `what the store gives back is the same document`() throws {
  let identity = try SampleKey("sender-sign").identity(.ps256)
  let signed = try sign(
    try document(), with: identity, style: SignatureStyle(headerName: "Other-Name"))
  let place = SealPlace(
    record: "document", id: signed.id.description, partner: "politie-avim",
    schemaVersion: "1.0.0")
  let key = try Sample.storeKey()
  let sealed = try seal(signed.storedForm, at: place, with: key)
  let reopened = SignedDocument(
    reopening: try unseal(sealed, at: place, with: key), issuedAt: signed.issuedAt)
  #expect(reopened?.octets == signed.octets)
  #expect(reopened?.signature == signed.signature)
  #expect(reopened?.headerName == "Other-Name")
  #expect(reopened?.signatureDigest == signed.signatureDigest)
  #expect(
    reopened?.requestFields.map { "\($0.name): \($0.value)" }
      == signed.requestFields.map { "\($0.name): \($0.value)" })
}

@Test func `a seal opens for its own id, partner and version only`() throws {
  let key = try Sample.storeKey()
  let id = Sample.id(1).description
  func place(_ id: String, _ partner: String, _ record: String = "document") -> SealPlace {
    SealPlace(record: record, id: id, partner: partner, schemaVersion: "1.0.0")
  }
  let sealed = try seal(Array("a\nb\nc".utf8), at: place(id, "emm"), with: key)
  for other in [
    place(Sample.id(2).description, "emm"), place(id, "nla"), place(id, "emm", "answer"),
  ] {
    #expect(throws: SealError.self) { try unseal(sealed, at: other, with: key) }
  }
  #expect(throws: SealError.self) {
    try unseal(sealed, at: place(id, "emm"), with: try Sample.storeKey(8))
  }
}

@Test func `what was not sealed as a document is no document`() throws {
  let key = try Sample.storeKey()
  func reopen(_ record: String, _ id: String, _ text: String) throws -> SignedDocument? {
    let place = SealPlace(record: record, id: id, partner: "emm", schemaVersion: "1.0.0")
    let sealed = try seal(Array(text.utf8), at: place, with: key)
    return SignedDocument(
      reopening: try unseal(sealed, at: place, with: key), issuedAt: Sample.time)
  }
  let id = Sample.id(1).description
  #expect(try reopen("document", id, "a\nb\nc") != nil)
  #expect(try reopen("answer", id, "a\nb\nc") == nil)
  #expect(try reopen("document", "1", "a\nb\nc") == nil)
  #expect(try reopen("document", id, "a\nb") == nil)
  #expect(try reopen("document", id, "") == nil)
}

@Test func `a key proves itself at start`() throws {
  #expect(try SampleKey("sender-sign").identity(.ps256).selfTest())
  #expect(try SampleKey("sender-sign-es256").identity(.es256).selfTest())
}

@Test func `key, certificate and algorithm must fit each other`() throws {
  let (rsa, curve) = (try SampleKey("sender-sign"), try SampleKey("sender-sign-es256"))
  func identity(_ key: SampleKey, _ certificate: SampleKey, _ algorithm: SignatureAlgorithm)
    throws
  {
    _ = try SigningIdentity(
      key: key.key, certificates: [certificate.certificate], algorithm: algorithm)
  }
  for (key, certificate, algorithm) in [
    (rsa, curve, SignatureAlgorithm.es256), (curve, rsa, .ps256), (rsa, rsa, .es256),
    (curve, curve, .ps256), (curve, curve, .es384),
  ] {
    let error = #expect(throws: SigningError.self) { try identity(key, certificate, algorithm) }
    #expect(error?.code == .keyMismatch)
  }
  #expect(throws: SigningError.self) {
    _ = try SigningIdentity(key: rsa.key, certificates: [], algorithm: .ps256)
  }
}
