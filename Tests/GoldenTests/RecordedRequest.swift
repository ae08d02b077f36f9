/// A request as octets on the line, and the Python server that writes down one such request.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform
import Signing
import TestSupport

struct RecordedRequest: Sendable {
  private(set) var octets: [UInt8]

  var body: [UInt8] { halves.body }

  /// For the verifier: the fields in order, and the body.
  var message: ReceivedMessage {
    let lines = String(decoding: halves.head, as: UTF8.self).components(separatedBy: "\r\n")
    let fields = lines.dropFirst().map { line in
      let parts = line.components(separatedBy: ": ")
      return (name: parts[0], value: parts.dropFirst().joined(separator: ": "))
    }
    return ReceivedMessage(fields: fields, body: body)
  }

  /// Host depends on where the partner listens, and nothing else does.
  mutating func replaceHost(_ old: String, by new: String) throws {
    guard let range = octets.firstRange(of: Array("\r\nHost: \(old)\r\n".utf8)) else {
      throw BrokenTestSupport(description: "the request has no Host \(old)")
    }
    octets.replaceSubrange(range, with: Array("\r\nHost: \(new)\r\n".utf8))
  }

  private var halves: (head: ArraySlice<UInt8>, body: [UInt8]) {
    guard let end = octets.firstRange(of: Array("\r\n\r\n".utf8)) else { return (octets[...], []) }
    return (octets[..<end.lowerBound], Array(octets[end.upperBound...]))
  }
}

/// Tests/Support/capture_server.py with a partner's TLS key, on a port that was free.
final class RecordingServer {
  let port: Int
  private let server = Process()
  private let file: String

  init(as partner: String) throws {
    let pki = try DevelopmentPKI.folder()
    file = NSTemporaryDirectory() + "recorded-" + UUID().uuidString
    server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    server.arguments = [
      "python3", "-B", PackageFolder.path + "/Tests/Support/capture_server.py",
      "--certificate", "\(pki)/\(partner)-server.pem", "--key", "\(pki)/\(partner)-server.key",
      "--client-anchors", "\(pki)/anchors.pem", "--intermediates", "\(pki)/intermediates.pem",
      "--output", file, "--lifetime", "30",
    ]
    let output = Pipe()
    server.standardOutput = output
    try server.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard line.hasPrefix("listening "),
      let port = Int(line.dropFirst("listening ".count).trimmingCharacters(in: .newlines))
    else { throw BrokenTestSupport(description: "capture_server.py said: \(line)") }
    self.port = port
  }

  deinit {
    if server.isRunning { server.terminate() }
    try? FileManager.default.removeItem(atPath: file)
  }

  /// What was recorded, once the server has ended.
  func request() throws -> RecordedRequest {
    server.waitUntilExit()
    guard server.terminationStatus == 0 else {
      throw BrokenTestSupport(description: "capture_server.py recorded nothing")
    }
    return RecordedRequest(octets: try Files.read(file, limit: 4_194_304))
  }
}
