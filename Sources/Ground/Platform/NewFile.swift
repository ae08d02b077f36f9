/// A file that stands under its name only once it is whole.
// SPDX-License-Identifier: Apache-2.0
import Glibc

package final class NewFile: Sendable {
  /// Where it is until then; nobody else reads or writes there.
  package let temporary: String
  private let path: String
  private let fd: Int32
  private let isKept = Locked(false)

  /// `mode` is exact, whatever the umask says.
  package init(_ path: String, mode: UInt32 = 0o600) throws(FileError) {
    self.path = path
    temporary = path + ".new"
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
    guard fd >= 0, fchmod(fd, mode) == 0 else {
      throw FileError(code: .unwritable, path: path, systemCode: errno)
    }
  }

  /// What was not kept is taken away.
  deinit {
    guard fd >= 0 else { return }
    if !isKept.withLock({ $0 }) { unlink(temporary) }
    close(fd)
  }

  /// False when the disk is full or broken.
  package func write(_ octets: [UInt8]) -> Bool { Files.writeAll(fd, octets) }

  /// Syncs, and renames over whatever has the name; the folder is the caller's to sync.
  package func keep() throws(FileError) {
    guard fsync(fd) == 0, rename(temporary, path) == 0 else {
      throw FileError(code: .unwritable, path: path, systemCode: errno)
    }
    isKept.withLock { $0 = true }
  }
}
