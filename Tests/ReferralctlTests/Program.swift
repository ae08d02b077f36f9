/// Runs the built referralctl the way a script would: no terminal, its own environment.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON

struct Run {
  let status: Int32
  let output: String
  /// Standard error.
  let errors: String

  var outputLines: [JSONValue] { Run.lines(output) }
  var errorLines: [JSONValue] { Run.lines(errors) }

  private static func lines(_ text: String) -> [JSONValue] {
    text.split(separator: "\n").compactMap { try? JSONReader.read(Array($0.utf8)) }
  }
}

enum Program {
  /// It is built beside the test program.
  static func path(_ name: String = "referralctl") -> String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().path + "/" + name
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

  static func run(
    _ arguments: [String], input: String = "", socket: String = "/nonexistent/socket",
    executable: String = path()
  ) async throws -> Run {
    let folder = try TemporaryFolder()
    let program = Process()
    program.executableURL = URL(fileURLWithPath: executable)
    program.arguments = arguments
    program.environment = [
      "REFERRAL_ADMIN_SOCKET": socket, "CTL": path(), "PATH": "/usr/bin:/bin", "TERM": "xterm",
      "SHELL": "/bin/bash",
    ]
    // Files, not pipes: nothing can fill up while the program runs.
    program.standardInput = try FileHandle(
      forReadingFrom: folder.write("input", Array(input.utf8)))
    program.standardOutput = try FileHandle(forWritingTo: folder.write("output", []))
    program.standardError = try FileHandle(forWritingTo: folder.write("errors", []))
    // Not waitUntilExit: it would hold a thread that the answering side may need.
    try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
      program.terminationHandler = { _ in ended.resume() }
      do { try program.run() } catch {
        program.terminationHandler = nil
        ended.resume(throwing: error)
      }
    }
    return Run(
      status: program.terminationStatus,
      output: try String(contentsOfFile: folder.path + "/output", encoding: .utf8),
      errors: try String(contentsOfFile: folder.path + "/errors", encoding: .utf8))
  }
}

/// Gone with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "referralctl-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ octets: [UInt8]) throws -> URL {
    let file = URL(fileURLWithPath: path + "/" + name)
    try Data(octets).write(to: file)
    return file
  }
}
