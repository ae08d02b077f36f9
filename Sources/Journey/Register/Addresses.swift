/// Endpoints, addresses to listen on, address ranges and public-key pins, read strictly.
// SPDX-License-Identifier: Apache-2.0
import Platform

/// An http or https URL in the narrow form that every URL parser reads alike: no user, no
/// fragment, no escapes in the host, IPv4 as four plain decimal numbers.
package struct ServiceURL: Sendable, Hashable, CustomStringConvertible {
  package let text: String
  package let isSecure: Bool
  /// Lower case; an IPv6 address without its brackets.
  package let host: String
  package let port: Int
  package var description: String { text }

  package init?(_ text: String) {
    let secure = text.hasPrefix("https://")
    guard secure || text.hasPrefix("http://"), text.utf8.count <= 2_000,
      text.utf8.allSatisfy({ Self.isURLOctet($0) })
    else { return nil }
    let rest = text.dropFirst(secure ? 8 : 7)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let host: Substring
    var portText: Substring?
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<close]
      guard AddressRange.ipv6(String(host)) != nil else { return nil }
      let tail = authority[authority.index(after: close)...]
      guard tail.isEmpty || tail.hasPrefix(":") else { return nil }
      portText = tail.isEmpty ? nil : tail.dropFirst()
    } else {
      let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      host = parts.first ?? ""
      portText = parts.count == 2 ? parts[1] : nil
      guard Self.isHost(String(host)) else { return nil }
    }
    var port = secure ? 443 : 80
    if let portText {
      guard let number = Int(portText), (1...65_535).contains(number), String(number) == portText
      else { return nil }
      port = number
    }
    self.text = text
    self.isSecure = secure
    self.host = host.lowercased()
    self.port = port
  }

  /// RFC 3986's unreserved, reserved and percent, without "#", "@" and backslash.
  private static func isURLOctet(_ octet: UInt8) -> Bool {
    (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet)
      || (0x61...0x7A).contains(octet) || "-._~:/?[]!$&'()*+,;=%".utf8.contains(octet)
  }

  /// A host name of RFC 1123 or a plain IPv4 address; "127.1" and "0x7f.1" are neither.
  static func isHost(_ host: String) -> Bool {
    if AddressRange.ipv4(host) != nil { return true }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard host.utf8.count <= 253, let last = labels.last,
      last.utf8.contains(where: { !(0x30...0x39).contains($0) }), !last.hasPrefix("0x")
    else { return false }
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy {
          (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
            || (0x61...0x7A).contains($0) || $0 == 0x2D
        }
    }
  }

  package var isLoopback: Bool {
    if host == "localhost" { return true }
    if let octets = AddressRange.ipv4(host) { return octets[0] == 127 }
    return AddressRange.ipv6(host) == [UInt8](repeating: 0, count: 15) + [1]
  }
}

/// Where a service listens: "127.0.0.1:9441" or "[::1]:9441", a literal address and a port.
package struct ListenAddress: Sendable, Hashable {
  /// IPv4 or IPv6, without brackets.
  package let host: String
  /// 0 lets the system choose.
  package let port: UInt16

  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard let port = UInt16(digits), String(port) == digits else { return nil }
    let host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      let inner = String(host.dropFirst().dropLast())
      guard AddressRange.ipv6(inner) != nil else { return nil }
      self.host = inner
    } else {
      guard AddressRange.ipv4(String(host)) != nil else { return nil }
      self.host = String(host)
    }
    self.port = port
  }
}

/// A CIDR block of RFC 4632 or RFC 4291, section 2.3; bits behind the prefix are zero.
package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
  package let text: String
  /// 4 or 16.
  package let octets: [UInt8]
  package let prefixBits: Int
  package var description: String { text }

  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let octets = Self.ipv4(parts[0]) ?? Self.ipv6(parts[0]),
      let bits = Int(parts[1]), String(bits) == parts[1], (0...octets.count * 8).contains(bits),
      Self.masked(octets, bits) == octets
    else { return nil }
    self.text = text
    self.octets = octets
    prefixBits = bits
  }

  /// `address` has 4 or 16 octets.
  package func contains(_ address: [UInt8]) -> Bool {
    address.count == octets.count && Self.masked(address, prefixBits) == octets
  }

  private static func masked(_ octets: [UInt8], _ bits: Int) -> [UInt8] {
    octets.enumerated().map { index, octet in
      let kept = min(max(bits - index * 8, 0), 8)
      return octet & ~UInt8(truncatingIfNeeded: 0xFF >> kept)
    }
  }

  static func ipv4(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let octets = parts.compactMap { part in UInt8(part).flatMap { String($0) == part ? $0 : nil } }
    return parts.count == 4 && octets.count == 4 ? octets : nil
  }

  /// RFC 4291, section 2.2, forms 1 and 2.
  static func ipv6(_ text: String) -> [UInt8]? {
    func groups(_ text: Substring) -> [UInt8]? {
      if text.isEmpty { return [] }
      var octets: [UInt8] = []
      for group in text.split(separator: ":", omittingEmptySubsequences: false) {
        guard (1...4).contains(group.utf8.count), let value = UInt16(group, radix: 16),
          !group.hasPrefix("+")
        else { return nil }
        octets += [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
      }
      return octets
    }
    guard let gap = text.firstRange(of: "::") else {
      let octets = groups(text[...])
      return octets?.count == 16 ? octets : nil
    }
    guard let head = groups(text[..<gap.lowerBound]), let tail = groups(text[gap.upperBound...]),
      head.count + tail.count <= 14
    else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }
}

/// Reads "sha256/<base64 of 32 octets>", the pin of a public key (RFC 7469's digest).
func publicKeyPin(_ text: String) -> [UInt8]? {
  guard text.hasPrefix("sha256/"),
    let octets = Base64.decode(String(text.dropFirst(7)), .standard), octets.count == 32
  else { return nil }
  return octets
}
