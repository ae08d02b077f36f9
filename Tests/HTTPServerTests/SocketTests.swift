/// Listening sockets: addresses, paths, modes and whoever is at the other end.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPServer
import Platform
import Testing

private let who = "GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

private func temporaryPath() -> String {
  FileManager.default.temporaryDirectory.path + "/http-\(UUID().uuidString.prefix(8)).sock"
}

/// As the server must tell them: the first, then those that it has besides.
private func ownGroups() -> String {
  var others = [gid_t](repeating: 0, count: 65_536)
  let count = unsafe getgroups(Int32(others.count), &others)
  return ([getgid()] + others.prefix(Int(max(0, count)))).map(String.init)
    .joined(separator: ",")
}

private func code(_ body: () throws -> Void) -> ListenError.Code? {
  do { try body() } catch { return (error as? ListenError)?.code }
  return nil
}

@Test func `knows the user and groups at the other end of a unix socket`() async throws {
  let path = temporaryPath()
  defer { unsafe unlink(path) }
  try await withServer(.unix(path: path, mode: 0o660)) { server in
    #expect(server.port == 0)
    #expect(Files.mode(of: path) == 0o660)
    let answer = try await blocking {
      let connection = try RawConnection(path: path)
      connection.send(who)
      return try connection.readToEnd()
    }
    #expect(answer.hasSuffix("unix certificate=none user=\(getuid()) groups=\(ownGroups())"))
    #expect(code { _ = try ListeningSocket.unix(path: path) } == .pathTaken)
  }
  let stale = try ListeningSocket.unix(path: path, mode: 0o600)
  #expect(stale.port == 0)
  #expect(Files.mode(of: path) == 0o600)
}

@Test func `does not remove a file that is no socket`() throws {
  let path = temporaryPath()
  defer { unsafe unlink(path) }
  try Files.write([1], to: path)
  #expect(code { _ = try ListeningSocket.unix(path: path) } == .pathTaken)
  #expect(Files.exists(path))
}

@Test func `tells the client's address`() async throws {
  try await withServer(loopback()) { server in
    let answer = try await exchange(server.port, who)
    #expect(answer.hasSuffix("127.0.0.1 certificate=none user=none groups="))
  }
}

private var hasIPv6: Bool { (try? ListeningSocket.tcp(address: "::", port: 0)) != nil }

@Test(.enabled(if: hasIPv6, "this machine has no IPv6"))
func `serves IPv4 on the IPv6 wildcard under its own name`() async throws {
  try await withServer(.tcp(address: "::", port: 0)) { server in
    let answer = try await exchange(server.port, who)
    #expect(answer.contains("\r\n127.0.0.1 "))
  }
}

@Test func `refuses a name, a long path and a descriptor that does not listen`() {
  #expect(code { _ = try ListeningSocket.tcp(address: "localhost", port: 0) } == .badAddress)
  let long = "/" + String(repeating: "a", count: 200)
  #expect(code { _ = try ListeningSocket.unix(path: long) } == .pathTooLong)
  let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(fd) }
  #expect(code { _ = try ListeningSocket.inherited(fd) } == .notListening)
}

@Test func `serves an inherited socket`() async throws {
  let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  #expect(listen(fd, 8) == 0)
  let inherited = try ListeningSocket.inherited(fd)
  #expect(inherited.port != 0)
  try await withServer(inherited) { server in
    let answer = try await exchange(server.port, who)
    #expect(status(answer) == 200)
  }
}
