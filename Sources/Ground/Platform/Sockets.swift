/// Facts about sockets that glibc shows only with _GNU_SOURCE.
// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

package enum Sockets {
  /// User and groups of the process at the other end of a unix socket, as they were when it
  /// connected (unix(7), SO_PEERCRED; socket.h, SO_PEERGROUPS). Its first group comes first.
  package static func peer(of fd: Int32) -> (user: UInt32, groups: [UInt32])? {
    var user: UInt32 = 0
    var group: UInt32 = 0
    var process: Int32 = 0
    guard clinux_peer(fd, &user, &group, &process) == 0 else { return nil }
    return (user, [group] + supplementaryGroups(of: fd))
  }

  /// None where they cannot be told.
  private static func supplementaryGroups(of fd: Int32) -> [UInt32] {
    var capacity: Int32 = 32
    while true {
      var groups = [UInt32](repeating: 0, count: Int(capacity))
      let count = clinux_peer_groups(fd, &groups, capacity)
      if count <= capacity { return Array(groups.prefix(Int(max(0, count)))) }
      capacity = count
    }
  }

  /// Small answers leave at once: without this they wait for the peer's delayed acknowledgement.
  @discardableResult
  package static func sendWithoutDelay(_ fd: Int32) -> Bool {
    var one: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    return setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size) == 0
  }
}
