/// Documents for partners: their exact octets and what an envelope may tell.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Embedded
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing
import Wire

@Test func `keeps every example valid for each of its recipients`() throws {
  for name in Examples.names {
    for recipient in try Examples.submission(name)["recipients"]?.elements ?? [] {
      let wire = try document(disclosedExample(name, to: recipient.text ?? ""))
      #expect(wire.digest == SHA256Digest(of: wire.octets))
      #expect(JSONWriter.write(try wire.tree()) == wire.octets)
    }
  }
}

/// Purposes and consents are set so that as much as possible goes out.
@Test func `keeps every example valid for every partner that may get it`() throws {
  let configuration = try ExampleRegister.configuration()
  let reference = try PublishedSchemas.reference()
  var levels: [String: Int] = [:]
  for name in Examples.names {
    let content = try #require(try Examples.submission(name)["referral"])
    for partner in configuration.partners {
      let policy = try #require(configuration.policy(of: partner.code.text))
      guard let purpose = policy.purposes.last else { continue }
      let reading = Referral.read(
        consenting(content, to: policy).with("/handling/purpose", .string(purpose)),
        exercise: true, reference: reference)
      guard case .referral(let referral) = reading else { continue }
      let situation = DisclosureSituation(
        partner: partner.addressee, policy: policy, exercisesOnly: true, predecessor: nil,
        pseudonyms: PseudonymKey(octets: [UInt8](repeating: 1, count: 32)),
        shuffle: [UInt8](repeating: 1, count: 16),
        today: try #require(CivilDate(iso: "2026-11-23")))
      guard case .disclosed(let disclosed, _) = disclose(referral, in: situation) else { continue }
      #expect(throws: Never.self, "\(name) \(partner.code)") { try document(disclosed) }
      levels["\(partner.code.text) \(disclosed.detailLevel.rawValue)", default: 0] += 1
    }
  }
  for partner in configuration.partners {
    let getsNone = try #require(configuration.policy(of: partner.code.text)).kinds.isEmpty
    #expect(levels.keys.contains("\(partner.code.text) full") != getsNone, "\(partner.code)")
  }
  #expect(levels.values.reduce(0, +) > 40)
}

/// Everybody says yes to what the policy asks.
private func consenting(_ content: JSONValue, to policy: Policy) -> JSONValue {
  guard let scope = policy.consentScope, content["header"]?["operation"] != "withdraw" else {
    return content
  }
  var consents = content["consents"]?.elements ?? []
  for person in content["persons"]?.elements ?? [] {
    consents.append([
      "personRef": person["ref"] ?? .null, "scope": .string(scope), "given": "yes",
      "givenBy": "person", "at": "2026-11-20", "informedLanguage": "eng",
    ])
  }
  return content.with("/consents", .array(consents))
}

@Test func `keeps a document valid whose only statement is about somebody hidden`() throws {
  let disclosed = try disclosedExample("03-cannabis-boy", to: "nidos") {
    $0.without("/case/statements/0")
  }
  let tree = try document(disclosed).tree()
  #expect(tree["data"]?["case"]?.members?.names == ["detection"])
}

@Test func `keeps the exact octets of a notice without names`() throws {
  let disclosed = try disclosedExample("23-two-scripts", to: "comensha")
  let wire = try document(disclosed)
  let alias = try #require(disclosed.data["header"]?["referralId"]?.text)
  let expected = [
    #"{"specversion":"1.0","id":"07070707-0707-4707-8707-070707070707","#,
    #""source":"urn:nld:oin:00000099000000001000:systeem:referrals","#,
    #""type":"nl.mensenhandelsignalen.verwijzing.aangeboden.v1","#,
    #""recipient":"urn:nld:oin:00000099000000030000","time":"2026-11-23T00:00:00Z","#,
    #""expires":"2026-11-23T01:00:00Z","datacontenttype":"application/json","#,
    #""dataschema":"https://referral-gateway.example/schemas/referral/1.0.0/schema.json","#,
    #""conversationid":"\#(disclosed.conversationID)","nonce":"CAgICAgICAgICAgICAgICA","#,
    #""requestedacks":"receipt acceptance rejection query case-number change-executed","#,
    #""ackdeadline":"2026-11-23T00:01:00Z","exercise":true,"data":{"header":{"#,
    #""referralId":"\#(alias)","revision":1,"operation":"create","#,
    #""kind":"TRAFFICKING_SIGNAL","priority":"routine","language":"nl","contact":{"function":"#,
    #""Expertisecentrum Mensenhandel, dienst van de dag","phone":"+31700000001","#,
    #""reachable":"ma-vr 08:00-18:00"}},"handling":{"classification":"unmarked","#,
    #""handlingCodes":["H0"],"purpose":"victim-protection","legalBasis":["#,
    #"{"provision":"NL-VW-107-4","asOf":"2015"},"#,
    #"{"provision":"EU-DIR-2011-36-11","asOf":"2024"}],"furtherUse":"with-permission","#,
    #""collectedUnder":"administrative-task","asylumInformation":false,"#,
    #""retention":{"deleteAfter":"2031-11-30","rule":"wpg-14-1"},"#,
    #""detailLevel":"deidentified"},"case":{"detection":{"date":"2026-11","#,
    #""organisation":"Immigratie- en Naturalisatiedienst"}},"persons":[{"ref":"p1","#,
    #""ageBand":"18-25","gender":"Masculine","citizenshipRegion":"151"}],"trafficking":{"#,
    #""forms":[{"code":"FORCED_LABOUR_SERVICES","sector":{"scheme":"isic","version":"4","#,
    #""code":"H52"}}],"events":[{"type":"Exploitation","place":{"country":"NLD"}}]}}}"#,
  ].joined()
  #expect(String(decoding: wire.octets, as: UTF8.self) == expected)
}

@Test func `keeps the members of an envelope in order`() throws {
  let disclosed = try disclosedExample("22-mononym", to: "politie-avim")
  let cause = UniversalID.v4(random: [UInt8](repeating: 9, count: 16))
  let names = try document(disclosed, envelope(cause: cause)).tree().members?.names
  #expect(
    names == [
      "specversion", "id", "source", "type", "recipient", "time", "expires", "datacontenttype",
      "dataschema", "conversationid", "causationid", "nonce", "requestedacks", "ackdeadline",
      "exercise", "traceparent", "data",
    ])
}

