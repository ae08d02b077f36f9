/// A listener with mutual TLS, spoken to by OpenSSL's own client.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPServer
import OpenSSL
import Platform
import Testing

/// A folder with a CA, a server, a client and a rogue client of another CA; made once.
private enum TestPKI {
  static let folder: Result<String, any Error> = Result { try make() }

  private static func make() throws -> String {
    let folder = FileManager.default.temporaryDirectory.path + "/pki-\(UUID().uuidString)"
    try Files.makeFolder(folder)
    let script = """
      set -e; cd '\(folder)'
      authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout $1.key -out $1.pem -days 2 -subj "/CN=$1" \
        -addext keyUsage=critical,keyCertSign,cRLSign; }
      printf 'basicConstraints=critical,CA:FALSE\\nkeyUsage=critical,digitalSignature\\n\
      extendedKeyUsage=serverAuth,clientAuth\\nsubjectAltName=DNS:localhost\\n\
      subjectKeyIdentifier=hash\\nauthorityKeyIdentifier=keyid\\n' > leaf.ext
      leaf() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key \
        -out $1.csr -subj "/CN=$1"
        openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 2 \
        -extfile leaf.ext -out $1.pem; }
      authority ca; authority other; leaf server ca; leaf client ca; leaf rogue other
      """
    let result = try run("/bin/sh", ["-c", script], input: "")
    guard result.status == 0 else { throw ClientError(what: result.error) }
    return folder
  }
}

private struct Output: Sendable {
  let status: Int32
  let text: String
  let error: String
}

/// Runs a program; its input stays open until its output ends.
private func run(_ program: String, _ arguments: [String], input: String) throws -> Output {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  let (standardInput, output, error) = (Pipe(), Pipe(), Pipe())
  process.standardInput = standardInput
  process.standardOutput = output
  process.standardError = error
  try process.run()
  try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
  let text = output.fileHandleForReading.readDataToEndOfFile()
  let errorText = error.fileHandleForReading.readDataToEndOfFile()
  try standardInput.fileHandleForWriting.close()
  process.waitUntilExit()
  return Output(
    status: process.terminationStatus, text: String(decoding: text, as: UTF8.self),
    error: String(decoding: errorText, as: UTF8.self))
}

private func withTLSServer<R: Sendable>(
  _ options: HTTPServer.Options = HTTPServer.Options(),
  handler: @escaping HTTPServer.Handler = echo, _ body: (HTTPServer, String) async throws -> R
) async throws -> R {
  let folder = try await blocking { try TestPKI.folder.get() }
  func octets(_ name: String) throws -> [UInt8] {
    try Files.read("\(folder)/\(name)", limit: 65_536)
  }
  let context = try TLSServerContext(
    certificates: [Certificate(pem: octets("server.pem"))],
    key: PrivateKey(pem: octets("server.key")),
    clientAnchors: [Certificate(pem: octets("ca.pem"))])
  return try await withServer(loopback(), tls: context, options: options, handler: handler) {
    try await body($0, folder)
  }
}

private func client(
  _ port: UInt16, _ folder: String, _ identity: String?, _ input: String, _ more: [String] = []
) async throws -> Output {
  var arguments = [
    "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", "\(folder)/ca.pem", "-quiet",
    "-servername", "localhost", "-nocommands",
  ]
  if let identity {
    arguments += ["-cert", "\(folder)/\(identity).pem", "-key", "\(folder)/\(identity).key"]
  }
  return try await blocking { [arguments] in
    try run("/usr/bin/openssl", arguments + more, input: input)
  }
}

private let post = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"

@Test(arguments: ["-tls1_2", "-tls1_3"])
func `knows the client that the handshake has proven`(_ version: String) async throws {
  try await withTLSServer { server, folder in
    let request = "GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    let answer = try await client(server.port, folder, "client", request, [version])
    #expect(status(answer.text) == 200, "\(answer)")
    let pem = try Files.read("\(folder)/client.pem", limit: 65_536)
    #expect(answer.text.contains("certificate=\(try Certificate(pem: pem).der.count) "))
    let posted = try await client(server.port, folder, "client", post, [version])
    #expect(posted.text.hasSuffix("\r\n\r\nhi"))
    #expect(server.counters.handshakesFailed == 0)
  }
}

