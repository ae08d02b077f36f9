/// A blocking client that sends exactly the octets it is told, and a server to talk to.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPServer
import OpenSSL
import Platform
import TestSupport

/// Blocking calls get a thread of their own, or the tasks of the servers under test would starve.
func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}

struct ClientError: Error { let what: String }

/// One TCP or unix connection; reads give up after half a minute.
final class RawConnection: Sendable {
  private let fd: Int32

  /// `buffer`: octets that the system keeps for it unread, about.
  init(port: UInt16, buffer: Int32? = nil) throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    fd = try RawConnection.connected(AF_INET, address, buffer: buffer)
  }

  init(path: String) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    fd = try RawConnection.connected(AF_UNIX, address)
  }

  deinit { close(fd) }

  private static func connected<Address>(
    _ family: Int32, _ address: Address, buffer: Int32? = nil
  ) throws -> Int32 {
    let fd = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    if var buffer {
      unsafe setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, socklen_t(MemoryLayout<Int32>.size))
    }
    let code = unsafe withUnsafePointer(to: address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(fd, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    guard code == 0 else { throw ClientError(what: "connect: \(errno)") }
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    unsafe setsockopt(
      fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    return fd
  }

  /// False when the server has closed.
  @discardableResult
  func send(_ octets: [UInt8]) -> Bool {
    var sent = 0
    while sent < octets.count {
      let count = unsafe octets[sent...].withUnsafeBytes {
        unsafe Foundation.send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }
  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  func endWriting() { shutdown(fd, Int32(SHUT_WR)) }

  /// What has come at least, until `marker` has or the server closes.
  func read(until marker: String) throws -> String {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let text = String(decoding: all, as: UTF8.self)
      if !marker.isEmpty, text.contains(marker) { return text }
      let count = unsafe recv(fd, &chunk, chunk.count, 0)
      if count == 0 { return text }
      guard count > 0 else { throw ClientError(what: "recv: \(errno) after \(text)") }
      all += chunk[0..<count]
    }
  }

  /// At most `limit` octets as they come; none when the server has closed or reset.
  func readSome(_ limit: Int = 65_536) -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: limit)
    let count = unsafe recv(fd, &chunk, chunk.count, 0)
    return Array(chunk.prefix(max(0, count)))
  }

  /// Everything until the server closes; a reset or too long a silence are errors.
  func readToEnd() throws -> String { try read(until: "") }
}

/// What a server on loopback answers to `octets` before it closes.
func exchange(_ port: UInt16, _ octets: [UInt8], endWriting: Bool = false) async throws -> String {
  try await blocking {
    let connection = try RawConnection(port: port)
    connection.send(octets)
    if endWriting { connection.endWriting() }
    return try connection.readToEnd()
  }
}

func exchange(_ port: UInt16, _ text: String, endWriting: Bool = false) async throws -> String {
  try await exchange(port, Array(text.utf8), endWriting: endWriting)
}

func status(_ answer: String) -> Int? {
  answer.hasPrefix("HTTP/1.1 ") ? Int(answer.dropFirst(9).prefix(3)) : nil
}

/// How many final answers a client has received.
func finalAnswers(_ answer: String) -> Int {
  answer.components(separatedBy: "HTTP/1.1 ").dropFirst().filter { !$0.hasPrefix("100") }.count
}

/// Answers with the body, or what the test asks for in the target.
@Sendable func echo(_ request: Request) async -> Response {
  switch request.path {
  case "/slow":
    try? await Task.sleep(for: .milliseconds(300))
    return Response(status: 202, body: Array("slow".utf8))
  case "/who":
    let peer = request.peerCertificate.map { String($0.der.count) } ?? "none"
    let user = request.peerUser.map { String($0) } ?? "none"
    let groups = request.peerGroups.map { String($0) }.joined(separator: ",")
    let text = "\(request.address) certificate=\(peer) user=\(user) groups=\(groups)"
    return Response(status: 200, body: Array(text.utf8))
  case "/bad-response":
    return Response(status: 200, fields: [HTTPField("X", "a\r\nY: b")], body: Array("no".utf8))
  default:
    return Response(
      status: 200, fields: [HTTPField("Content-Type", "text/plain")], body: request.body)
  }
}

/// Serves while `body` runs; port 0 of loopback unless told.
func withServer<R: Sendable>(
  _ socket: consuming ListeningSocket, tls: TLSServerContext? = nil,
  options: HTTPServer.Options = HTTPServer.Options(), handler: @escaping HTTPServer.Handler = echo,
  _ body: (HTTPServer) async throws -> R
) async throws -> R {
  let server = try HTTPServer(socket: socket, tls: tls, options: options)
  let thread = ServingThread()
  let serving = Task(executorPreference: thread) { await server.serve(handler) }
  do {
    let result = try await body(server)
    await stop(server, serving, thread)
    return result
  } catch {
    await stop(server, serving, thread)
    throw error
  }
}

private func stop(_ server: HTTPServer, _ serving: Task<Void, Never>, _ thread: ServingThread)
  async
{
  server.stop(gracefully: false)
  await serving.value
  thread.end()
}

func loopback() throws -> ListeningSocket { try .tcp(address: "127.0.0.1", port: 0) }
