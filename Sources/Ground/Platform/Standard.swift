/// Standard output and error without stdio, whose globals Swift 6 cannot see as safe.
// SPDX-License-Identifier: Apache-2.0
import Glibc

package enum Standard {
  package static func output(_ text: String) { Files.writeAll(1, Array(text.utf8)) }
  package static func error(_ text: String) { Files.writeAll(2, Array(text.utf8)) }
  /// Ends the process; threads must have been joined.
  package static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
  /// Ends the process at once, without a word to the threads that still run.
  package static func endNow(_ status: Int32) -> Never { _exit(status) }
  package static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
