/// Who is at the other end of an accepted socket.
// SPDX-License-Identifier: Apache-2.0
import CLibevent
import Glibc
import Platform

struct Peer: Sendable {
  /// In text; "unix" for a unix socket.
  let address: String
  /// What the cap per address counts: an IPv4 address, an IPv6 /64 network, nil for neither.
  let capKey: [UInt8]?
  let user: UInt32?
  let groups: [UInt32]

  init(_ fd: Int32, _ address: UnsafePointer<sockaddr>?) {
    let family = address.map { Int32($0.pointee.sa_family) } ?? AF_UNIX
    guard let address, family == AF_INET || family == AF_INET6 else {
      let peer = family == AF_UNIX ? Sockets.peer(of: fd) : nil
      self.address = "unix"
      capKey = nil
      user = peer?.user
      groups = peer?.groups ?? []
      return
    }
    user = nil
    groups = []
    let octets = Peer.octets(address, family)
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    let v4 = octets.count == 4 ? octets : octets.starts(with: mapped) ? Array(octets[12...]) : nil
    self.address = Peer.text(v4 ?? octets)
    capKey = v4 ?? Array(octets.prefix(8))
  }

  private static func octets(_ address: UnsafePointer<sockaddr>, _ family: Int32) -> [UInt8] {
    let raw = UnsafeRawPointer(address)
    if family == AF_INET {
      let v4 = raw.loadUnaligned(as: sockaddr_in.self)
      return withUnsafeBytes(of: v4.sin_addr) { Array($0) }
    }
    let v6 = raw.loadUnaligned(as: sockaddr_in6.self)
    return withUnsafeBytes(of: v6.sin6_addr) { Array($0) }
  }

  private static func text(_ octets: [UInt8]) -> String {
    var out = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = octets.count == 4 ? AF_INET : AF_INET6
    guard inet_ntop(family, octets, &out, socklen_t(out.count)) != nil else { return "unknown" }
    let end = out.firstIndex(of: 0) ?? out.count
    return String(decoding: out[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
