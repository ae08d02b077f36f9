/// Runs the built referralctl.
// SPDX-License-Identifier: Apache-2.0
import TestSupport

typealias Run = ProgramRun

enum Program {
  static func run(
    _ arguments: [String], input: String = "", socket: String = "/nonexistent/socket",
    executable: String = ProgramRun.built("referralctl")
  ) async throws -> Run {
    try await ProgramRun.of(
      executable, arguments, input: input,
      environment: [
        "REFERRAL_ADMIN_SOCKET": socket, "CTL": ProgramRun.built("referralctl"),
        "PATH": "/usr/bin:/bin", "TERM": "xterm", "SHELL": "/bin/bash",
      ])
  }

  /// A script of bash that calls it as `$CTL`.
  static func shell(_ script: String, socket: String = "/nonexistent/socket") async throws -> Run {
    try await run(["-c", script], socket: socket, executable: "/bin/bash")
  }

  /// The script on a terminal of 80 columns and 24 rows, of which everything is output.
  static func terminal(_ script: String, socket: String = "/nonexistent/socket") async throws
    -> Run
  {
    try await run(
      ["-qec", "stty rows 24 cols 80; " + script, "/dev/null"], socket: socket,
      executable: "/usr/bin/script")
  }
}
