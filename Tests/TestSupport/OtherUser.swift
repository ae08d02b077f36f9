/// Programs run as somebody else, where this process may become somebody else.
// SPDX-License-Identifier: Apache-2.0
import Foundation

package enum OtherUser {
  package static let setpriv = "/usr/bin/setpriv"

  /// Root may; and the other user must be able to run the programs where they stand.
  package static let isPossible: Bool = {
    guard getuid() == 0 else { return false }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: setpriv)
    process.arguments = [
      "--reuid", "4711", "--regid", "4711", "--clear-groups", ProgramRun.built("referralctl"),
      "--version",
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()
}
