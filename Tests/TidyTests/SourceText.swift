/// One file of the repository as the rules see it: its path, its lines, and its code alone.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A text file; paths are relative to the root of the repository.
struct SourceText: Sendable {
  let path: String
  let text: String
  /// The text with comments, string contents and raw identifiers replaced by spaces, so that a
  /// rule about code never stumbles over prose. Line breaks stay where they are.
  let code: String

  init(_ path: String, _ text: String) {
    self.path = path
    self.text = text
    code = path.hasSuffix(".swift") ? CodeOnly(text).result : text
  }

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  var codeLines: [Substring] { code.split(separator: "\n", omittingEmptySubsequences: false) }
  var name: String { String(path.split(separator: "/").last ?? "") }
  var isSwift: Bool { path.hasSuffix(".swift") && path != "Package.swift" }

  /// Whether the file lies in one of the folders.
  func isIn(_ folders: [String]) -> Bool { folders.contains { path.hasPrefix($0 + "/") } }
}

/// Walks over Swift text once and blanks everything that is not code.
private struct CodeOnly {
  private let input: [UInt8]
  private var output: [UInt8]
  private var at = 0

  init(_ text: String) {
    input = Array(text.utf8)
    output = input
    code(untilParenthesis: false)
  }

  var result: String { String(decoding: output, as: UTF8.self) }

  private func starts(with text: StaticString, at index: Int) -> Bool {
    let wanted = Array(text.description.utf8)
    return index + wanted.count <= input.count
      && wanted.indices.allSatisfy { input[index + $0] == wanted[$0] }
  }

  private mutating func blank(to end: Int) {
    while at < min(end, input.count) {
      if input[at] != UInt8(ascii: "\n") { output[at] = UInt8(ascii: " ") }
      at += 1
    }
  }

  /// Code, up to the end or to the parenthesis that closes an interpolation.
  private mutating func code(untilParenthesis inside: Bool) {
    var depth = 0
    while at < input.count {
      if starts(with: "//", at: at) {
        blank(to: input[at...].firstIndex(of: UInt8(ascii: "\n")) ?? input.count)
      } else if starts(with: "/*", at: at) {
        comment()
      } else if input[at] == UInt8(ascii: "`") {
        rawIdentifier()
      } else if let pounds = poundsBeforeQuote() {
        string(pounds: pounds)
      } else {
        if input[at] == UInt8(ascii: "(") { depth += 1 }
        if input[at] == UInt8(ascii: ")") { depth -= 1 }
        at += 1
        if inside, depth < 0 { return }
      }
    }
  }

  private mutating func comment() {
    var depth = 0
    repeat {
      if starts(with: "/*", at: at) {
        depth += 1
        blank(to: at + 2)
      } else if starts(with: "*/", at: at) {
        depth -= 1
        blank(to: at + 2)
      } else {
        blank(to: at + 1)
      }
    } while depth > 0 && at < input.count
  }

  private mutating func rawIdentifier() {
    let close = input[(at + 1)...].firstIndex(of: UInt8(ascii: "`")) ?? input.count - 1
    at += 1
    blank(to: close)
    at = close + 1
  }

  /// How many `#` stand here before a quotation mark; nil when no string begins here.
  private func poundsBeforeQuote() -> Int? {
    var index = at
    while index < input.count, input[index] == UInt8(ascii: "#") { index += 1 }
    return index < input.count && input[index] == UInt8(ascii: "\"") ? index - at : nil
  }

  private mutating func string(pounds: Int) {
    at += pounds
    let quotes = starts(with: "\"\"\"", at: at) ? 3 : 1
    at += quotes
    let close =
      Array(repeating: UInt8(ascii: "\""), count: quotes)
      + Array(repeating: UInt8(ascii: "#"), count: pounds)
    let escape = [UInt8(ascii: "\\")] + Array(repeating: UInt8(ascii: "#"), count: pounds)
    while at < input.count {
      if input[at...].starts(with: close) {
        at += close.count
        return
      }
      if input[at...].starts(with: escape) {
        let next = at + escape.count
        if next < input.count, input[next] == UInt8(ascii: "(") {
          blank(to: next)
          at = next + 1
          code(untilParenthesis: true)
        } else {
          blank(to: next + 1)
        }
      } else {
        blank(to: at + 1)
      }
    }
  }
}
