/// Refusals with their places, and the limits of the reader.
// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@Suite struct ReaderTests {
  private func error(_ text: String, _ limits: JSONLimits = JSONLimits()) -> JSONError? {
    error(Array(text.utf8), limits)
  }
  private func error(_ octets: [UInt8], _ limits: JSONLimits = JSONLimits()) -> JSONError? {
    do {
      _ = try JSONReader.read(octets, limits: limits)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("", JSONError.Code.empty, 1, 1), (" \n ", .empty, 2, 2),
    ("[1,\n 2,]", .trailingComma, 2, 3), ("{\"a\":1,}", .trailingComma, 1, 7),
    ("{\"a\":1,\n\"\\u0061\":2}", .duplicateName, 2, 1), ("[1 2]", .unexpectedCharacter, 1, 4),
    ("{a:1}", .nameExpected, 1, 2), ("{\"a\" 1}", .unexpectedCharacter, 1, 6),
    ("01", .invalidNumber, 1, 2), ("[1.]", .invalidNumber, 1, 4), ("-", .unexpectedEnd, 1, 2),
    ("nul", .invalidLiteral, 1, 1), ("True", .invalidLiteral, 1, 1),
    ("1 2", .trailingContent, 1, 3),
    ("\"\u{1}\"", .controlCharacter, 1, 2), ("\"\\x\"", .invalidEscape, 1, 2),
    ("\"\\u00\u{10}0\"", .invalidEscape, 1, 2), ("\"é\\ud800\"", .loneSurrogate, 1, 3),
    ("\"\\ud800\\u0041\"", .loneSurrogate, 1, 2), ("\"\\udc00\"", .loneSurrogate, 1, 2),
    ("[", .unexpectedEnd, 1, 2), ("{\"a\":", .unexpectedEnd, 1, 6), ("\"abc", .unexpectedEnd, 1, 5),
    ("\u{FEFF}1", .byteOrderMark, 1, 1), ("[1,,2]", .unexpectedCharacter, 1, 4),
    ("\"\\", .unexpectedEnd, 1, 3),
  ])
  func `names code, line and column`(text: String, code: JSONError.Code, line: Int, column: Int) {
    #expect(error(text) == JSONError(code: code, line: line, column: column))
  }

  @Test func `refuses octets that are not UTF-8`() {
    let refused = error([0x22, 0xC3, 0xA9, 0xFF, 0x22])
    #expect(refused == JSONError(code: .invalidUTF8, line: 1, column: 3))
    #expect(error([0x22, 0xED, 0xA0, 0x80, 0x22])?.code == .invalidUTF8)
    #expect(error([0x22, 0xC0, 0x80, 0x22])?.code == .invalidUTF8)
  }

  @Test func `takes composed and decomposed names as two`() throws {
    let value = try JSONReader.read(Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8))
    #expect(value["\u{E9}"]?.integer == 1)
    #expect(value["e\u{301}"]?.integer == 2)
    #expect(JSONValue.string("\u{E9}") != JSONValue.string("e\u{301}"))
  }

  @Test func `finds duplicates among many names`() {
    let names = (0..<40).map { "\"n\($0)\":0" }.joined(separator: ",")
    #expect(error("{\(names)}") == nil)
    #expect(error("{\(names),\"n39\":0}")?.code == .duplicateName)
    #expect(error("{\(names),\"n3\":0}")?.code == .duplicateName)
  }

  @Test func `keeps the text of numbers`() throws {
    for text in ["1.0", "1E400", "-0", "123456789012345678901234567890", "1e-7"] {
      #expect(try JSONReader.read(Array(text.utf8)).number?.text == text)
    }
    #expect(JSONNumber(text: "9223372036854775807")?.integer == .max)
    #expect(JSONNumber(text: "9223372036854775808")?.integer == nil)
    #expect(JSONNumber(text: "1.0")?.integer == nil)
    #expect(JSONNumber(text: "1.") == nil)
  }

  @Test func `keeps each limit`() {
    let deep = { (n: Int) in String(repeating: "[", count: n) + String(repeating: "]", count: n) }
    #expect(error(deep(64)) == nil)
    #expect(error(deep(65)) == JSONError(code: .tooDeep, line: 1, column: 65))
    #expect(error(String(repeating: "[", count: 100_000))?.code == .tooDeep)
    #expect(error(String(repeating: "{\"a\":", count: 100_000))?.code == .tooDeep)
    #expect(error(deep(512), JSONLimits(depth: .max)) == nil)
    #expect(error(deep(513), JSONLimits(depth: .max))?.code == .tooDeep)
    #expect(error("[1,2]", JSONLimits(octets: 4))?.code == .tooLarge)
    #expect(error("[1,2]", JSONLimits(octets: 5)) == nil)
    #expect(error("[1,2]", JSONLimits(elements: 1))?.code == .tooManyElements)
    #expect(error("{\"a\":1,\"b\":2}", JSONLimits(members: 1))?.code == .tooManyMembers)
  }

  @Test func `unescapes and escapes strings`() throws {
    let text = #""a\"\\\/\b\f\n\r\t\u00e9\uD834\udd1e\u0000""#
    let value = try JSONReader.read(Array(text.utf8))
    #expect(value.text == "a\"\\/\u{8}\u{c}\n\r\té\u{1D11E}\u{0}")
    let written = String(decoding: JSONWriter.write(value), as: UTF8.self)
    #expect(written == "\"a\\\"\\\\/\\b\\f\\n\\r\\té\u{1D11E}\\u0000\"")
  }

  @Test func `gives the exact octets of a top-level member`() throws {
    let octets = Array("{ \"x\" : {\"p\":1} ,\n\"\\u0070\":  [1, 2.0 ] , \"q\":5}".utf8)
    let places = try JSONReader.read(octets, locating: ["p", "q", "z"]).places
    let range = try #require(places["p"])
    #expect(String(decoding: octets[range], as: UTF8.self) == "[1, 2.0 ]")
    let last = try #require(places["q"])
    #expect(String(decoding: octets[last], as: UTF8.self) == "5")
    #expect(places.count == 2)
    #expect(try JSONReader.read([0x31], locating: ["z"]).places.isEmpty)
    #expect(throws: JSONError.self) {
      try JSONReader.read(
        Array("{\"p\":1,\"a\":{\"b\":1,\"b\":2}}".utf8), locating: ["p"])
    }
  }
}
