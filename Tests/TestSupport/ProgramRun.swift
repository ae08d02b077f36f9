/// Runs a program to its end the way a script would: no terminal, its own environment.
// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import JSON

package struct ProgramRun: Sendable {
  package let status: Int32
  package let output: String
  /// Standard error.
  package let errors: String

  package var outputLines: [JSONValue] { ProgramRun.lines(output) }
  package var errorLines: [JSONValue] { ProgramRun.lines(errors) }

  private static func lines(_ text: String) -> [JSONValue] {
    text.split(separator: "\n").compactMap { try? JSONReader.read(Array($0.utf8)) }
  }

  /// A product of this package: it is built beside the test program.
  package static func of(
    product: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
  ) async throws -> ProgramRun {
    try await of(built(product), arguments, input: input, environment: environment)
  }

  package static func built(_ product: String) -> String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().path + "/" + product
  }

  package static func of(
    _ executable: String, _ arguments: [String], input: String = "",
    environment: [String: String] = [:]
  ) async throws -> ProgramRun {
    await turns.take()
    do {
      let run = try await inTurn(executable, arguments, input: input, environment: environment)
      await turns.give()
      return run
    } catch {
      await turns.give()
      throw error
    }
  }

  private static let turns = Turns(8)

  private static func inTurn(
    _ executable: String, _ arguments: [String], input: String, environment: [String: String]
  ) async throws -> ProgramRun {
    let folder = try TemporaryFolder()
    let program = Process()
    program.executableURL = URL(fileURLWithPath: executable)
    program.arguments = arguments
    program.environment = environment
    // Files, not pipes: nothing can fill up while the program runs.
    let files = [
      try FileHandle(forReadingFrom: folder.write("input", Array(input.utf8))),
      try FileHandle(forWritingTo: folder.write("output", [])),
      try FileHandle(forWritingTo: folder.write("errors", [])),
    ]
    // A process that has ended keeps its handles.
    defer { for file in files { try? file.close() } }
    program.standardInput = files[0]
    program.standardOutput = files[1]
    program.standardError = files[2]
    // Not waitUntilExit: it would hold a thread that the answering side may need.
    try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
      program.terminationHandler = { _ in ended.resume() }
      do { try program.run() } catch {
        program.terminationHandler = nil
        ended.resume(throwing: error)
      }
    }
    return ProgramRun(
      status: program.terminationStatus,
      output: try String(contentsOfFile: folder.path + "/output", encoding: .utf8),
      errors: try String(contentsOfFile: folder.path + "/errors", encoding: .utf8))
  }
}

/// So many at once: all tests begin together, and Foundation's Process crashes in a process that
/// has more than some 1,300 descriptors open.
private actor Turns {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ count: Int) { free = count }

  func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func give() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}

/// Gone with the value.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    path = NSTemporaryDirectory() + "referral-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  package func write(_ name: String, _ octets: [UInt8]) throws -> URL {
    let file = URL(fileURLWithPath: path + "/" + name)
    try Data(octets).write(to: file)
    return file
  }
}
