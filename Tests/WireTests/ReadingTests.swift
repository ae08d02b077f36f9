/// Strict reading of what arrives: documents and acknowledgements.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing
import Wire

private func read(_ tree: JSONValue) throws -> Result<ParsedDocument, ParseRefusal> {
  ParsedDocument.read(JSONWriter.write(tree), schemas: try PublishedSchemas.folder().wire)
}

private func readAnswer(_ octets: [UInt8]) throws -> Result<ParsedAcknowledgement, ParseRefusal> {
  ParsedAcknowledgement.read(octets, schemas: try PublishedSchemas.folder().wire)
}

private func readAnswer(_ tree: JSONValue) throws -> Result<ParsedAcknowledgement, ParseRefusal> {
  try readAnswer(JSONWriter.write(tree))
}

/// The refusal in words; nil when it was read.
private func refusal<Message>(_ result: Result<Message, ParseRefusal>) -> String? {
  switch result {
  case .success: nil
  case .failure(.notJSON(let error)): "json \(error.code.rawValue)"
  case .failure(.schema(let pointer, let keyword)): "\(keyword) \(pointer)"
  case .failure(.unsupportedSchemaVersion): "version"
  }
}

private func example() throws -> JSONValue {
  try document(try disclosedExample("22-mononym", to: "politie-avim")).tree()
}

@Test func `keeps what a document says`() throws {
  let disclosed = try disclosedExample("22-mononym", to: "politie-avim")
  let cause = UniversalID.v4(random: [UInt8](repeating: 9, count: 16))
  let wire = try document(disclosed, envelope(cause: cause))
  let parsed = try ParsedDocument.read(
    wire.octets, schemas: try PublishedSchemas.folder().wire
  ).get()
  #expect(parsed.id == wire.id && parsed.causationID == cause)
  #expect(parsed.referralID == disclosed.referralID)
  #expect(parsed.conversationID == disclosed.conversationID)
  #expect(parsed.recipient == disclosed.recipient && parsed.exercise)
  #expect(parsed.type == EventType.offered.rawValue && parsed.schemaVersion == "1.0.0")
  #expect(parsed.time == recordedAt && parsed.expires == wire.expires)
  #expect(parsed.revision == 1 && parsed.operation == .create && parsed.data == disclosed.data)
}

@Test(arguments: [
  ("/specversion", JSONValue.string("0.3"), "const /specversion"),
  ("/id", "ABC", "pattern /id"), ("/type", "other", "enum /type"), ("/color", "red", "false"),
  ("/expires", "tomorrow", "/expires"), ("/nonce", "short", "pattern /nonce"),
  ("/data/header/revision", "1", "type /data/header/revision"),
  ("/data/color", "red", "/data/color"), ("/data", "text", "type /data"),
])
func `refuses a document that breaks a schema`(
  _ pointer: String, _ value: JSONValue, _ expected: String
) throws {
  let found = try #require(try refusal(read(example().with(pointer, value))))
  #expect(found.contains(expected) || found.hasSuffix(pointer), "\(found)")
}

@Test(arguments: ["id", "source", "time", "expires", "conversationid", "nonce", "data"])
func `refuses a document that lacks a member`(_ name: String) throws {
  let found = try #require(try refusal(read(example().without("/\(name)"))))
  #expect(found.hasPrefix("required"))
}

@Test func `refuses a schema version that it does not know`() throws {
  let uri = SchemaURI.of("referral", "1.9.0")
  #expect(try refusal(read(example().with("/dataschema", .string(uri)))) == "version")
}

@Test func `refuses an acknowledgement as a document and the reverse`() throws {
  #expect(try refusal(read(JSONReader.read(receipt().octets))) == "version")
  #expect(try refusal(readAnswer(example()))?.hasSuffix("/data") == true)
}

