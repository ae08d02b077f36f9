/// A file that somebody else put into a folder of ours: read without trusting what it is.
// SPDX-License-Identifier: Apache-2.0
import Glibc

package struct HandedFile: Sendable {
  package let octets: [UInt8]
  /// User id of its owner.
  package let owner: UInt32
  package let modifiedAt: Instant

  /// Refuses links, devices and pipes, and does not wait for a writer.
  package static func read(_ path: String, limit: Int) throws(FileError) -> HandedFile {
    let (octets, status) = try Files.readWithStatus(path, limit: limit, links: .refuse)
    return HandedFile(
      octets: octets, owner: status.st_uid, modifiedAt: Instant(status.st_mtim))
  }
}

extension Files {
  /// When an entry got its present name or content; nil when there is none.
  package static func changedAt(_ path: String) -> Instant? {
    var status = stat()
    return lstat(path, &status) == 0 ? Instant(status.st_ctim) : nil
  }

  /// Gives an entry another name; whatever had that name before is replaced.
  package static func move(_ path: String, to target: String) throws(FileError) {
    guard Glibc.rename(path, target) == 0 else {
      throw FileError(code: .unwritable, path: path, systemCode: errno)
    }
  }

  /// Takes a file away; that it is not there any more is as good.
  package static func remove(_ path: String) throws(FileError) {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw FileError(code: .unwritable, path: path, systemCode: errno)
    }
  }

  /// Takes a folder away with the files in it; a folder within stops it.
  package static func removeFolder(_ path: String) throws(FileError) {
    guard isFolder(path) else { return }
    for name in try list(path) { try remove(path + "/" + name) }
    guard rmdir(path) == 0 || errno == ENOENT else {
      throw FileError(code: .unwritable, path: path, systemCode: errno)
    }
  }

  /// After it, names made or taken away in the folder survive a loss of power.
  package static func syncFolder(_ path: String) throws(FileError) {
    let fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard fd >= 0 else { throw FileError(code: .unreadable, path: path, systemCode: errno) }
    defer { close(fd) }
    guard fsync(fd) == 0 else {
      throw FileError(code: .unwritable, path: path, systemCode: errno)
    }
  }
}

extension Instant {
  fileprivate init(_ time: timespec) {
    self.init(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
