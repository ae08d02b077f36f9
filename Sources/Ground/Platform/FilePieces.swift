/// A regular file read piece by piece, so that its size does not matter.
// SPDX-License-Identifier: Apache-2.0
import Glibc

package struct FilePieces: ~Copyable {
  package static let pieceOctets = 65_536

  /// When it was opened.
  package let octets: Int
  private let fd: Int32
  private let path: String

  /// Does not wait for a writer; devices and pipes are refused.
  package init(_ path: String, links: Files.Links = .follow) throws(FileError) {
    let (fd, status) = try Files.openRegular(path, links: links)
    self.fd = fd
    self.path = path
    octets = Int(status.st_size)
  }

  deinit { close(fd) }

  /// Full pieces, but for the last one; nil at the end.
  package mutating func next() throws(FileError) -> [UInt8]? {
    var failure: Int32 = 0
    let piece = [UInt8](unsafeUninitializedCapacity: FilePieces.pieceOctets) { buffer, used in
      while used < buffer.count {
        let n = Glibc.read(fd, buffer.baseAddress?.advanced(by: used), buffer.count - used)
        if n < 0, errno == EINTR { continue }
        if n < 0 { failure = errno }
        guard n > 0 else { return }
        used += n
      }
    }
    guard failure == 0 else {
      throw FileError(code: .unreadable, path: path, systemCode: failure)
    }
    return piece.isEmpty ? nil : piece
  }
}
