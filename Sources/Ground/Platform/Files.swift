/// Files read whole within a limit and written so that a reader never sees half of one.
// SPDX-License-Identifier: Apache-2.0
import Glibc

package struct FileError: Error, Equatable, Sendable {
  package enum Code: String, Sendable {
    case notFound, isDirectory, isSymbolicLink, isSpecial, tooLarge, unreadable, unwritable
  }
  package let code: Code
  package let path: String
  /// errno, or 0.
  package let systemCode: Int32

  /// For what the system refused last.
  package init(unwritable path: String) {
    self.init(code: .unwritable, path: path, systemCode: errno)
  }

  init(code: Code, path: String, systemCode: Int32) {
    self.code = code
    self.path = path
    self.systemCode = systemCode
  }

  /// For programs: "no-such-file".
  package var name: String {
    switch code {
    case .notFound: "no-such-file"
    case .isDirectory: "is-directory"
    case .isSymbolicLink: "is-symbolic-link"
    case .isSpecial: "is-special-file"
    case .tooLarge: "file-too-large"
    case .unreadable: "unreadable-file"
    case .unwritable: "unwritable-file"
    }
  }

  /// No space: time may mend it.
  package var isFull: Bool { systemCode == ENOSPC || systemCode == EDQUOT }

  /// What is wrong, in words, without the path.
  package var reason: String {
    switch code {
    case .notFound: "no such file"
    case .isDirectory: "is a directory"
    case .isSymbolicLink: "is a symbolic link"
    case .isSpecial: "is not a regular file"
    case .tooLarge: "is too large"
    case .unreadable, .unwritable: String(cString: strerror(systemCode))
    }
  }
}

/// What is another as soon as a file was written or replaced; nothing else is read from it.
package struct FileMark: Sendable, Hashable {
  private let device: UInt64, inode: UInt64
  private let octets: Int64
  private let written: Instant, changed: Instant
  private let nanoseconds: [Int]

  fileprivate init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    octets = Int64(status.st_size)
    written = Instant(seconds: Int64(status.st_mtim.tv_sec))
    changed = Instant(seconds: Int64(status.st_ctim.tv_sec))
    nanoseconds = [status.st_mtim.tv_nsec, status.st_ctim.tv_nsec]
  }
}

package enum Files {
  package enum Links: Sendable { case follow, refuse }

  /// All octets of a regular file of at most `limit` octets.
  package static func read(_ path: String, limit: Int, links: Links = .follow)
    throws(FileError) -> [UInt8]
  {
    try readWithStatus(path, limit: limit, links: links).octets
  }

  static func readWithStatus(_ path: String, limit: Int, links: Links)
    throws(FileError) -> (octets: [UInt8], status: stat)
  {
    let (fd, status) = try openRegular(path, links: links)
    defer { close(fd) }
    return (try drain(fd, path, limit), status)
  }

  /// For reading; whoever calls closes it.
  static func openRegular(_ path: String, links: Links)
    throws(FileError) -> (fd: Int32, status: stat)
  {
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (links == .refuse ? O_NOFOLLOW : 0)
    let fd = open(path, flags)
    guard fd >= 0 else {
      let code: FileError.Code =
        errno == ENOENT ? .notFound : errno == ELOOP ? .isSymbolicLink : .unreadable
      throw FileError(code: code, path: path, systemCode: errno)
    }
    var status = stat()
    let isKnown = fstat(fd, &status) == 0
    let type = status.st_mode & S_IFMT
    guard isKnown, type == S_IFREG else {
      let code: FileError.Code =
        !isKnown ? .unreadable : type == S_IFDIR ? .isDirectory : .isSpecial
      let systemCode = isKnown ? 0 : errno
      close(fd)
      throw FileError(code: code, path: path, systemCode: systemCode)
    }
    return (fd, status)
  }

  package static func standardInput(limit: Int) throws(FileError) -> [UInt8] {
    try drain(0, "standard input", limit)
  }

  private static func drain(_ fd: Int32, _ path: String, _ limit: Int)
    throws(FileError) -> [UInt8]
  {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let n = Glibc.read(fd, &chunk, chunk.count)
      if n < 0, errno == EINTR { continue }
      guard n >= 0 else { throw FileError(code: .unreadable, path: path, systemCode: errno) }
      if n == 0 { return all }
      guard all.count + n <= limit else {
        throw FileError(code: .tooLarge, path: path, systemCode: 0)
      }
      all += chunk[0..<n]
    }
  }

  /// Writes beside `path`, syncs and renames over it; `mode` is exact, whatever the umask says.
  package static func write(_ octets: [UInt8], to path: String, mode: UInt32 = 0o600)
    throws(FileError)
  {
    let file = try NewFile(path, mode: mode)
    guard file.write(octets) else { throw FileError(unwritable: path) }
    try file.keep()
  }

  /// False when the descriptor is gone or full.
  @discardableResult
  package static func writeAll(_ fd: Int32, _ octets: [UInt8]) -> Bool {
    var left = octets[...]
    while !left.isEmpty {
      let n = left.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
      if n < 0, errno == EINTR { continue }
      guard n > 0 else { return false }
      left = left.dropFirst(n)
    }
    return true
  }

  /// Where relative paths start; empty when it is gone.
  package static var workingFolder: String {
    guard let path = getcwd(nil, 0) else { return "" }
    defer { free(path) }
    return String(cString: path)
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Also where a link leads to one.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Permission bits of a file, without following a link; nil when there is none.
  package static func mode(of path: String) -> UInt32? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  /// Of what the path leads to; nil when there is nothing.
  package static func mark(of path: String) -> FileMark? {
    var status = stat()
    return stat(path, &status) == 0 ? FileMark(status) : nil
  }

  /// Makes the folder and those above it that are missing, so that they outlive a power cut.
  package static func makeFolder(_ path: String, mode: UInt32 = 0o700) throws(FileError) {
    var above = path.hasPrefix("/") ? "/" : "."
    for part in path.split(separator: "/", omittingEmptySubsequences: true) {
      let at = (above == "/" ? "" : above) + "/" + part
      if mkdir(at, mode) == 0 {
        try syncFolder(above)
      } else if errno != EEXIST {
        throw FileError(code: .unwritable, path: at, systemCode: errno)
      }
      above = at
    }
  }

  /// Names in a folder, sorted; without "." and "..".
  package static func list(_ path: String) throws(FileError) -> [String] {
    guard let folder = opendir(path) else {
      throw FileError(
        code: errno == ENOENT ? .notFound : .unreadable, path: path, systemCode: errno)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  package static func isTerminal(_ fd: Int32) -> Bool { isatty(fd) == 1 }
}
