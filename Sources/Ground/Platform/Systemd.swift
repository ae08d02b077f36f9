/// Readiness and inherited sockets by systemd's documented datagrams and variables.
// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

package enum Systemd {
  /// Sends `state` (e.g. "READY=1") to `NOTIFY_SOCKET`; false when there is none or it is unusable.
  /// Source: sd_notify(3).
  @discardableResult
  package static func notify(_ state: String) -> Bool {
    guard let raw = getenv("NOTIFY_SOCKET") else { return false }
    let path = String(cString: raw)
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
    let bytes = Array(state.utf8)
    let sent = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(fd, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, size)
      }
    }
    return sent == bytes.count
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