@Test func `keeps exact times and a trace at full detail`() throws {
  let wire = try document(try disclosedExample("22-mononym", to: "politie-avim"))
  let tree = try wire.tree()
  #expect(tree["time"]?.text == "2026-11-23T15:59:58.250Z")
  #expect(tree["expires"]?.text == "2026-11-23T16:59:58.250Z")
  #expect(tree["ackdeadline"]?.text == "2026-11-23T16:00:58.250Z")
  #expect(wire.issuedAt == recordedAt && wire.id.version == 7)
  #expect(wire.expires.description == tree["expires"]?.text)
  #expect(wire.answerDeadline.description == tree["ackdeadline"]?.text)
  let hex = wire.id.description.split(separator: "-").joined()
  #expect(tree["traceparent"]?.text == "00-\(hex)-\(hex.suffix(16))-01")
  #expect(tree["conversationid"] == tree["data"]?["header"]?["referralId"])
}

@Test func `forbids times and ids of a notice without names to tell the moment`() throws {
  let disclosed = try disclosedExample("23-two-scripts", to: "comensha")
  let wire = try document(disclosed)
  let later = try document(disclosed, envelope(at: recordedAt.adding(seconds: 8 * 3600)))
  #expect(try wire.tree()["time"] == later.tree()["time"])
  #expect(wire.issuedAt.description == "2026-11-23T15:00:00Z")
  #expect(wire.issuedAt <= recordedAt)
  #expect(wire.id.version == 4 && wire.id == later.id)
  #expect(try wire.tree()["traceparent"] == nil)
}

@Test(arguments: [
  ("create", EventType.offered), ("update", .changed), ("correct", .changed),
  ("withdraw", .withdrawn),
])
func `keeps one event type for each operation`(_ word: String, _ type: EventType) {
  let operations = Operation.allCases.filter { $0.rawValue == word }
  #expect(operations.map { EventType($0) } == [type])
}

@Test func `refuses to write what the schema does not allow`() throws {
  let disclosed = try disclosedExample("22-mononym", to: "politie-avim") {
    $0.with("/handling/purpose", "investigation").with("/header/language", "Nederlands!")
      .without("/case/detection")
  }
  let schemas = try PublishedSchemas.folder().wire
  guard case .invalid(let found) = WireDocument.encode(disclosed, in: envelope(), schemas: schemas)
  else {
    Issue.record("an invalid document was written")
    return
  }
  let places = found.map { "\($0.keyword) \($0.pointer)" }
  #expect(places.contains("pattern /data/header/language"))
  #expect(places.contains("required /data/case"))
  #expect(!found.contains { $0.message.contains("Nederlands!") })
}

