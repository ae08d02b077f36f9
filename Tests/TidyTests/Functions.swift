/// Finds the functions of a file and counts their lines.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Functions and initializers with a body, as the rule on length sees them.
enum Functions {
  struct Found: Equatable {
    let name: String
    let line: Int
    let lines: Int
  }

  private static let declaration = try? NSRegularExpression(
    pattern: #"\bfunc\s+([^\s(<]+)|\b(init)[?]?\s*[(<]|\b(deinit)\b|\b(subscript)\s*[(<]"#)

  static func of(_ file: SourceText) -> [Found] {
    let code = Array(file.code.utf8)
    guard let declaration, let text = String(validating: code, as: UTF8.self) else { return [] }
    let matches = declaration.matches(in: text, range: NSRange(text.startIndex..., in: text))
    return matches.compactMap { match in
      guard let range = Range(match.range, in: text) else { return nil }
      let start = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
      let after = text.utf8.distance(from: text.startIndex, to: range.upperBound)
      guard start == 0 || code[start - 1] != UInt8(ascii: "."),
        let body = body(in: code, from: after - 1)
      else { return nil }
      let line = newlines(code[..<start]) + 1
      let name = text[range].split { " (<?".contains($0) }.last.map(String.init) ?? "init"
      return Found(name: name, line: line, lines: newlines(code[start...body]) + 1)
    }
  }

  private static func newlines(_ octets: ArraySlice<UInt8>) -> Int {
    octets.count { $0 == UInt8(ascii: "\n") }
  }

  /// Where the body that begins after a declaration ends; nil for a requirement without a body.
  private static func body(in code: [UInt8], from start: Int) -> Int? {
    var parentheses = 0
    var braces = 0
    for index in start..<code.count {
      switch code[index] {
      case UInt8(ascii: "("), UInt8(ascii: "["): parentheses += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"): parentheses -= 1
      case UInt8(ascii: "{"): braces += 1
      case UInt8(ascii: "}"):
        braces -= 1
        if braces < 0 { return nil }
        if braces == 0, parentheses <= 0 { return index }
      case UInt8(ascii: "\n") where braces == 0 && parentheses == 0:
        if nextDeclaration(code[(index + 1)...]) { return nil }
      default: break
      }
    }
    return nil
  }

  private static func nextDeclaration(_ rest: ArraySlice<UInt8>) -> Bool {
    let line = rest.prefix { $0 != UInt8(ascii: "\n") }
    let words = String(decoding: line, as: UTF8.self).split(separator: " ").prefix(3)
    return words.contains { ["func", "var", "let", "static", "mutating", "init"].contains($0) }
  }
}
