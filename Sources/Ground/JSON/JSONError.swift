/// Why a text is not strict JSON, where, and what its writer has to do.
// SPDX-License-Identifier: Apache-2.0

package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    case empty = "empty"
    case tooLarge = "too-large"
    case tooDeep = "too-deep"
    case tooManyMembers = "too-many-members"
    case tooManyElements = "too-many-elements"
    case invalidUTF8 = "invalid-utf8"
    case byteOrderMark = "byte-order-mark"
    case unexpectedEnd = "unexpected-end"
    case unexpectedCharacter = "unexpected-character"
    case trailingComma = "trailing-comma"
    case trailingContent = "trailing-content"
    case nameExpected = "name-expected"
    case invalidLiteral = "invalid-literal"
    case invalidNumber = "invalid-number"
    case invalidEscape = "invalid-escape"
    case controlCharacter = "control-character"
    case loneSurrogate = "lone-surrogate"
    case duplicateName = "duplicate-name"
  }

  package let code: Code
  /// 1-based; lines end with LF.
  package let line: Int
  /// 1-based, in code points of the line; after octets that are not UTF-8, in sequence starts.
  package let column: Int

  package init(code: Code, line: Int, column: Int) {
    self.code = code
    self.line = line
    self.column = column
  }

  /// What the writer of the text has to do; never a part of the text itself.
  package var hint: String {
    switch code {
    case .empty: "send one JSON value"
    case .tooLarge: "send a smaller text"
    case .tooDeep: "nest fewer arrays and objects"
    case .tooManyMembers: "put fewer members into one object"
    case .tooManyElements: "put fewer elements into one array"
    case .invalidUTF8: "encode the text in UTF-8"
    case .byteOrderMark: "leave out the byte order mark"
    case .unexpectedEnd: "complete the text; it ends too early"
    case .unexpectedCharacter: "correct the punctuation here"
    case .trailingComma: "remove the comma before the closing bracket"
    case .trailingContent: "end the text after its one value"
    case .nameExpected: "begin each member with its name in double quotes"
    case .invalidLiteral: "write true, false or null in lower case"
    case .invalidNumber: "write the number as RFC 8259, section 6, says"
    case .invalidEscape: "escape only as RFC 8259, section 7, says"
    case .controlCharacter: "write control characters as \\u escapes"
    case .loneSurrogate: "write both halves of the surrogate pair, or neither"
    case .duplicateName: "give each member of an object a name of its own"
    }
  }

  package var description: String { "\(code.rawValue) at \(line):\(column): \(hint)" }
}
