/// What went wrong in the store, in classes that decide what happens next.
// SPDX-License-Identifier: Apache-2.0
import CSQLite

package struct StoreError: Error, Equatable, Sendable {
  package enum Code: String, Sendable, CaseIterable {
    /// The file cannot be read or written, or is damaged. The store stays broken: after a failed
    /// sync nobody knows what the disk holds, so only a restart may recover.
    case ioError = "io-error"
    /// No space left; the change is undone and a later one works once there is space.
    case full
    case constraint
    /// Another process holds the file.
    case busy
    /// The file belongs to another application.
    case notOurs = "not-ours"
    /// The file was written by a newer version of this program.
    case newer
    /// The program used the store wrongly: a closed store, a value of another type, a write in a
    /// read.
    case misuse
    case other
  }
  package let code: Code
  /// SQLite's extended result code, 0 when the error is not SQLite's.
  package let extended: Int32
  /// The statement or step; never a value.
  package let place: String

  package init(_ code: Code, extended: Int32 = 0, place: String) {
    self.code = code
    self.extended = extended
    self.place = place
  }

  /// Classes by SQLite's primary code (https://www.sqlite.org/rescode.html).
  init(extended: Int32, place: String) {
    let code: Code =
      switch extended & 0xFF {
      case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN, SQLITE_READONLY: .ioError
      case SQLITE_FULL: .full
      case SQLITE_CONSTRAINT: .constraint
      case SQLITE_BUSY, SQLITE_LOCKED: .busy
      case SQLITE_MISUSE, SQLITE_RANGE: .misuse
      default: .other
      }
    self.init(code, extended: extended, place: place)
  }
}
