/// The terminal behind a descriptor.
// SPDX-License-Identifier: Apache-2.0
import CLinux

package enum Terminal {
  /// Nil when it is no terminal or does not know its size.
  package static func size(_ fd: Int32) -> (columns: Int, rows: Int)? {
    var columns: UInt32 = 0
    var rows: UInt32 = 0
    guard clinux_terminal_size(fd, &columns, &rows) == 0, columns > 0, rows > 0 else { return nil }
    return (Int(columns), Int(rows))
  }
}
