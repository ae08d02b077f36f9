/// The few socket calls that Foundation does not have.
// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A unix socket; closed with the value.
final class UnixSocket {
  private let descriptor: Int32

  /// A stream to a listener.
  init(connectedTo path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try unsafe call(connect, path, "connect")
  }

  /// Takes datagrams, as systemd does for NOTIFY_SOCKET.
  init(receivingAt path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    try unsafe call(bind, path, "bind")
  }

  deinit { close(descriptor) }

  private typealias AddressCall = (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32

  private func call(_ function: AddressCall, _ path: String, _ name: String) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let octets = Array(path.utf8) + [0]
    unsafe withUnsafeMutableBytes(of: &address.sun_path) {
      unsafe $0.copyBytes(from: octets.prefix($0.count))
    }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe function(descriptor, $0, size)
      }
    }
    guard result == 0 else { throw Stuck(description: "\(name) \(path): errno \(errno)") }
  }

  func write(_ octets: [UInt8]) throws {
    var rest = octets[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Stuck(description: "the peer is gone") }
      rest = rest.dropFirst(count)
    }
  }

  func readToEnd() -> [UInt8] {
    var octets: [UInt8] = []
    while let more = receive(flags: 0), !more.isEmpty { octets += more }
    return octets
  }

  /// One datagram if there is one.
  func datagram() -> String? {
    receive(flags: Int32(MSG_DONTWAIT)).map { String(decoding: $0, as: UTF8.self) }
  }

  private func receive(flags: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe recv(descriptor, $0.baseAddress, $0.count, flags)
    }
    return count < 0 ? nil : Array(buffer[..<count])
  }
}

/// A loopback port that nobody listens on now.
func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let result = unsafe withUnsafeMutablePointer(to: &address) {
    unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
    }
  }
  guard result else { throw Stuck(description: "no free port") }
  return Int(UInt16(bigEndian: address.sin_port))
}
