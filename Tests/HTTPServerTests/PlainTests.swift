/// A listener without TLS, spoken to octet by octet.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPServer
import Platform
import Testing

private let host = "Host: a.example\r\n"

@Test func `answers several requests on one connection`() async throws {
  try await withServer(loopback()) { server in
    let port = server.port
    let answers = try await blocking {
      let connection = try RawConnection(port: port)
      var answers: [String] = []
      for i in 0..<50 {
        for octet in "POST /\(i) HTTP/1.1\r\n\(host)Content-Length: 4\r\n\r\nabcd".utf8 {
          if i < 2 { connection.send([octet]) } else { break }
        }
        if i >= 2 { connection.send("POST / HTTP/1.1\r\n\(host)Content-Length: 4\r\n\r\nabcd") }
        answers.append(try connection.read(until: "abcd"))
      }
      return answers
    }
    #expect(answers.allSatisfy { status($0) == 200 && finalAnswers($0) == 1 })
    #expect(answers[0].contains("\r\nContent-Length: 4\r\n"))
    #expect(answers[0].contains("Content-Type: text/plain"))
    #expect(server.counters.requests == 50)
    #expect(server.counters.accepted == 1)
  }
}

@Test func `joins the chunks of a request and closes when asked`() async throws {
  try await withServer(loopback()) { server in
    let answer = try await exchange(
      server.port,
      "POST / HTTP/1.1\r\n\(host)Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    #expect(status(answer) == 200)
    #expect(answer.hasSuffix("\r\nConnection: close\r\n\r\nhello world"))
  }
}

@Test func `invites the body with 100 and answers once`() async throws {
  try await withServer(loopback()) { server in
    let port = server.port
    let (first, rest) = try await blocking {
      let connection = try RawConnection(port: port)
      connection.send(
        "POST / HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 2\r\n"
          + "Connection: close\r\n\r\n")
      let first = try connection.read(until: "\r\n\r\n")
      connection.send("hi")
      return (first, try connection.readToEnd())
    }
    #expect(first == "HTTP/1.1 100 Continue\r\n\r\n")
    #expect(status(rest) == 200)
    #expect(finalAnswers(rest) == 1)
    let refused = try await exchange(
      port, "POST / HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")
    #expect(status(refused) == 413)
  }
}

private let smuggled: [(String, Int)] = [
  ("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX", 400),
  ("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nX", 400),
  ("Content-Length: 2\r\nContent-Length: 40\r\n\r\nhi", 400),
  ("Content-Length : 2\r\n\r\nhi", 400),
  ("Content-Length: 2, 2\r\n\r\nhi", 400),
  ("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
  ("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
  ("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
  ("Transfer-Encoding: \u{0B}chunked\r\n\r\n0\r\n\r\n", 400),
  ("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400),
  ("Transfer-Encoding: chunked\r\n\r\n5;x=\r\nhello\r\n0\r\n\r\n", 400),
  ("Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n", 400),
  ("Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", 400),
  ("Content-Length: 2\r\n\r\nhiGET /admin HTTP/1.1\r\n\(host)\r\n", 400),
  ("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\(host)\r\n", 400),
]

@Test(arguments: smuggled)
func `answers a smuggled request once and closes`(_ tail: String, _ expected: Int) async throws {
  try await withServer(loopback()) { server in
    let answer = try await exchange(server.port, "POST / HTTP/1.1\r\n\(host)\(tail)")
    #expect(status(answer) == expected, "\(answer)")
    #expect(finalAnswers(answer) == 1)
    #expect(answer.contains("Connection: close"))
    #expect(server.counters.requests == 0)
  }
}

@Test func `refuses a second request while the first is in handling`() async throws {
  // Until the server stops and cancels it.
  let handler: HTTPServer.Handler = { _ in
    try? await Task.sleep(for: .seconds(60))
    return Response(status: 202)
  }
  try await withServer(loopback(), handler: handler) { server in
    let port = server.port
    let answer = try await blocking {
      let connection = try RawConnection(port: port)
      connection.send("GET / HTTP/1.1\r\n\(host)\r\n")
      while server.counters.requests == 0 { usleep(5_000) }
      connection.send("GET / HTTP/1.1\r\n\(host)\r\n")
      return try connection.readToEnd()
    }
    #expect(status(answer) == 400)
    #expect(finalAnswers(answer) == 1)
  }
}

@Test func `names the methods that it knows`() async throws {
  try await withServer(loopback()) { server in
    let answer = try await exchange(server.port, "PUT / HTTP/1.1\r\n\(host)\r\n")
    #expect(status(answer) == 405)
    #expect(answer.contains("\r\nAllow: GET, POST\r\n"))
  }
}

@Test func `lets a client read the refusal although it goes on sending`() async throws {
  var options = HTTPServer.Options()
  options.deadlines.linger = .seconds(5)
  try await withServer(loopback(), options: options) { server in
    let flood = [UInt8](repeating: 0x41, count: 4_000_000)
    let ofFlood = try await exchange(server.port, flood, endWriting: true)
    #expect(status(ofFlood) == 414)
    let body = Array("POST / HTTP/1.1\r\n\(host)Content-Length: 4000000\r\n\r\n".utf8) + flood
    let ofBody = try await exchange(server.port, body, endWriting: true)
    #expect(status(ofBody) == 413)
    let field = Array("GET / HTTP/1.1\r\nX: ".utf8) + flood
    let ofField = try await exchange(server.port, field, endWriting: true)
    #expect(status(ofField) == 431)
  }
}

@Test func `takes a body of exactly the limit and not one octet more`() async throws {
  var options = HTTPServer.Options()
  options.limits.bodyOctets = 200_000
  try await withServer(loopback(), options: options) { server in
    for (count, expected) in [(200_000, 200), (200_001, 413)] {
      let body = [UInt8](repeating: 0x41, count: count)
      let start = "POST / HTTP/1.1\r\n\(host)Connection: close\r\n"
      let fixed = Array("\(start)Content-Length: \(count)\r\n\r\n".utf8) + body
      let ofFixed = try await exchange(server.port, fixed)
      #expect(status(ofFixed) == expected)
      let size = String(count, radix: 16)
      let chunked =
        Array("\(start)Transfer-Encoding: chunked\r\n\r\n\(size)\r\n".utf8) + body
        + Array("\r\n0\r\n\r\n".utf8)
      let ofChunked = try await exchange(server.port, chunked)
      #expect(status(ofChunked) == expected)
    }
  }
}

@Test func `ends a slow head and a slow body at their total deadlines`() async throws {
  var options = HTTPServer.Options()
  options.deadlines.head = .milliseconds(500)
  options.deadlines.body = .milliseconds(500)
  options.deadlines.idle = .seconds(2)
  options.deadlines.linger = .milliseconds(100)
  try await withServer(loopback(), options: options) { server in
    let port = server.port
    for start in ["GET / HTTP/1.1\r\nX: ", "POST / HTTP/1.1\r\n\(host)Content-Length: 99\r\n\r\n"] {
      let answer = try await blocking {
        let connection = try RawConnection(port: port)
        connection.send(start)
        for _ in 0..<10 {
          usleep(100_000)
          if !connection.send("a") { break }
        }
        return try? connection.read(until: "\r\n\r\n")
      }
      #expect(answer.flatMap { status($0) } == 408)
    }
    #expect(try await exchange(port, "").isEmpty)
  }
}

@Test func `answers 503 when the handler takes too long and drops its answer`() async throws {
  var options = HTTPServer.Options()
  options.deadlines.handler = .milliseconds(100)
  try await withServer(loopback(), options: options) { server in
    let answer = try await exchange(server.port, "GET /slow HTTP/1.1\r\n\(host)\r\n")
    #expect(status(answer) == 503)
    #expect(finalAnswers(answer) == 1)
  }
}

@Test func `finishes the handler of a client that has gone`() async throws {
  let finished = Locked(0)
  let handler: HTTPServer.Handler = { _ in
    try? await Task.sleep(for: .milliseconds(200))
    if !Task.isCancelled { finished.withLock { $0 += 1 } }
    return Response(status: 200)
  }
  try await withServer(loopback(), handler: handler) { server in
    let port = server.port
    try await blocking {
      _ = try RawConnection(port: port).send("GET / HTTP/1.1\r\n\(host)\r\n")
    }
    while server.counters.requests == 0 { try await Task.sleep(for: .milliseconds(5)) }
    let connection = try await blocking {
      let connection = try RawConnection(port: port)
      connection.send("GET / HTTP/1.1\r\n\(host)\r\n")
      connection.endWriting()
      return try connection.readToEnd()
    }
    #expect(status(connection) == 200)
    #expect(finished.withLock { $0 } == 2)
  }
}

@Test(arguments: [(3, 1_000), (64, 3)])
func `caps the connections of one address and in all`(_ perAddress: Int, _ all: Int) async throws {
  var options = HTTPServer.Options()
  options.limits.connectionsPerAddress = perAddress
  options.limits.connections = all
  try await withServer(loopback(), options: options) { server in
    let port = server.port
    let refused = try await blocking {
      let open = try (0..<3).map { _ in try RawConnection(port: port) }
      for connection in open { connection.send("GET / HTTP/1.1\r\n\(host)\r\n") }
      for connection in open { _ = try connection.read(until: "\r\n\r\n") }
      let fourth = try RawConnection(port: port)
      return (try? fourth.readToEnd()) ?? ""
    }
    #expect(refused == "")
    #expect(server.counters.refusedByCap == 1)
    // The server hears of the closed connections in its own time.
    var later = ""
    for _ in 0..<200 where later.isEmpty {
      let request = "GET / HTTP/1.1\r\nConnection: close\r\n\(host)\r\n"
      later = (try? await exchange(port, request)) ?? ""
      if later.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    }
    #expect(status(later) == 200)
  }
}

@Test func `answers what is in handling before it stops`() async throws {
  let server = try HTTPServer(socket: loopback(), tls: nil)
  let (told, tell) = AsyncStream<Void>.makeStream()
  // Ends only after the stop was asked for, however late this test gets its turn.
  async let serving: Void = server.serve { _ in
    for await _ in told {}
    return Response(status: 202, body: Array("slow".utf8))
  }
  let port = server.port
  async let answer = exchange(port, "GET / HTTP/1.1\r\n\(host)\r\n")
  async let idle = exchange(port, "")
  while server.counters.requests == 0 || server.counters.accepted < 2 {
    try await Task.sleep(for: .milliseconds(5))
  }
  server.stop()
  tell.finish()
  await serving
  let text = try await answer
  #expect(status(text) == 202)
  #expect(text.contains("Connection: close"))
  #expect(try await idle.isEmpty)
  await #expect(throws: ClientError.self) { try await exchange(port, "") }
}

@Test func `stops before its first request and does not serve again`() async throws {
  let server = try HTTPServer(socket: loopback(), tls: nil)
  server.stop()
  await server.serve(echo)
  await server.serve(echo)
  #expect(server.counters.accepted == 0)
}

@Test func `stops when its task is cancelled`() async throws {
  let server = try HTTPServer(socket: loopback(), tls: nil)
  let task = Task { await server.serve(echo) }
  _ = try await blocking { [port = server.port] in try RawConnection(port: port) }
  task.cancel()
  await task.value
}

@Test func `never splits a response and dates it as told`() async throws {
  var options = HTTPServer.Options()
  options.date = { "Tue, 01 Jan 2030 00:00:00 GMT" }
  try await withServer(loopback(), options: options) { server in
    let answer = try await exchange(
      server.port, "GET /bad-response HTTP/1.1\r\nConnection: close\r\n\(host)\r\n")
    #expect(status(answer) == 500)
    #expect(!answer.contains("Y:"))
    #expect(answer.contains("\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\n"))
  }
}

@Test func `a handler can close the connection without an answer`() async throws {
  try await withServer(loopback(), handler: { _ in .hangUp }) { server in
    let answer = try await exchange(
      server.port, "POST / HTTP/1.1\r\n\(host)Content-Length: 2\r\n\r\nhi")
    #expect(answer.isEmpty)
    #expect(server.counters.requests == 1)
  }
}
