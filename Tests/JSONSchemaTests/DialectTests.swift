/// Metaschemas: the draft's own is known, others choose vocabularies, other drafts are refused.
// SPDX-License-Identifier: Apache-2.0

import JSON
import JSONSchema
import Testing

@Suite struct DialectTests {
  private let metaschema = "https://json-schema.org/draft/2020-12/schema"
  private let vocabularies = "https://json-schema.org/draft/2020-12/vocab/"

  private func value(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

  /// A schema written for a metaschema with these vocabularies, each required or not.
  private func schema(_ text: String, _ listed: [String: Bool]) throws -> Schema {
    let members = listed.sorted { $0.key < $1.key }.map { JSONMember($0.key, .bool($0.value)) }
    let own: JSONValue = ["$id": "x:meta", "$vocabulary": .object(JSONObject(members))]
    var written = try value(text).members ?? [:]
    written["$schema"] = "x:meta"
    let documents = [(uri: "urn:meta", schema: own), (uri: "urn:a", schema: .object(written))]
    return try SchemaSet(documents: documents).schema("urn:a")
  }

  private func code(_ body: () throws -> Schema) -> SchemaError.Code? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? SchemaError)?.code
    }
  }

  @Test(arguments: [
    "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema",
    "x:nowhere",
  ]) func `refuses a dialect that is not known`(_ uri: String) throws {
    let schema: JSONValue = ["$schema": .string(uri), "type": "string"]
    #expect(code { try SchemaSet(documents: [schema]).schema("urn:schema:0") } == .unknownDialect)
    let embedded: JSONValue = ["$ref": "x:in", "$defs": ["in": schema.with("$id", "x:in")]]
    #expect(code { try SchemaSet(documents: [embedded]).schema("urn:schema:0") } == .unknownDialect)
  }

  @Test func `refuses a vocabulary that is required and not known`() throws {
    #expect(code { try schema(#"{"type":"null"}"#, ["x:v": true]) } == .unknownVocabulary)
    let tolerant = try schema(#"{"not":true}"#, ["x:v": false, vocabularies + "applicator": true])
    #expect(!tolerant.accepts(1))
  }

  @Test func `gives no meaning to keywords of vocabularies that are not listed`() throws {
    let text = #"{"type":"null","properties":{"a":false},"unevaluatedProperties":false}"#
    let core = try schema(text, [vocabularies + "core": true])
    #expect(core.accepts(["a": 1]))
    let applicator = try schema(text, [vocabularies + "applicator": true])
    #expect(!applicator.accepts(["a": 1]))
    #expect(applicator.accepts(["b": 1]))
    let unevaluated = try schema(text, [vocabularies + "unevaluated": true])
    #expect(!unevaluated.accepts(["b": 1]))
    #expect(unevaluated.accepts(1))
    #expect(!(try schema(text, [vocabularies + "validation": true]).accepts(1)))
  }

  @Test func `asserts formats where the metaschema says so`() throws {
    let assertion = [vocabularies + "format-assertion": true]
    let date = try schema(#"{"format":"date"}"#, assertion)
    #expect(!date.accepts("yesterday"))
    #expect(date.accepts("2026-11-23"))
    #expect(code { try schema(#"{"format":"colour"}"#, assertion) } == .unknownFormat)
    let annotation = try schema(#"{"format":"date"}"#, [vocabularies + "format-annotation": true])
    #expect(annotation.accepts("yesterday"))
    #expect(!annotation.accepts("yesterday", format: .assertion))
  }

  @Test func `knows the metaschema, and lets a set bring its own`() throws {
    let reference: JSONValue = ["$ref": .string(metaschema)]
    let known = try SchemaSet(documents: [reference]).schema("urn:schema:0")
    #expect(known.accepts(["items": ["minimum": 3]]))
    #expect(!known.accepts(["items": ["minimum": "3"]]))
    #expect(!known.accepts(3))
    let own: JSONValue = ["$id": .string(metaschema), "const": 7]
    let other = try SchemaSet(documents: [reference, own]).schema("urn:schema:0")
    #expect(other.accepts(7) && !other.accepts(true))
  }

  @Test func `finds mistakes that no reference reaches`() throws {
    let schema = try value(#"{"$defs":{"a":{"required":"b"},"c":{"maxLength":-1}},"title":"t"}"#)
    let set = try SchemaSet(documents: [schema])
    #expect(try set.schema("urn:schema:0").accepts(1))
    let found = try set.mistakes(in: "urn:schema:0")
    #expect(found.map(\.pointer.description) == ["/$defs/a/required", "/$defs/c/maxLength"])
    #expect(throws: SchemaError.self) { try set.mistakes(in: "urn:none") }
  }
}

extension JSONValue {
  fileprivate func with(_ name: String, _ value: JSONValue) -> JSONValue {
    var object = members ?? [:]
    object[name] = value
    return .object(object)
  }
}
