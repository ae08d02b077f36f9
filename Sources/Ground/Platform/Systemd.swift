/// Readiness, journal entries and inherited sockets, by systemd's documented protocols.
// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

package enum Systemd {
  /// Sends `state` (e.g. "READY=1") to `NOTIFY_SOCKET`; false when there is none or it is unusable.
  /// Source: sd_notify(3).
  @discardableResult
  package static func notify(_ state: String) -> Bool {
    guard let path = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }) else { return false }
    return send(Array(state.utf8), to: path)
  }

  /// Whether standard error ends in the journal, which then takes entries with fields too.
  /// Source: systemd.exec(5), JOURNAL_STREAM.
  package static var logsToJournal: Bool {
    guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else { return false }
    var status = stat()
    guard fstat(2, &status) == 0 else { return false }
    return stream == "\(status.st_dev):\(status.st_ino)"
  }

  /// One entry in the journal's native protocol; false when nobody took it.
  package static func journal(_ entry: [UInt8]) -> Bool {
    send(entry, to: "/run/systemd/journal/socket")
  }

  /// One datagram to a unix socket; a path that begins with "@" is abstract.
  private static func send(_ octets: [UInt8], to path: String) -> Bool {
    guard path.hasPrefix("/") || path.hasPrefix("@") else { return false }
    var address = sockaddr_un()
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { target in
      target.copyBytes(from: path.utf8)
      if path.hasPrefix("@") { target[0] = 0 }
    }
    let prefix = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
    let size = socklen_t(prefix + path.utf8.count)
    let fd = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard fd >= 0 else { return false }
    defer { close(fd) }
    let sent = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(fd, octets, octets.count, Int32(MSG_NOSIGNAL), $0, size)
      }
    }
    return sent == octets.count
  }

  /// Sockets handed over at start, by name; marks them close-on-exec and forgets the variables.
  /// Source: sd_listen_fds(3).
  package static func inheritedSockets() -> [(name: String, fd: Int32)] {
    guard let pid = getenv("LISTEN_PID"), atoi(pid) == getpid(), let count = getenv("LISTEN_FDS")
    else { return [] }
    let total = min(max(atoi(count), 0), 64)
    let names = getenv("LISTEN_FDNAMES").map { String(cString: $0) } ?? ""
    let parts = names.split(separator: ":", omittingEmptySubsequences: false)
    for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
    return (0..<total).map { index in
      let fd = 3 + index
      _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
      return (Int(index) < parts.count ? String(parts[Int(index)]) : "", fd)
    }
  }
}
