/// An eventfd: one thread wakes another that waits for descriptors.
// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

package struct Wake: ~Copyable, Sendable {
  package let fd: Int32

  package init() {
    fd = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    precondition(fd >= 0, "eventfd: \(errno)")
  }
  deinit { close(fd) }

  package func signal() { _ = eventfd_write(fd, 1) }

  package func clear() {
    var value = eventfd_t()
    _ = eventfd_read(fd, &value)
  }

  /// Blocks the calling thread until `signal()`.
  package func block() {
    var p = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
    _ = poll(&p, 1, -1)
    clear()
  }
}
