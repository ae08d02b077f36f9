/// The admin socket spoken directly, so that scenarios need no other program of ours.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON

struct AdminReply {
  let status: Int
  let lines: [JSONValue]

  /// Of the error line: the exit status that the CLI ends with.
  var exit: Int64? { lines.last?["exit"]?.integer }
  var rules: [String] { lines.compactMap { $0["rule"]?.text } }
}

struct AdminClient: Sendable {
  let path: String

  /// Throws when nobody listens or the connection ends early.
  func send(_ method: String, _ target: String, _ body: [UInt8] = []) throws -> AdminReply {
    let (status, content) = try exchange(method, target, body)
    return AdminReply(
      status: status,
      lines: try content.split(separator: 10).map { try JSONReader.read(Array($0)) })
  }

  /// An answer that is not JSON Lines.
  func text(_ target: String) throws -> String {
    let (status, content) = try exchange("GET", target, [])
    guard status == 200 else { throw Stuck(description: "\(status) for \(target)") }
    return String(decoding: content, as: UTF8.self)
  }

  private func exchange(_ method: String, _ target: String, _ body: [UInt8]) throws
    -> (status: Int, content: [UInt8])
  {
    let connection = try UnixSocket(connectedTo: path)
    let head =
      "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
      + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
    try connection.write(Array(head.utf8) + body)
    let answer = connection.readToEnd()
    guard let end = answer.firstRange(of: [13, 10, 13, 10]) else {
      throw Stuck(description: "no answer to \(method) \(target)")
    }
    let fields = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
      .components(separatedBy: "\r\n")
    let words = fields[0].split(separator: " ")
    let content = Array(answer[end.upperBound...])
    let length = fields.first { $0.lowercased().hasPrefix("content-length:") }?
      .split(separator: " ").last.flatMap { Int($0) }
    guard words.count > 1, let status = Int(words[1]), length == content.count else {
      throw Stuck(description: "a broken answer to \(method) \(target)")
    }
    return (status, content)
  }
}