@Test func `refuses to write an envelope that its schema does not allow`() throws {
  let disclosed = try disclosedExample("22-mononym", to: "politie-avim")
  let wrong = Envelope(
    source: "somebody", recordedAt: recordedAt, lifetimeSeconds: 60, answerWithinSeconds: 60,
    schemaVersion: "1.0.0", idOctets: [UInt8](repeating: 1, count: 16),
    nonceOctets: [UInt8](repeating: 1, count: 16))
  let schemas = try PublishedSchemas.folder().wire
  guard case .invalid(let found) = WireDocument.encode(disclosed, in: wrong, schemas: schemas)
  else {
    Issue.record("an invalid envelope was written")
    return
  }
  #expect(found.map(\.pointer.description) == ["/source"])
}

@Test func `refuses to write a version that was not published`() throws {
  let disclosed = try disclosedExample("22-mononym", to: "politie-avim")
  let schemas = try PublishedSchemas.folder().wire
  let unknown = envelope(version: "9.9.9")
  guard case .unknownVersion = WireDocument.encode(disclosed, in: unknown, schemas: schemas)
  else {
    Issue.record("a document without schema was written")
    return
  }
}

@Test func `refuses to write more than a mebibyte`() throws {
  let text = JSONValue.string(String(repeating: "a", count: 8000))
  let disclosed = try disclosedExample("22-mononym", to: "politie-avim") { content in
    let statement = content["case"]?["statements"]?.elements?.first ?? .null
    let many = (0..<140).map { number in
      statement.with("/text", text).with("/id", .string("s\(number)"))
    }
    return content.with("/case/statements", .array(many))
  }
  let schemas = try PublishedSchemas.folder().wire
  guard case .tooLarge = WireDocument.encode(disclosed, in: envelope(), schemas: schemas) else {
    Issue.record("too much was written")
    return
  }
}

@Test func `keeps the same schemas under the same digests`() throws {
  let folder = try PublishedSchemas.folder()
  #expect(folder.wire.referralVersions == ["1.0.0", "1.1.0"])
  for (name, digest) in folder.digests {
    let octets = try PackageFolder.read("schemas/\(name)/schema.json")
    #expect(SHA256Digest(of: octets) == digest)
  }
  #expect(Set(folder.digests.keys).isSuperset(of: ["referral/1.0.0", "submission/1.0.0"]))
}

@Test func `carries every published schema, and the lists of its rules, octet for octet`() throws {
  var published = ["provisions", "reflection-limits", "residence-grounds"]
    .map { "schemas/codelists/\($0).json" }
  let names = [
    "acknowledgement", "envelope", "referral", "statistics", "statistics-envelope", "submission",
  ]
  for name in names {
    for version in try Files.list("\(PackageFolder.path)/schemas/\(name)") {
      published.append("schemas/\(name)/\(version)/schema.json")
    }
  }
  #expect(EmbeddedFile.all.map(\.path).sorted() == published.sorted())
  for file in EmbeddedFile.all { #expect(try PackageFolder.read(file.path) == file.octets) }
  let folder = try PublishedSchemas.folder().wire
  #expect(try WireSchemas.builtIn().referralVersions == folder.referralVersions)
}

/// The lines of schemas/published.sha256: digest in hexadecimal, two spaces, file.
private func published() throws -> [String: String] {
  let text = String(decoding: try PackageFolder.read("schemas/published.sha256"), as: UTF8.self)
  let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  return Dictionary(uniqueKeysWithValues: lines.map { ($0[1], $0[0]) })
}

@Test func `forbids a published schema to change, and a version to appear unpublished`() throws {
  let published = try published()
  var found: Set<String> = []
  let root = PackageFolder.path + "/schemas"
  let names = [
    "submission", "referral", "envelope", "acknowledgement", "event", "statistics",
    "statistics-envelope",
  ]
  for name in names {
    for version in try Files.list("\(root)/\(name)") {
      let file = "\(name)/\(version)/schema.json"
      found.insert(file)
      let octets = try PackageFolder.read("schemas/\(file)")
      #expect(SHA256Digest(of: octets).hex == published[file], "\(file)")
      #expect(!String(decoding: octets, as: UTF8.self).contains("Draft"))
    }
  }
  #expect(found == Set(published.keys))
}

@Test func `refuses a folder without schemas`() {
  #expect(throws: SchemaFolderError.self) {
    try SchemaFolder.load(PackageFolder.path + "/examples")
  }
}

@Test(arguments: [
  "https://referral-gateway.example/schemas/referral//schema.json",
  "https://referral-gateway.example/schemas/referral/schema.json",
  "http://referral-gateway.example/schemas/referral/1.0.0/schema.json",
  "https://referral-gateway.example/schemas/acknowledgement/1.0.0/schema.json", "",
])
func `refuses a schema of anything but a referral`(_ uri: String) {
  #expect(SchemaURI.version(of: "referral", in: uri) == nil)
  #expect(SchemaURI.version(of: "referral", in: SchemaURI.of("referral", "1.2.3")) == "1.2.3")
}
