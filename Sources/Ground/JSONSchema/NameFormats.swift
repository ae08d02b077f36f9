/// Formats of names and addresses: UUID, e-mail, host, IP, JSON Pointer, URI.
// SPDX-License-Identifier: Apache-2.0

enum NameFormats {
  /// RFC 4122 in either case.
  static func uuid(_ octets: [UInt8]) -> Bool {
    guard octets.count == 36 else { return false }
    for (i, octet) in octets.enumerated() {
      let isDash = i == 8 || i == 13 || i == 18 || i == 23
      guard isDash ? octet == UInt8(ascii: "-") : octet.isHexDigit else { return false }
    }
    return true
  }

  /// The Mailbox of RFC 5321, section 4.1.2.
  static func email(_ octets: [UInt8]) -> Bool {
    guard let sign = octets.lastIndex(of: UInt8(ascii: "@")) else { return false }
    let (local, domain) = (octets[..<sign], octets[(sign + 1)...])
    guard (1...64).contains(local.count), isLocalPart(local) else { return false }
    guard domain.first == UInt8(ascii: "["), domain.last == UInt8(ascii: "]") else {
      return hostname(domain)
    }
    let address = domain.dropFirst().dropLast()
    if address.starts(with: "IPv6:".utf8) { return ipv6(address.dropFirst(5)) }
    return ipv4(address)
  }

  /// What an atom may hold beside letters and digits (RFC 5322, section 3.2.3).
  private static let atomMarks = Set("!#$%&'*+-/=?^_`{|}~".utf8)

  private static func isLocalPart(_ local: ArraySlice<UInt8>) -> Bool {
    if local.first == UInt8(ascii: "\""), local.last == UInt8(ascii: "\""), local.count > 1 {
      var isEscaped = false
      for octet in local.dropFirst().dropLast() {
        guard (0x20...0x7E).contains(octet) else { return false }
        if isEscaped {
          isEscaped = false
        } else if octet == UInt8(ascii: "\\") {
          isEscaped = true
        } else if octet == UInt8(ascii: "\"") {
          return false
        }
      }
      return !isEscaped
    }
    return local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .allSatisfy { atom in
        !atom.isEmpty && atom.allSatisfy { $0.isLetter || $0.isDigit || atomMarks.contains($0) }
      }
  }

  /// RFC 1123, section 2.1: labels of letters, digits and inner hyphens.
  static func hostname(_ octets: ArraySlice<UInt8>) -> Bool {
    guard (1...253).contains(octets.count) else { return false }
    return octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .allSatisfy { label in
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
          && label.last != UInt8(ascii: "-")
          && label.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") }
      }
  }

  /// RFC 2673, section 3.2: four decimal numbers without leading zeros.
  static func ipv4(_ octets: ArraySlice<UInt8>) -> Bool {
    let parts = octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.count) && part.allSatisfy(\.isDigit)
          && (part.count == 1 || part.first != UInt8(ascii: "0"))
          && part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } < 256
      }
  }

  /// RFC 4291, section 2.2; no zone.
  static func ipv6(_ octets: ArraySlice<UInt8>) -> Bool {
    let colon = UInt8(ascii: ":")
    let all = Array(octets)
    var gap: Int?
    for i in all.indices.dropFirst() where all[i] == colon && all[i - 1] == colon {
      if gap != nil { return false }
      gap = i - 1
    }
    guard let gap else { return groups(all[...], isLast: true) == 8 }
    let (head, tail) = (all[..<gap], all[(gap + 2)...])
    guard let before = head.isEmpty ? 0 : groups(head, isLast: false),
      let after = tail.isEmpty ? 0 : groups(tail, isLast: true)
    else { return false }
    return before + after < 8
  }

  /// How many groups of 16 bits; an IPv4 address may stand last and counts as two.
  private static func groups(_ octets: ArraySlice<UInt8>, isLast: Bool) -> Int? {
    let parts = octets.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    var count = 0
    for (i, part) in parts.enumerated() {
      if (1...4).contains(part.count), part.allSatisfy(\.isHexDigit) {
        count += 1
      } else if isLast, i == parts.count - 1, ipv4(part) {
        count += 2
      } else {
        return nil
      }
    }
    return count
  }

  /// RFC 6901, section 3.
  static func jsonPointer(_ octets: [UInt8]) -> Bool {
    guard octets.isEmpty || octets[0] == UInt8(ascii: "/") else { return false }
    for (i, octet) in octets.enumerated() where octet == UInt8(ascii: "~") {
      guard i + 1 < octets.count, octets[i + 1] | 1 == UInt8(ascii: "1") else { return false }
    }
    return true
  }
}

