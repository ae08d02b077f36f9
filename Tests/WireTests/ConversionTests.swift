/// Documents in a version that their partner knows: what is lost, and what must not be.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import JSON
import Platform
import Register
import TestSupport
import Testing
import Wire

private let hash = String(repeating: "0f", count: 32)

/// Two files, the second perhaps one that must be understood.
private func data(mustUnderstand: Bool? = nil) -> JSONObject {
  var second: JSONObject = [
    "id": "a2", "mediaType": "image/png", "size": 20, "sha256": .string(hash),
  ]
  if let mustUnderstand { second["mustUnderstand"] = .bool(mustUnderstand) }
  return [
    "header": ["kind": "TRAFFICKING_SIGNAL"], "case": ["statements": []],
    "attachments": [
      ["id": "a1", "mediaType": "application/pdf", "size": 10, "sha256": .string(hash)],
      .object(second),
    ], "change": ["type": "addition"],
  ]
}

@Test func `has a step down from every published version but the first`() throws {
  let published = try PublishedSchemas.folder().wire.referralVersions
  #expect(Set(DownConversion.versions) == Set(published))
  #expect(Array(DownConversion.versions.reversed()) == published)
  #expect(try PublishedSchemas.folder().wire.documentVersions == published)
  for version in published { #expect(DownConversion.convert([:], to: version) != nil) }
}

@Test func `keeps everything in the newest version`() throws {
  let newest = DownConversion.versions[0]
  let converted = try #require(DownConversion.convert(data(mustUnderstand: true), to: newest))
  #expect(converted.data == data(mustUnderstand: true) && converted.losses.isEmpty)
}

@Test func `names each attachment that 1 0 0 cannot carry, and takes nothing else away`() throws {
  let converted = try #require(DownConversion.convert(data(), to: "1.0.0"))
  #expect(converted.data.names == ["header", "case", "change"])
  #expect(converted.losses.map(\.pointer.description) == ["/attachments/0", "/attachments/1"])
  #expect(converted.losses.map(\.version) == ["1.0.0", "1.0.0"])
  #expect(converted.losses.map(\.misleads) == [false, false])
  let none = try #require(DownConversion.convert(["header": [:]], to: "1.0.0"))
  #expect(none.losses.isEmpty && none.data == ["header": [:]])
}

@Test(arguments: [(true, [false, true]), (false, [false, false])])
func `knows which loss would mislead`(_ mark: Bool, _ misleads: [Bool]) throws {
  let converted = try #require(DownConversion.convert(data(mustUnderstand: mark), to: "1.0.0"))
  #expect(converted.losses.map(\.misleads) == misleads)
}

@Test(arguments: ["2.0.0", "1.0", "", "1.1.1"])
func `refuses a version to which no step leads`(_ version: String) {
  #expect(DownConversion.convert(data(), to: version) == nil)
}

/// A disclosed referral with one file, for a partner whose policy lets everything through.
private func withFile(mustUnderstand: Bool) throws -> WireEncoding {
  let configuration = try ExampleRegister.configuration()
  let policy = try #require(configuration.policy(of: "politie-avim"))
  let attachment: JSONValue = [
    "id": "a1", "fileName": "verklaring.pdf", "mediaType": "application/pdf", "size": 10,
    "sha256": .string(hash), "title": "Verklaring", "mustUnderstand": .bool(mustUnderstand),
  ]
  let disclosed = try disclosedExample("22-mononym", to: "politie-avim", policy: policy) {
    $0.with("/attachments", [attachment])
  }
  return WireDocument.encode(
    disclosed, in: envelope(version: "1.0.0"), schemas: try PublishedSchemas.folder().wire)
}

@Test func `writes an older document and says what it lost`() throws {
  guard case .document(let document) = try withFile(mustUnderstand: false) else {
    Issue.record("not written")
    return
  }
  let tree = try document.tree()
  #expect(tree["dataschema"]?.text?.contains("/referral/1.0.0/") == true)
  #expect(tree["data"]?["attachments"] == nil)
  #expect(document.disclosed.data["attachments"] != nil)
  #expect(document.data == tree["data"]?.members)
  #expect(document.losses.map(\.pointer.description) == ["/attachments/0"])
}

@Test func `refuses an older document that would mislead`() throws {
  guard case .misleading(let losses) = try withFile(mustUnderstand: true) else {
    Issue.record("a document went without what must be understood")
    return
  }
  #expect(losses.map(\.pointer.description) == ["/attachments/0"])
}
