/// JSON Pointer (RFC 6901): the place of a value within a value.
// SPDX-License-Identifier: Apache-2.0

package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  /// Unescaped; the empty list is the whole document.
  package let tokens: [String]

  package init(tokens: [String] = []) { self.tokens = tokens }

  /// Reads "", "/a/0", "/a~1b"; nil where it does not begin with "/" or a "~" is no escape.
  package init?(_ text: String) {
    if text.isEmpty {
      tokens = []
      return
    }
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard let first = parts.first, first.isEmpty else { return nil }
    var tokens: [String] = []
    for part in parts.dropFirst() {
      guard let token = JSONPointer.unescaped(Array(part)) else { return nil }
      tokens.append(token)
    }
    self.tokens = tokens
  }

  private static func unescaped(_ octets: [UInt8]) -> String? {
    var plain: [UInt8] = []
    var at = 0
    while at < octets.count {
      if octets[at] == UInt8(ascii: "~") {
        at += 1
        guard at < octets.count else { return nil }
        switch octets[at] {
        case UInt8(ascii: "0"): plain.append(UInt8(ascii: "~"))
        case UInt8(ascii: "1"): plain.append(UInt8(ascii: "/"))
        default: return nil
        }
      } else {
        plain.append(octets[at])
      }
      at += 1
    }
    return String(decoding: plain, as: UTF8.self)
  }

  package func appending(_ token: String) -> JSONPointer { JSONPointer(tokens: tokens + [token]) }
  package func appending(_ index: Int) -> JSONPointer { appending(String(index)) }

  package var description: String {
    var out: [UInt8] = []
    for token in tokens {
      out.append(UInt8(ascii: "/"))
      for octet in token.utf8 {
        switch octet {
        case UInt8(ascii: "~"): out.append(contentsOf: "~0".utf8)
        case UInt8(ascii: "/"): out.append(contentsOf: "~1".utf8)
        default: out.append(octet)
        }
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  package static func == (a: JSONPointer, b: JSONPointer) -> Bool {
    a.tokens.elementsEqual(b.tokens, by: ExactText.same)
  }

  package func hash(into hasher: inout Hasher) {
    for token in tokens { hasher.combine(ExactText(token)) }
  }
}

extension JSONValue {
  /// The value `pointer` points to; nil where there is none.
  package func at(_ pointer: JSONPointer) -> JSONValue? {
    var value = self
    for token in pointer.tokens {
      switch value {
      case .object(let object):
        guard let next = object[token] else { return nil }
        value = next
      case .array(let elements):
        guard let index = JSONValue.index(token), index < elements.count else { return nil }
        value = elements[index]
      case .null, .bool, .number, .string: return nil
      }
    }
    return value
  }

  /// Digits without a leading zero (RFC 6901, section 4).
  private static func index(_ token: String) -> Int? {
    let digits = token.utf8
    guard let first = digits.first, digits.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
    return first == 0x30 && digits.count > 1 ? nil : Int(token)
  }
}
