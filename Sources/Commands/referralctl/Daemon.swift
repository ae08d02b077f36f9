/// The daemon at the other end of the admin socket.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import JSON
import Platform

/// What the daemon said, or that it did not.
enum DaemonAnswer {
  case lines([JSONValue])
  /// A refusal: its lines, the closing error last.
  case problem([JSONValue], exit: Int32)
  case unreachable(socket: String)
}

struct Daemon: Sendable {
  let socket: String
  let timeoutSeconds: Int
  private let fetcher = Fetcher()

  init(socket: String, timeoutSeconds: Int) {
    self.socket = socket
    self.timeoutSeconds = timeoutSeconds
  }

  func get(_ path: String, _ query: [(String, String?)] = []) async -> DaemonAnswer {
    await ask(.get, path, query, [])
  }

  func post(_ path: String, _ query: [(String, String?)] = [], _ body: [UInt8]) async
    -> DaemonAnswer
  {
    await ask(.post, path, query, body)
  }

  func close() async { await fetcher.close() }

  private func ask(
    _ method: FetchRequest.Method, _ path: String, _ query: [(String, String?)], _ body: [UInt8]
  ) async -> DaemonAnswer {
    let pairs = query.compactMap { name, value in value.map { "\(name)=\(percentEncoded($0))" } }
    let target = path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    var request = FetchRequest(method, "http://localhost\(target)", body: body)
    request.unixSocket = socket
    request.allowsPlainHTTP = true
    request.maxAnswerOctets = 67_108_864
    request.timeouts.totalMilliseconds = timeoutSeconds * 1000
    let result = method == .get ? await fetcher.get(request) : await fetcher.push(request)
    switch result {
    case .failure: return .unreachable(socket: socket)
    case .answer(let answer):
      let lines = answer.body.split(separator: 0x0A).compactMap { line in
        try? JSONReader.read(
          Array(line), limits: JSONLimits(octets: 67_108_864, elements: 1_000_000))
      }
      guard answer.status != 200 else { return .lines(lines) }
      let exit = lines.last?["exit"]?.integer ?? 70
      return .problem(lines, exit: Int32(truncatingIfNeeded: exit))
    }
  }
}

/// RFC 3986, section 2.3: everything but unreserved characters.
private func percentEncoded(_ text: String) -> String {
  var out = ""
  for octet in text.utf8 {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
      out.unicodeScalars.append(Unicode.Scalar(octet))
    default: out += "%" + Hex.encode([octet]).uppercased()  // OPEN: octets
    }
  }
  return out
}
