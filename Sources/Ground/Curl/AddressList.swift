/// The addresses that may be dialled.
// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Looked at when the socket is made: no later answer of a name server can get around it.
package struct AddressList: Sendable, Hashable {
  private struct Range: Sendable, Hashable {
    let octets: [UInt8]
    let bits: Int
  }
  private let ranges: [Range]

  /// Ranges such as "192.0.2.0/24" or "2001:db8::1"; nil when one of them is not an address. An
  /// empty list allows every address.
  package init?(_ ranges: [String]) {
    var parsed: [Range] = []
    for text in ranges {
      let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let octets = AddressList.octets(String(parts[0])) else { return nil }
      var bits = octets.count * 8
      if parts.count == 2 {
        guard let given = Int(parts[1]), given >= 0, given <= bits, "\(given)" == parts[1] else {
          return nil
        }
        bits = given
      }
      parsed.append(Range(octets: octets, bits: bits))
    }
    self.ranges = parsed
  }

  /// `address`: 4 or 16 octets in network order. An IPv4 address mapped into IPv6 counts as IPv4.
  package func allows(_ address: [UInt8]) -> Bool {
    guard !ranges.isEmpty else { return true }
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    let octets =
      address.count == 16 && address.starts(with: mapped) ? Array(address.dropFirst(12)) : address
    return ranges.contains { range in
      guard range.octets.count == octets.count else { return false }
      return (0..<range.bits).allSatisfy { bit in
        (range.octets[bit / 8] ^ octets[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
      }
    }
  }

  /// 4 or 16 octets of a textual address, nil for anything else.
  package static func octets(_ text: String) -> [UInt8]? {
    var octets = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &octets) == 1 { return Array(octets.prefix(4)) }
    return inet_pton(AF_INET6, text, &octets) == 1 ? octets : nil
  }

  /// The address of a socket address that libcurl is about to dial.
  static func octets(of address: UnsafeRawPointer, family: Int32) -> [UInt8]? {
    switch family {
    case AF_INET:
      withUnsafeBytes(of: address.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) }
    case AF_INET6:
      withUnsafeBytes(of: address.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) }
    default: nil
    }
  }

  /// The local port of a TCP socket, 0 before it has one.
  static func localPort(of fd: Int32) -> Int32 {
    // The port stands at the same place in both families.
    var address = sockaddr_in6()
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let code = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(fd, $0, &size) }
    }
    return code == 0 ? Int32(UInt16(bigEndian: address.sin6_port)) : 0
  }
}
