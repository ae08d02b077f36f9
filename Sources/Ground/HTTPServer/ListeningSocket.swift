/// A listening descriptor: bound here to an address or a path, or inherited.
// SPDX-License-Identifier: Apache-2.0
import CLibevent
import Glibc
import Platform

package struct ListenError: Error, Equatable, Sendable {
  package enum Code: String, Sendable {
    case badAddress, pathTooLong, pathTaken, unavailable, notListening, eventLoop
  }
  package let code: Code
  /// errno, or 0.
  package let systemCode: Int32

  /// What is wrong, in words, without the address.
  package var reason: String {
    switch code {
    case .badAddress: "is not an IPv4 or IPv6 address"
    case .pathTooLong: "is too long for a unix socket"
    case .pathTaken: "is in use, or is no socket"
    case .notListening: "is not a listening socket"
    case .unavailable, .eventLoop: String(cString: strerror(systemCode))
    }
  }
}

package struct ListeningSocket: ~Copyable, Sendable {
  private let fd: Int32
  /// The actual port; 0 for a unix socket.
  package let port: UInt16

  private init(fd: Int32, port: UInt16) {
    self.fd = fd
    self.port = port
  }

  deinit { close(fd) }

  consuming func release() -> Int32 {
    let fd = self.fd
    discard self
    return fd
  }

  /// `address` is a literal; "::" serves IPv4 too. Port 0 lets the system choose.
  package static func tcp(address: String, port: UInt16) throws(ListenError) -> ListeningSocket {
    var v4 = sockaddr_in()
    if inet_pton(AF_INET, address, &v4.sin_addr) == 1 {
      v4.sin_family = sa_family_t(AF_INET)
      v4.sin_port = port.bigEndian
      return try bound(AF_INET, v4)
    }
    var v6 = sockaddr_in6()
    guard inet_pton(AF_INET6, address, &v6.sin6_addr) == 1 else {
      throw ListenError(code: .badAddress, systemCode: 0)
    }
    v6.sin6_family = sa_family_t(AF_INET6)
    v6.sin6_port = port.bigEndian
    return try bound(AF_INET6, v6)
  }

  private static func bound<Address>(_ family: Int32, _ address: Address)
    throws(ListenError) -> ListeningSocket
  {
    let listening = ListeningSocket(fd: try open(family), port: 0)
    enable(listening.fd, SOL_SOCKET, SO_REUSEADDR)
    withoutDelay(listening.fd)
    if family == AF_INET6 {
      var off: Int32 = 0
      setsockopt(listening.fd, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, 4)
    }
    guard bind(listening.fd, to: address), listen(listening.fd, 1_024) == 0 else {
      throw ListenError(code: .unavailable, systemCode: errno)
    }
    let port = boundPort(listening.fd)
    return ListeningSocket(fd: listening.release(), port: port)
  }

  /// Takes the place of a socket on which nobody listens; nobody can connect before `mode` holds.
  package static func unix(path: String, mode: UInt32 = 0o600)
    throws(ListenError) -> ListeningSocket
  {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard !path.isEmpty, path.utf8.count < room, !path.utf8.contains(0) else {
      throw ListenError(code: .pathTooLong, systemCode: 0)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    try removeStale(path, address)
    let listening = ListeningSocket(fd: try open(AF_UNIX), port: 0)
    guard bind(listening.fd, to: address), chmod(path, mode) == 0, listen(listening.fd, 128) == 0
    else { throw ListenError(code: .unavailable, systemCode: errno) }
    return listening
  }

  private static func removeStale(_ path: String, _ address: sockaddr_un) throws(ListenError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw ListenError(code: .pathTaken, systemCode: 0)
    }
    let probe = ListeningSocket(fd: try open(AF_UNIX), port: 0)
    let isAnswered = withSocketAddress(address) { connect(probe.fd, $0, $1) == 0 }
    guard !isAnswered, errno == ECONNREFUSED else {
      throw ListenError(code: .pathTaken, systemCode: 0)
    }
    unlink(path)
  }

  /// A socket that systemd or a parent has bound and listens on; it is owned from here on.
  package static func inherited(_ fd: Int32) throws(ListenError) -> ListeningSocket {
    var isListening: Int32 = 0
    var size = socklen_t(4)
    guard getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening == 1
    else { throw ListenError(code: .notListening, systemCode: errno) }
    evutil_make_socket_nonblocking(fd)
    evutil_make_socket_closeonexec(fd)
    withoutDelay(fd)
    return ListeningSocket(fd: fd, port: boundPort(fd))
  }

  private static func open(_ family: Int32) throws(ListenError) -> Int32 {
    let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    let fd = socket(family, Int32(type), 0)
    guard fd >= 0 else { throw ListenError(code: .unavailable, systemCode: errno) }
    return fd
  }

  private static func bind<Address>(_ fd: Int32, to address: Address) -> Bool {
    withSocketAddress(address) { Glibc.bind(fd, $0, $1) == 0 }
  }

  private static func boundPort(_ fd: Int32) -> UInt16 {
    var address = sockaddr_in6()
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let isKnown = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(fd, $0, &size) == 0 }
    }
    let family = Int32(address.sin6_family)
    // sockaddr_in and sockaddr_in6 keep the port at the same place.
    return isKnown && family != AF_UNIX ? UInt16(bigEndian: address.sin6_port) : 0
  }

  private static func enable(_ fd: Int32, _ level: Int32, _ option: Int32) {
    var on: Int32 = 1
    setsockopt(fd, level, option, &on, 4)
  }

  // Accepted sockets inherit it; with it off, small answers over TLS wait 40 ms.
  private static func withoutDelay(_ fd: Int32) { Sockets.sendWithoutDelay(fd) }
}

private func withSocketAddress<Address>(
  _ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
) -> Bool {
  withUnsafePointer(to: address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<Address>.size))
    }
  }
}
