/// Violations, mistakes in schemas, bounds.
// SPDX-License-Identifier: Apache-2.0

import JSON
import JSONSchema
import Testing

@Suite struct SchemaTests {
  private func schema(_ text: String, strict: Bool = false) throws -> Schema {
    let value = try JSONReader.read(Array(text.utf8))
    let options = SchemaOptions(strictKeywords: strict)
    return try SchemaSet(documents: [("urn:a", value)], options: options).schema("urn:a")
  }
  private func value(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

  private func code(_ text: String, strict: Bool = false) -> SchemaError.Code? {
    do {
      _ = try schema(text, strict: strict)
      return nil
    } catch {
      return (error as? SchemaError)?.code
    }
  }

  @Test func `collects all violations in the order of the document`() throws {
    let schema = try schema(
      """
      {"$defs": {"short": {"maxLength": 2}}, "required": ["z"], "additionalProperties": false,
       "properties": {"b": {"type": "integer", "minimum": 3},
                      "a": {"items": {"$ref": "#/$defs/short"}}}}
      """)
    let found = schema.violations(of: try value(##"{"a":["x","secret"],"evil/one":1,"b":2}"##))
    #expect(found.map(\.pointer.description) == ["", "/a/1", "/evil~1one", "/b"])
    #expect(found.map(\.keyword) == ["required", "maxLength", "additionalProperties", "minimum"])
    #expect(
      found.map(\.schemaLocation) == [
        "urn:a#/required", "urn:a#/$defs/short/maxLength", "urn:a#/additionalProperties",
        "urn:a#/properties/b/minimum",
      ])
    #expect(found[0].message == "lacks the member \"z\"")
    #expect(found[1].message == "must be at most 2 characters long")
    for violation in found {
      #expect(!violation.message.contains("secret") && !violation.message.contains("evil"))
    }
    let limited = schema.violations(of: try value(##"{"p":1,"q":2,"r":3,"z":0}"##), limit: 2)
    #expect(limited.count == 2)
  }

  @Test func `refuses mistakes in schemas`() {
    #expect(code(##"{"typ":"string"}"##) == nil)
    #expect(code(##"{"typ":"string"}"##, strict: true) == .unknownKeyword)
    #expect(code(##"{"properties":{"a":{"typ":"string"}}}"##, strict: true) == .unknownKeyword)
    #expect(code(##"{"x-note":1,"title":"t"}"##, strict: true) == nil)
    #expect(code(##"{"format":"colour"}"##, strict: true) == .unknownFormat)
    #expect(code(##"{"$ref":"#/$defs/none"}"##) == .unresolvedReference)
    #expect(code(##"{"pattern":"("}"##) == .invalidPattern)
    #expect(code(##"{"pattern":"a{2000}"}"##) == .patternTooLarge)
    #expect(code(##"{"type":"text"}"##) == .invalidKeyword)
    #expect(code(##"{"minLength":-1}"##) == .invalidKeyword)
    #expect(code(##"{"multipleOf":0}"##) == .invalidKeyword)
    #expect(code(##"{"allOf":[]}"##) == .invalidKeyword)
    #expect(code("3") == .invalidKeyword)
    #expect(code(##"{"$defs":{"a":{"$id":"x:y"},"b":{"$id":"x:y"}}}"##) == .duplicateIdentifier)
    #expect(throws: SchemaError.self) { try SchemaSet(documents: [true]).schema("urn:none") }
  }

  @Test func `bounds schemas that never end`() throws {
    for text in [
      ##"{"$ref":"#"}"##, ##"{"not":{"$ref":"#"}}"##, ##"{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}"##,
    ] {
      let schema = try schema(text)
      #expect(schema.violations(of: 1).count == 1)
      #expect(!schema.accepts(1))
    }
    let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
    let nested = try JSONReader.read(Array(deep.utf8), limits: JSONLimits(depth: 512))
    #expect(!(try schema(##"{"items":{"$ref":"#"}}"##).accepts(nested)))
    let fitting = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(try schema(##"{"allOf":[{"items":{"$ref":"#"}}]}"##).accepts(try value(fitting)))
  }

  @Test func `compares numbers exactly`() throws {
    let limited = try schema(##"{"maximum":9007199254740992}"##)
    #expect(!limited.accepts(try value("9007199254740993")))
    #expect(try schema(##"{"const":1}"##).accepts(try value("1.0e0")))
    #expect(try schema(##"{"type":"integer"}"##).accepts(try value("1e400")))
    #expect(!(try schema(##"{"type":"integer"}"##).accepts(try value("10e-2"))))
    #expect(try schema(##"{"multipleOf":0.01}"##).accepts(try value("4.35")))
    #expect(!(try schema(##"{"multipleOf":7}"##).accepts(try value("1e30"))))
    #expect(try schema(##"{"multipleOf":7}"##).accepts(try value("-7e3000000")))
    #expect(try schema(##"{"exclusiveMinimum":-0.001}"##).accepts(try value("-0.0009999")))
    #expect(!(try schema(##"{"minimum":0.1}"##).accepts(try value("0.0999"))))
    #expect(!(try schema(##"{"uniqueItems":true}"##).accepts(try value("[0,-0.0]"))))
  }

  @Test func `takes composed and decomposed names as two`() throws {
    let schema = try schema("{\"properties\":{\"\u{E9}\":true},\"additionalProperties\":false}")
    #expect(schema.accepts(try value("{\"\u{E9}\":1}")))
    #expect(!schema.accepts(try value("{\"e\u{301}\":1}")))
  }
}
