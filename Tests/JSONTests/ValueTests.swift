/// Values, pointers, writing and the rules for text.
// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@Suite struct ValueTests {
  @Test func `replaces, appends and removes members in place`() {
    var object: JSONObject = ["a": 1, "b": true]
    object["a"] = "x"
    object["c"] = [1, 2]
    object["b"] = nil
    #expect(object.names == ["a", "c"])
    #expect(JSONWriter.write(.object(object)) == Array(#"{"a":"x","c":[1,2]}"#.utf8))
  }

  @Test func `compares exactly`() {
    #expect(JSONValue.number(JSONNumber(1)) == 1)
    #expect(JSONNumber(text: "1.0") != JSONNumber(1))
    #expect(["a": 1, "b": 2] as JSONValue != ["b": 2, "a": 1])
    #expect(Set([["a": 1] as JSONValue, ["a": 1]]).count == 1)
  }

  @Test func `writes for people`() {
    let value: JSONValue = ["a": [1, [:]], "b": []]
    let text = "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}\n"
    #expect(String(decoding: JSONWriter.writePretty(value), as: UTF8.self) == text)
  }

  @Test func `follows the pointers of RFC 6901`() throws {
    let value: JSONValue = [
      "foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, "é": [["x": "y"]],
    ]
    let found: [(String, JSONValue)] = [
      ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/m~0n", 8), ("/é/0/x", "y"), ("", value),
    ]
    for (text, expected) in found {
      let pointer = try #require(JSONPointer(text))
      #expect(pointer.description == text)
      #expect(value.at(pointer) == expected)
    }
    for text in ["/foo/00", "/foo/2", "/foo/-", "/nope", "/foo/0/x"] {
      #expect(value.at(try #require(JSONPointer(text))) == nil)
    }
    for text in ["foo", "/~", "/~2"] { #expect(JSONPointer(text) == nil) }
    #expect(JSONPointer().appending("a/b").appending(3).description == "/a~1b/3")
  }

  @Test func `composes to normalization form C`() {
    #expect(Normalization.nfc("Müller") == nil)
    #expect(Normalization.nfc("plain") == nil)
    let composed = Normalization.nfc("Mu\u{308}ller")
    #expect(composed.map { Array($0.utf8) } == Array("M\u{FC}ller".utf8))
    #expect(Normalization.nfc("\u{212B}").map { Array($0.utf8) } == Array("\u{C5}".utf8))
  }

  @Test func `names the scalars that may not stand in a text`() {
    #expect(TextRules.forbiddenScalar(in: "zwei\nZeilen é 😀") == nil)
    #expect(TextRules.forbiddenScalar(in: "a\u{7}") == "U+0007 control character")
    #expect(TextRules.forbiddenScalar(in: "a\u{9B}") == "U+009B control character")
    #expect(TextRules.forbiddenScalar(in: "\u{202E}x") == "U+202E RIGHT-TO-LEFT OVERRIDE")
    #expect(TextRules.forbiddenScalar(in: "\u{2069}") == "U+2069 POP DIRECTIONAL ISOLATE")
    #expect(TextRules.forbiddenScalar(in: "\t") != nil)
  }
}
