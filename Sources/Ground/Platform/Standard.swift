/// Standard output and error without stdio, whose globals Swift 6 cannot see as safe.
// SPDX-License-Identifier: Apache-2.0
import Glibc

package enum Standard {
  package static func output(_ text: String) { _ = write(text) }
  /// To standard output; nil when all of it is out, else errno: EPIPE when the reader has gone.
  package static func write(_ text: String) -> Int32? {
    Files.writeAll(1, Array(text.utf8)) ? nil : errno
  }
  package static func error(_ text: String) { Files.writeAll(2, Array(text.utf8)) }
  package static let brokenPipe = EPIPE

  /// Fills the places of closed standard descriptors: otherwise the next socket becomes standard
  /// output. What is then written there fails, as it should.
  package static func claimDescriptors() {
    for fd in Int32(0)...2 where fcntl(fd, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDONLY)
    }
  }

  /// Ends the process; threads must have been joined.
  package static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
  /// Ends the process at once, without a word to the threads that still run.
  package static func endNow(_ status: Int32) -> Never { _exit(status) }
  package static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
