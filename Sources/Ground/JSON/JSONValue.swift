/// A JSON value as it was written: members in order, numbers as text.
// SPDX-License-Identifier: Apache-2.0

/// Equality is exact: the same code points, the same number text, the same order of members.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  package static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.string(let x), .string(let y)): ExactText.same(x, y)
    case (.array(let x), .array(let y)): x == y
    case (.object(let x), .object(let y)): x == y
    case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let flag): hasher.combine(flag)
    case .number(let number): hasher.combine(number)
    case .string(let text): hasher.combine(ExactText(text))
    case .array(let elements): hasher.combine(elements)
    case .object(let object): hasher.combine(object)
    }
  }
}

extension JSONValue {
  package var text: String? { if case .string(let text) = self { text } else { nil } }
  package var number: JSONNumber? { if case .number(let number) = self { number } else { nil } }
  package var integer: Int64? { number?.integer }
  package var flag: Bool? { if case .bool(let flag) = self { flag } else { nil } }
  package var elements: [JSONValue]? { if case .array(let all) = self { all } else { nil } }
  package var members: JSONObject? { if case .object(let object) = self { object } else { nil } }
  package var isNull: Bool { if case .null = self { true } else { false } }

  /// The value of the member `name`; nil where there is none or this is no object.
  package subscript(name: String) -> JSONValue? { members?[name] }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .number(JSONNumber(value)) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(elements.map { JSONMember($0.0, $0.1) }))
  }
}

/// A number in the words of its writer: 1.0 stays 1.0 and no digit is lost.
package struct JSONNumber: Sendable, Hashable {
  package let text: String

  package init(_ integer: Int64) { text = String(integer) }

  /// `text` must follow the grammar of RFC 8259, section 6; nil otherwise.
  package init?(text: String) {
    let octets = Array(text.utf8)
    var at = 0
    guard JSONNumber.scan(octets, from: &at), at == octets.count else { return nil }
    self.text = text
  }
  init(checked text: String) { self.text = text }

  /// The value where it is written as a plain integer (no fraction, no exponent) of 64 bits.
  package var integer: Int64? { Int64(text) }

  /// Moves `at` behind a number; false with `at` at the first octet that does not fit.
  static func scan(_ octets: [UInt8], from at: inout Int) -> Bool {
    let end = octets.count
    func digits() -> Bool {
      let start = at
      while at < end, octets[at] &- 0x30 < 10 { at += 1 }
      return at > start
    }
    if at < end, octets[at] == 0x2D { at += 1 }
    if at < end, octets[at] == 0x30 {
      at += 1
      if at < end, octets[at] &- 0x30 < 10 { return false }
    } else if !digits() {
      return false
    }
    if at < end, octets[at] == 0x2E {
      at += 1
      if !digits() { return false }
    }
    if at < end, octets[at] | 0x20 == 0x65 {
      at += 1
      if at < end, octets[at] == 0x2B || octets[at] == 0x2D { at += 1 }
      if !digits() { return false }
    }
    return true
  }
}