@Test func `refuses duplicate names, depth and trailing octets in a document`() throws {
  let schemas = try PublishedSchemas.folder().wire
  func refused(_ octets: [UInt8]) -> String? {
    refusal(ParsedDocument.read(octets, schemas: schemas))
  }
  let octets = JSONWriter.write(try example())
  let twice = Array(#"{"id":"x","#.utf8) + octets.dropFirst()
  #expect(refused(twice) == "json duplicate-name")
  #expect(refused(octets + [0x7D])?.hasPrefix("json") == true)
  #expect(refused([0xEF, 0xBB, 0xBF] + octets)?.hasPrefix("json") == true)
  let nested = [UInt8](repeating: 0x5B, count: 40) + [UInt8](repeating: 0x5D, count: 40)
  #expect(refused(nested)?.hasPrefix("json") == true)
  let space = [UInt8](repeating: 0x20, count: WireLimits.documentOctets)
  #expect(refused(octets + space)?.hasPrefix("json") == true)
  #expect(refused(octets + space.prefix(1000)) == nil)
}

private let message = AcknowledgedMessage(
  id: UniversalID.v7(at: recordedAt, random: [UInt8](repeating: 3, count: 16)),
  conversationID: UniversalID.v4(random: [UInt8](repeating: 4, count: 16)),
  sender: "urn:nld:oin:00000099000000001000", payloadDigest: SHA256Digest(of: [1]),
  signatureDigest: SHA256Digest(of: [2]))

private func receipt(
  _ statement: AcknowledgementStatement = .receipt(receivedAt: recordedAt)
) -> WireAcknowledgement {
  WireAcknowledgement.encode(
    statement, about: message, source: "urn:nld:oin:00000099000000030000", at: recordedAt,
    idOctets: [UInt8](repeating: 5, count: 16), nonceOctets: [UInt8](repeating: 6, count: 16),
    exercise: true)
}

@Test func `keeps what an acknowledgement says`() throws {
  let statements: [(AcknowledgementStatement, AcknowledgementKind)] = [
    (.receipt(receivedAt: recordedAt), .receipt), (.acceptance, .acceptance),
    (
      .rejection([
        RejectionReason(.schemaInvalid, pointer: "/data"), RejectionReason(.superseded),
      ]), .rejection
    ),
  ]
  for (statement, kind) in statements {
    let answer = receipt(statement)
    let parsed = try readAnswer(answer.octets).get()
    #expect(parsed.kind == kind && parsed.kindText == kind.rawValue)
    #expect(parsed.id == answer.id && parsed.messageID == message.id)
    #expect(parsed.payloadDigest == message.payloadDigest)
    #expect(parsed.signatureDigest == message.signatureDigest)
    #expect(parsed.source == "urn:nld:oin:00000099000000030000")
    #expect(parsed.recipient == message.sender && parsed.time == recordedAt)
    #expect(parsed.type == EventType.acknowledged.rawValue)
    #expect(parsed.reasonCodes == (kind == .rejection ? ["schema-invalid", "superseded"] : []))
  }
}

@Test func `keeps a kind that it does not know without effect`() throws {
  let tree = try JSONReader.read(receipt().octets).with("/data/kind", "applause")
  let parsed = try readAnswer(tree).get()
  #expect(parsed.kind == nil && parsed.kindText == "applause")
  for name in ["messageId", "payloadDigest", "signatureDigest"] {
    #expect(try refusal(readAnswer(tree.without("/data/\(name)"))) == "required /data")
  }
}

@Test func `refuses an acknowledgement that breaks the schema of its kind`() throws {
  let tree = try JSONReader.read(receipt().octets)
  for name in ["kind", "messageId", "payloadDigest", "signatureDigest", "receivedAt"] {
    #expect(try refusal(readAnswer(tree.without("/data/\(name)"))) != nil, "\(name)")
  }
  let digest = JSONValue.string(SHA256Digest(of: [1]).base64)
  #expect(try refusal(readAnswer(tree.with("/data/payloadDigest", digest))) != nil)
  let rejection = try JSONReader.read(receipt(.rejection([RejectionReason(.incomplete)])).octets)
  #expect(try refusal(readAnswer(rejection)) == nil)
  #expect(try refusal(readAnswer(rejection.with("/data/reasons", []))) != nil)
  #expect(try refusal(readAnswer(rejection.with("/data/reasons/0/code", "because"))) != nil)
}

@Test func `refuses duplicate names and too many octets in an acknowledgement`() throws {
  let octets = receipt().octets
  let twice = Array(#"{"time":"x","#.utf8) + octets.dropFirst()
  #expect(try refusal(readAnswer(twice)) == "json duplicate-name")
  let space = [UInt8](repeating: 0x20, count: WireLimits.acknowledgementOctets - octets.count)
  #expect(try refusal(readAnswer(octets + space)) == nil)
  #expect(try refusal(readAnswer(octets + space + [0x20]))?.hasPrefix("json") == true)
}

@Test(arguments: RejectionCode.allCases)
func `keeps every rejection code valid`(_ code: RejectionCode) throws {
  let parsed = try readAnswer(receipt(.rejection([RejectionReason(code)])).octets).get()
  #expect(parsed.reasonCodes == [code.rawValue])
}
