/// Room on the disk kept free for recording what happens; given up when nothing else is left.
// SPDX-License-Identifier: Apache-2.0
import Glibc
import Platform

/// A file that holds nothing. While it is there, new work may come in; when the disk is full it
/// goes, and what is under way has its room.
package final class Reserve: Sendable {
  private let path: String
  private let octets: Int
  /// The store whose disk this is.
  private let storePath: String
  private let held = Locked(false)

  /// Takes the room at once if it is there.
  package init(path: String, octets: Int, beside storePath: String) {
    self.path = path
    self.octets = octets
    self.storePath = storePath
    regain(margin: 0)
  }

  package var isHeld: Bool { held.withLock { $0 } }

  /// False when it was given up before.
  package func release() -> Bool {
    held.withLock { isHeld in
      guard isHeld else { return false }
      unlink(path)
      isHeld = false
      return true
    }
  }

  /// Takes the room again. It wants as much besides, so that the next write does not end it.
  package func regain() { regain(margin: octets) }

  private func regain(margin: Int) {
    held.withLock { isHeld in
      guard !isHeld, hasSpace(octets + margin) else { return }
      let fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard fd >= 0 else { return }
      defer { close(fd) }
      isHeld = posix_fallocate(fd, 0, octets) == 0
      if !isHeld { unlink(path) }
    }
  }

  private func hasSpace(_ wanted: Int) -> Bool {
    #if DEBUG
      if FaultyDisk.at(storePath)?.isFull == true { return false }
    #endif
    // A reserve left by an earlier process is room that we have.
    var found = stat()
    let present = stat(path, &found) == 0 ? Int(found.st_blocks) * 512 : 0
    var space = statvfs()
    guard statvfs(path.folder, &space) == 0 else { return false }
    return Int(space.f_bavail) * Int(space.f_frsize) + present >= wanted
  }
}

extension String {
  /// "." for a name without a folder.
  fileprivate var folder: String {
    lastIndex(of: "/").map { String(self[..<$0]) } ?? "."
  }
}
