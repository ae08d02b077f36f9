/// The way in for JSON: strict RFC 8259 with the member names of I-JSON (RFC 7493).
// SPDX-License-Identifier: Apache-2.0

/// Refuses what two readers could understand differently: duplicate names (compared after
/// unescaping, by code points), octets that are not UTF-8, a byte order mark, lone surrogates.
/// Noncharacters such as U+FFFE pass, as RFC 8259 has it.
package enum JSONReader {
  /// The one value of the text.
  package static func read(
    _ octets: [UInt8], limits: JSONLimits = JSONLimits()
  ) throws(JSONError) -> JSONValue {
    try read(octets, locating: [], limits: limits).value
  }

  /// The value, and where the octets of some of its top-level members stand, each exactly from its
  /// first octet to its last; a text that is no object has no members.
  package static func read(
    _ octets: [UInt8], locating names: [String], limits: JSONLimits = JSONLimits()
  ) throws(JSONError) -> (value: JSONValue, places: [String: Range<Int>]) {
    var text = JSONText(octets, limits: limits, watching: names)
    let value = try text.document()
    return (value, text.places)
  }
}

/// One text being read: recursive descent, an index into the octets, no look back.
struct JSONText {
  let octets: [UInt8]
  let limits: JSONLimits
  var at = 0
  private var depth = 0
  private let watched: [String]
  /// Of the top-level members that are watched for.
  private(set) var places: [String: Range<Int>] = [:]

  init(_ octets: [UInt8], limits: JSONLimits, watching names: [String]) {
    self.octets = octets
    self.limits = limits
    watched = names
  }

  mutating func document() throws(JSONError) -> JSONValue {
    guard octets.count <= limits.octets else { throw fail(.tooLarge, at: limits.octets) }
    try checkEncoding()
    skipSpace()
    guard at < octets.count else { throw fail(.empty) }
    let value = try value()
    skipSpace()
    guard at == octets.count else { throw fail(.trailingContent) }
    return value
  }

  private func checkEncoding() throws(JSONError) {
    if octets.count >= 3, octets[0] == 0xEF, octets[1] == 0xBB, octets[2] == 0xBF {
      throw fail(.byteOrderMark, at: 0)
    }
    do {
      _ = try UTF8Span(validating: octets.span)
    } catch {
      throw fail(.invalidUTF8, at: error.byteOffsets.lowerBound)
    }
  }

  /// The error `code` at an octet, the present one where none is named.
  func fail(_ code: JSONError.Code, at place: Int? = nil) -> JSONError {
    var (line, column) = (1, 1)
    for octet in octets[..<min(place ?? at, octets.count)] {
      if octet == 0x0A {
        line += 1
        column = 1
      } else if octet & 0xC0 != 0x80 {
        column += 1
      }
    }
    return JSONError(code: code, line: line, column: column)
  }

  /// The present character does not belong here, or there is none.
  private func misplaced(_ code: JSONError.Code = .unexpectedCharacter) -> JSONError {
    fail(at < octets.count ? code : .unexpectedEnd)
  }

  private mutating func skipSpace() {
    while at < octets.count {
      switch octets[at] {
      case 0x20, 0x0A, 0x0D, 0x09: at += 1
      default: return
      }
    }
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    guard at < octets.count else { throw fail(.unexpectedEnd) }
    switch octets[at] {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
      return try literal()
    default: throw fail(.unexpectedCharacter)
    }
  }

  private mutating func literal() throws(JSONError) -> JSONValue {
    if skip("null") { return .null }
    if skip("true") { return .bool(true) }
    if skip("false") { return .bool(false) }
    throw fail(.invalidLiteral)
  }

  private mutating func skip(_ word: StaticString) -> Bool {
    let letters = Array(word.description.utf8)
    guard octets.count - at >= letters.count else { return false }
    for i in letters.indices where octets[at + i] != letters[i] { return false }
    at += letters.count
    return true
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = at
    guard JSONNumber.scan(octets, from: &at) else { throw misplaced(.invalidNumber) }
    return .number(JSONNumber(checked: String(decoding: octets[start..<at], as: UTF8.self)))
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    guard depth <= limits.depth else { throw fail(.tooDeep) }
    at += 1
    skipSpace()
  }

  /// Moves over a comma or the closing bracket; true where the list goes on.
  private mutating func goesOn(closing: UInt8) throws(JSONError) -> Bool {
    skipSpace()
    guard at < octets.count else { throw fail(.unexpectedEnd) }
    if octets[at] == closing {
      at += 1
      depth -= 1
      return false
    }
    guard octets[at] == UInt8(ascii: ",") else { throw fail(.unexpectedCharacter) }
    let comma = at
    at += 1
    skipSpace()
    if at < octets.count, octets[at] == closing { throw fail(.trailingComma, at: comma) }
    return true
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    try enter()
    var elements: [JSONValue] = []
    if at < octets.count, octets[at] == UInt8(ascii: "]") {
      at += 1
      depth -= 1
      return .array(elements)
    }
    repeat {
      guard elements.count < limits.elements else { throw fail(.tooManyElements) }
      elements.append(try value())
    } while try goesOn(closing: UInt8(ascii: "]"))
    return .array(elements)
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    try enter()
    var members: [JSONMember] = []
    var names = SeenNames()
    if at < octets.count, octets[at] == UInt8(ascii: "}") {
      at += 1
      depth -= 1
      return .object(JSONObject(members))
    }
    repeat {
      guard members.count < limits.members else { throw fail(.tooManyMembers) }
      guard at < octets.count, octets[at] == UInt8(ascii: "\"") else {
        throw misplaced(.nameExpected)
      }
      let start = at
      let name = try string()
      guard names.isNew(name, beside: members) else { throw fail(.duplicateName, at: start) }
      skipSpace()
      guard at < octets.count, octets[at] == UInt8(ascii: ":") else { throw misplaced() }
      at += 1
      skipSpace()
      let first = at
      members.append(JSONMember(name, try value()))
      if depth == 1, watched.contains(where: { ExactText.same($0, name) }) {
        places[name] = first..<at
      }
    } while try goesOn(closing: UInt8(ascii: "}"))
    return .object(JSONObject(members))
  }
}

/// Finds duplicate names: by comparison among few, by a set among many.
private struct SeenNames {
  private static let few = 16
  private var set: Set<ExactText> = []

  mutating func isNew(_ name: String, beside members: [JSONMember]) -> Bool {
    if members.count < SeenNames.few {
      for member in members where ExactText.same(member.name, name) { return false }
      return true
    }
    if set.isEmpty { set = Set(members.map { ExactText($0.name) }) }
    return set.insert(ExactText(name)).inserted
  }
}