/// RFC 3986, appendix A.
enum URIFormats {
  private static let subDelimiters = Set("!$&'()*+,;=".utf8)
  private static let pathExtras = Set(":@/".utf8)
  private static let queryExtras = Set(":@/?".utf8)
  private static let userExtras = Set(":".utf8)

  static func reference(_ text: String) -> Bool {
    let uri = URIReference(text)
    if let scheme = uri.scheme {
      guard let first = scheme.utf8.first, first.isLetter,
        scheme.utf8.allSatisfy({ $0.isLetter || $0.isDigit || "+-.".utf8.contains($0) })
      else { return false }
    } else if uri.authority == nil, uri.path.prefix(while: { $0 != "/" }).contains(":") {
      return false
    }
    if let authority = uri.authority, !isAuthority(Array(authority.utf8)) { return false }
    return consists(Array(uri.path.utf8)[...], extras: pathExtras)
      && consists(Array((uri.query ?? "").utf8)[...], extras: queryExtras)
      && consists(Array((uri.fragment ?? "").utf8)[...], extras: queryExtras)
  }

  private static func isAuthority(_ octets: [UInt8]) -> Bool {
    var rest = octets[...]
    if let sign = rest.lastIndex(of: UInt8(ascii: "@")) {
      guard consists(rest[..<sign], extras: userExtras) else { return false }
      rest = rest[(sign + 1)...]
    }
    if rest.first == UInt8(ascii: "[") {
      guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
      let literal = rest[(rest.startIndex + 1)..<end]
      guard NameFormats.ipv6(literal) || isFuture(literal) else { return false }
      rest = rest[(end + 1)...]
      return rest.isEmpty
        || (rest.first == UInt8(ascii: ":") && rest.dropFirst().allSatisfy(\.isDigit))
    }
    if let colon = rest.lastIndex(of: UInt8(ascii: ":")) {
      guard rest[(colon + 1)...].allSatisfy(\.isDigit) else { return false }
      rest = rest[..<colon]
    }
    return consists(rest, extras: [])
  }

  /// IPvFuture: "v", hexadecimal digits, ".", then anything a name may hold.
  private static func isFuture(_ literal: ArraySlice<UInt8>) -> Bool {
    guard let first = literal.first, first | 0x20 == UInt8(ascii: "v"),
      let dot = literal.firstIndex(of: UInt8(ascii: "."))
    else { return false }
    let version = literal[(literal.startIndex + 1)..<dot]
    let address = literal[(dot + 1)...]
    return !version.isEmpty && version.allSatisfy(\.isHexDigit) && !address.isEmpty
      && !address.contains(UInt8(ascii: "%")) && consists(address, extras: userExtras)
  }

  private static func consists(_ octets: ArraySlice<UInt8>, extras: Set<UInt8>) -> Bool {
    var at = octets.startIndex
    while at < octets.endIndex {
      let octet = octets[at]
      if octet == UInt8(ascii: "%") {
        guard at + 2 < octets.endIndex, octets[at + 1].isHexDigit, octets[at + 2].isHexDigit else {
          return false
        }
        at += 3
        continue
      }
      guard
        octet.isLetter || octet.isDigit || "-._~".utf8.contains(octet)
          || subDelimiters.contains(octet) || extras.contains(octet)
      else { return false }
      at += 1
    }
    return true
  }
}
