/// Finds the end of a request head as it arrives, and refuses an octet that no head may have.
// SPDX-License-Identifier: Apache-2.0

/// Classes of octets in RFC 9110, section 5.6, and RFC 3986, section 3.
enum Octet {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let percent: UInt8 = 0x25
  static let slash: UInt8 = 0x2F
  static let colon: UInt8 = 0x3A
  static let semicolon: UInt8 = 0x3B
  static let openingBracket: UInt8 = 0x5B
  static let closingBracket: UInt8 = 0x5D

  static func isDigit(_ o: UInt8) -> Bool { o >= 0x30 && o <= 0x39 }
  static func isLetter(_ o: UInt8) -> Bool { o | 0x20 >= 0x61 && o | 0x20 <= 0x7A }
  static func hexValue(_ o: UInt8) -> Int? {
    switch o {
    case 0x30...0x39: Int(o) - 0x30
    case 0x41...0x46: Int(o) - 0x41 + 10
    case 0x61...0x66: Int(o) - 0x61 + 10
    default: nil
    }
  }
  private static let tokenMarks = Set("!#$%&'*+-.^_`|~".utf8)
  private static let hostMarks = Set("-._".utf8)
  private static let targetMarks = Set("-._~!$&'()*+,;=:@/?%".utf8)
  static func isToken(_ o: UInt8) -> Bool { isLetter(o) || isDigit(o) || tokenMarks.contains(o) }
  static func isHost(_ o: UInt8) -> Bool { isLetter(o) || isDigit(o) || hostMarks.contains(o) }
  static func isTarget(_ o: UInt8) -> Bool { isLetter(o) || isDigit(o) || targetMarks.contains(o) }
  static func isBlank(_ o: UInt8) -> Bool { o == space || o == tab }
  static func isFieldValue(_ o: UInt8) -> Bool { o >= space && o < 0x7F || o == tab }
}

/// Lines end in CR LF only; nothing but printable ASCII and tabs stands between them.
package struct HeadScanner {
  /// The lines so far, without their ends: the request line, then the field lines.
  package private(set) var lines: [Range<Int>] = []
  private var at = 0
  private var lineStart = 0
  private var fieldsStart = 0

  package init() {}

  /// Goes on where the last call ended; `octets` only ever grows. The head's length when its empty
  /// line has come, else nil.
  package mutating func scan(_ octets: [UInt8]) throws(RequestRefusal) -> Int? {
    while at < octets.count {
      let octet = octets[at]
      let followsReturn = at > lineStart && octets[at - 1] == Octet.carriageReturn
      at += 1
      if octet == Octet.lineFeed {
        guard followsReturn else { throw .bareLineFeed }
        if try endLine() { return at }
        // Who is refused for the request line alone must not wait for the rest of the head.
        if lines.count == 1 { _ = try RequestHead.requestLine(octets[lines[0]]) }
      } else {
        guard !followsReturn else { throw .bareCarriageReturn }
        guard octet < 0x80 else { throw .nonASCII }
        guard Octet.isFieldValue(octet) || octet == Octet.carriageReturn else {
          throw .controlCharacter
        }
        try checkLengths()
      }
    }
    return nil
  }

  /// True at the empty line.
  private mutating func endLine() throws(RequestRefusal) -> Bool {
    let line = lineStart..<at - 2
    lineStart = at
    if line.isEmpty {
      guard !lines.isEmpty else { throw .badRequestLine }
      return true
    }
    guard lines.count <= HTTPServerLimits.fieldCount else { throw .tooManyFields }
    lines.append(line)
    if lines.count == 1 { fieldsStart = at }
    return false
  }

  private func checkLengths() throws(RequestRefusal) {
    let length = at - lineStart
    if lines.isEmpty {
      guard length <= HTTPServerLimits.requestLineOctets else { throw .targetTooLong }
    } else {
      guard length <= HTTPServerLimits.fieldOctets else { throw .fieldTooLong }
      guard at - fieldsStart <= HTTPServerLimits.allFieldsOctets else { throw .headTooLarge }
    }
  }
}
