/// One process that a scenario starts, watches and ends: by its own id, never by name.
// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A scenario cannot go on; says at what.
struct Stuck: Error, CustomStringConvertible {
  let description: String
}

/// Looks again and again until there is something to see.
func eventually<Seen>(
  _ what: String, within seconds: Double = 30, _ look: () throws -> Seen?
) async throws -> Seen {
  let end = ContinuousClock.now.advanced(by: .seconds(seconds))
  while true {
    if let seen = try look() { return seen }
    guard ContinuousClock.now < end else {
      throw Stuck(description: "not within \(seconds) s: \(what)")
    }
    try await Task.sleep(for: .milliseconds(10))
  }
}

final class Program {
  let name: String
  private let process = Process()
  private let logPath: String

  /// Starts at once; output and errors are appended to `log`.
  init(
    _ name: String, _ executable: String, _ arguments: [String],
    environment: [String: String] = [:], log: String
  ) throws {
    self.name = name
    logPath = log
    if !FileManager.default.fileExists(atPath: log) {
      _ = FileManager.default.createFile(atPath: log, contents: nil)
    }
    guard let output = FileHandle(forWritingAtPath: log) else {
      throw Stuck(description: "cannot write \(log)")
    }
    try output.seekToEnd()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try output.close()
  }

  deinit { kill() }

  var isRunning: Bool { process.isRunning }
  var processIdentifier: Int32 { process.processIdentifier }
  var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

  /// SIGKILL, and gone when this returns.
  func kill() {
    if process.isRunning { signal(SIGKILL) }
    process.waitUntilExit()
  }

  var processID: Int32 { process.processIdentifier }

  func signal(_ number: Int32) { Foundation.kill(process.processIdentifier, number) }

  /// Of a program that has ended; nil when a signal ended it.
  var exitStatus: Int32? {
    process.terminationReason == .exit ? process.terminationStatus : nil
  }

  /// The exit status, when it ends by itself.
  func ended(within seconds: Double = 30) async throws -> Int32 {
    _ = try await eventually("\(name) ends", within: seconds) { isRunning ? nil : true }
    guard process.terminationReason == .exit else {
      throw Stuck(description: "\(name) was ended by signal \(process.terminationStatus)")
    }
    return process.terminationStatus
  }

  /// SIGTERM; the exit status.
  func stop() async throws -> Int32 {
    signal(SIGTERM)
    return try await ended()
  }
}
