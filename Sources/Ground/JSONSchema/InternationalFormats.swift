/// Formats beyond ASCII and templates: IRI, e-mail of all scripts, URI template, relative pointer.
// SPDX-License-Identifier: Apache-2.0

/// RFC 3987, section 2.2: a URI in which more characters may stand.
enum IRIFormats {
  static func reference(_ text: String) -> Bool {
    ascii(text).map(URIFormats.reference) ?? false
  }

  /// A URI of the same shape: "~" is in no scheme, port or address. Nil where a character may not
  /// stand in its part.
  private static func ascii(_ text: String) -> String? {
    var out = String.UnicodeScalarView()
    var isQuery = false
    for scalar in text.unicodeScalars {
      if scalar.isASCII {
        if scalar == "?" { isQuery = true }
        if scalar == "#" { isQuery = false }
        out.append(scalar)
      } else {
        guard isCommon(scalar) || isQuery && isPrivate(scalar) else { return nil }
        out.append("~")
      }
    }
    return String(out)
  }

  /// `ucschar`.
  static func isCommon(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xA0...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFEF: true
    case 0x10000...0xEFFFF:
      scalar.value & 0xFFFF < 0xFFFE && !(0xE0000...0xE0FFF).contains(scalar.value)
    default: false
    }
  }

  /// `iprivate`.
  static func isPrivate(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xE000...0xF8FF, 0xF0000...0xFFFFD, 0x100000...0x10FFFD: true
    default: false
    }
  }
}

/// RFC 6570, section 2.
enum TemplateFormats {
  private static let operators = Set("+#./;?&=,!@|".unicodeScalars)
  private static let never = Set(" \"<>\\^`{|}".unicodeScalars)

  static func template(_ text: String) -> Bool {
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "{":
        guard let end = rest.firstIndex(of: "}"), isExpression(rest[..<end]) else { return false }
        rest = rest[rest.index(after: end)...]
      case "%":
        guard takeHexadecimal(&rest) else { return false }
      default:
        guard isLiteral(scalar) else { return false }
      }
    }
    return true
  }

  private static func isLiteral(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.isASCII else {
      return IRIFormats.isCommon(scalar) || IRIFormats.isPrivate(scalar)
    }
    return scalar.value > 0x20 && scalar.value < 0x7F && !never.contains(scalar)
  }

  private static func isExpression(_ expression: Substring.UnicodeScalarView) -> Bool {
    var variables = expression
    if let first = variables.first, operators.contains(first) { variables = variables.dropFirst() }
    return variables.split(separator: ",", omittingEmptySubsequences: false)
      .allSatisfy(isVariable)
  }

  private static func isVariable(_ variable: Substring.UnicodeScalarView) -> Bool {
    var name = variable
    if name.last == "*" {
      name = name.dropLast()
    } else if let colon = name.firstIndex(of: ":") {
      let length = name[name.index(after: colon)...]
      guard (1...4).contains(length.count), length.first != "0",
        length.allSatisfy({ ("0"..."9").contains($0) })
      else { return false }
      name = name[..<colon]
    }
    return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      var rest = part
      while let scalar = rest.popFirst() {
        if scalar == "%" {
          guard takeHexadecimal(&rest) else { return false }
        } else {
          guard scalar.isASCII else { return false }
          let octet = UInt8(scalar.value)
          guard octet.isLetter || octet.isDigit || scalar == "_" else { return false }
        }
      }
      return !part.isEmpty
    }
  }

  private static func takeHexadecimal(_ rest: inout Substring.UnicodeScalarView) -> Bool {
    guard rest.count >= 2,
      rest.prefix(2).allSatisfy({ $0.isASCII && UInt8($0.value).isHexDigit })
    else { return false }
    rest = rest.dropFirst(2)
    return true
  }
}

extension NameFormats {
  /// Relative JSON Pointer (draft-bhutton-relative-json-pointer-00, section 3).
  static func relativeJSONPointer(_ octets: [UInt8]) -> Bool {
    guard var rest = withoutNumber(octets[...], from: 0) else { return false }
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
      guard let more = withoutNumber(rest.dropFirst(), from: 1) else { return false }
      rest = more
    }
    return rest.elementsEqual([UInt8(ascii: "#")]) || jsonPointer(Array(rest))
  }

  /// What follows a number without leading zeros; nil where there is none or a smaller one.
  private static func withoutNumber(_ octets: ArraySlice<UInt8>, from least: Int)
    -> ArraySlice<UInt8>?
  {
    let digits = octets.prefix(while: \.isDigit)
    guard let first = digits.first else { return nil }
    let isZero = first == UInt8(ascii: "0")
    guard isZero ? digits.count == 1 && least == 0 : true else { return nil }
    return octets.dropFirst(digits.count)
  }

  /// The Mailbox of RFC 6531, section 3.3. The domain's labels are not held against the tables of
  /// IDNA, which no schema of ours needs.
  static func internationalEmail(_ octets: [UInt8]) -> Bool {
    guard octets.contains(where: { $0 >= 0x80 }) else { return email(octets) }
    // Letters beyond ASCII stand where letters may stand, octet for octet.
    return email(octets.map { $0 < 0x80 ? $0 : UInt8(ascii: "x") })
  }
}