@Test(arguments: ["-tls1_2", "-tls1_3"])
func `refuses a client without a certificate`(_ version: String) async throws {
  let events = Locked<[ServerEvent]>([])
  var options = HTTPServer.Options()
  options.report = { event in events.withLock { $0.append(event) } }
  try await withTLSServer(options) { server, folder in
    let answer = try await client(server.port, folder, nil, post, [version])
    #expect(!answer.text.contains("HTTP/1.1"))
    #expect(answer.error.contains("alert"), "\(answer.error)")
    #expect(server.counters.requests == 0)
    #expect(server.counters.lastHandshakeFailure == "peer did not return a certificate")
    let expected = ServerEvent.handshakeFailed(
      address: "127.0.0.1", reason: "peer did not return a certificate", verifyCode: 0)
    #expect(events.withLock { $0 } == [expected])
  }
}

@Test(arguments: ["-tls1_2", "-tls1_3"])
func `refuses a client of another authority`(_ version: String) async throws {
  try await withTLSServer { server, folder in
    let answer = try await client(server.port, folder, "rogue", post, [version])
    #expect(!answer.text.contains("HTTP/1.1"))
    #expect(answer.error.contains("alert"), "\(answer.error)")
    #expect(server.counters.requests == 0)
    #expect(server.counters.handshakesFailed == 1)
    #expect(server.counters.lastHandshakeFailure == "certificate verify failed")
  }
}

@Test func `refuses within TLS as it does without`() async throws {
  try await withTLSServer { server, folder in
    let smuggled = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET / HTTP/1.1\r\n"
    let answer = try await client(server.port, folder, "client", smuggled)
    #expect(status(answer.text) == 400)
    #expect(finalAnswers(answer.text) == 1)
    let large = "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 40_000)
    let refused = try await client(server.port, folder, "client", large)
    #expect(status(refused.text) == 431)
  }
}

@Test func `answers chunks and expectations over TLS`() async throws {
  try await withTLSServer { server, folder in
    let size = 300_000
    let request =
      "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      + String(size, radix: 16) + "\r\n" + String(repeating: "z", count: size) + "\r\n0\r\n\r\n"
    let answer = try await client(server.port, folder, "client", request)
    #expect(status(answer.text) == 200)
    #expect(answer.text.hasSuffix("zzzz"))
    #expect(answer.text.utf8.filter { $0 == 0x7A }.count == size)
  }
}

@Test(arguments: ["-tls1_2", "-tls1_3"])
func `streams 16 MiB over TLS piece by piece`(_ version: String) async throws {
  let source = StreamSource(octets: 16_777_216)
  try await withTLSServer(handler: { _ in source.answer }) { server, folder in
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    let answer = try await client(server.port, folder, "client", request, [version])
    #expect(status(answer.text) == 200)
    #expect(Data(answer.text.utf8).suffix(source.octets) == Data(source.all))
    #expect(source.pieces == 256)
  }
}

@Test func `a stream that breaks off within TLS ends without a goodbye`() async throws {
  let source = StreamSource(octets: 300_000, fault: .short)
  try await withTLSServer(handler: { _ in source.answer }) { server, folder in
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    let answer = try await client(server.port, folder, "client", request)
    #expect(answer.error.contains("unexpected eof"), "\(answer.error)")
    #expect(answer.text.utf8.count < 300_000)
  }
}

@Test func `ends a handshake that never comes and one that is no TLS`() async throws {
  var options = HTTPServer.Options()
  options.deadlines.handshake = .milliseconds(300)
  options.deadlines.linger = .milliseconds(200)
  try await withTLSServer(options) { server, _ in
    #expect(try await exchange(server.port, "").isEmpty)
    #expect(server.counters.lastHandshakeFailure == "timeout")
    let answer = try await exchange(server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(!answer.contains("HTTP/1.1 2"))
    #expect(server.counters.lastHandshakeFailure == "http request")
  }
}
