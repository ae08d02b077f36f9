/// The way out for JSON: compact, members in order, only the escapes RFC 8259 demands.
// SPDX-License-Identifier: Apache-2.0

package enum JSONWriter {
  /// No space at all; everything but quotes, backslashes and control characters as UTF-8.
  package static func write(_ value: JSONValue) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(1024)
    append(value, to: &out)
    return out
  }

  /// The same with two spaces for each level and a line feed at the end, for people.
  package static func writePretty(_ value: JSONValue) -> [UInt8] {
    var out: [UInt8] = []
    appendPretty(value, level: 0, to: &out)
    out.append(0x0A)
    return out
  }

  /// A string with its quotes.
  package static func write(string: String) -> [UInt8] {
    var out: [UInt8] = []
    append(string, to: &out)
    return out
  }

  private static func append(_ value: JSONValue, to out: inout [UInt8]) {
    switch value {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
    case .number(let number): out.append(contentsOf: number.text.utf8)
    case .string(let text): append(text, to: &out)
    case .array(let elements):
      out.append(UInt8(ascii: "["))
      var first = true
      for element in elements {
        if first { first = false } else { out.append(UInt8(ascii: ",")) }
        append(element, to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let object):
      out.append(UInt8(ascii: "{"))
      var first = true
      for member in object.members {
        if first { first = false } else { out.append(UInt8(ascii: ",")) }
        append(member.name, to: &out)
        out.append(UInt8(ascii: ":"))
        append(member.value, to: &out)
      }
      out.append(UInt8(ascii: "}"))
    }
  }

  private static func append(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    if needsEscape(text) {
      for octet in text.utf8 { appendEscaped(octet, to: &out) }
    } else {
      out.append(contentsOf: text.utf8)
    }
    out.append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ text: String) -> Bool {
    let octets = text.utf8Span.span
    for i in 0..<octets.count {
      let octet = octets[i]
      if octet < 0x20 || octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") {
        return true
      }
    }
    return false
  }

  private static func appendEscaped(_ octet: UInt8, to out: inout [UInt8]) {
    switch octet {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), octet]
    case 0x08: out.append(contentsOf: "\\b".utf8)
    case 0x09: out.append(contentsOf: "\\t".utf8)
    case 0x0A: out.append(contentsOf: "\\n".utf8)
    case 0x0C: out.append(contentsOf: "\\f".utf8)
    case 0x0D: out.append(contentsOf: "\\r".utf8)
    case 0..<0x20:
      out.append(contentsOf: (octet < 0x10 ? "\\u000" : "\\u00").utf8)
      out.append(contentsOf: String(octet, radix: 16).utf8)
    default: out.append(octet)
    }
  }

  private static func appendPretty(_ value: JSONValue, level: Int, to out: inout [UInt8]) {
    switch value {
    case .array(let elements) where !elements.isEmpty:
      out.append(UInt8(ascii: "["))
      for (i, element) in elements.enumerated() {
        breakLine(first: i == 0, level: level + 1, to: &out)
        appendPretty(element, level: level + 1, to: &out)
      }
      breakLine(first: true, level: level, to: &out)
      out.append(UInt8(ascii: "]"))
    case .object(let object) where !object.isEmpty:
      out.append(UInt8(ascii: "{"))
      for (i, member) in object.members.enumerated() {
        breakLine(first: i == 0, level: level + 1, to: &out)
        append(member.name, to: &out)
        out.append(contentsOf: ": ".utf8)
        appendPretty(member.value, level: level + 1, to: &out)
      }
      breakLine(first: true, level: level, to: &out)
      out.append(UInt8(ascii: "}"))
    case .null, .bool, .number, .string, .array, .object: append(value, to: &out)
    }
  }

  private static func breakLine(first: Bool, level: Int, to out: inout [UInt8]) {
    if !first { out.append(UInt8(ascii: ",")) }
    out.append(0x0A)
    out.append(contentsOf: repeatElement(0x20, count: 2 * level))
  }
}
