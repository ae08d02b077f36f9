/// Answers that are asked for piece by piece while they are written.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPServer
import Platform
import Testing

private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
private let lastGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

/// Head and body of one answer, by its Content-Length or until the server ends.
private func readAnswer(_ connection: RawConnection) -> (head: String, body: [UInt8]) {
  var octets: [UInt8] = []
  let end = Array("\r\n\r\n".utf8)
  var start: Int?
  var length = Int.max
  while octets.count < (start ?? 0) + length {
    let some = connection.readSome()
    if some.isEmpty { break }
    octets += some
    guard start == nil, let found = octets.firstRange(of: end) else { continue }
    start = found.upperBound
    length = announced(String(decoding: octets[..<found.upperBound], as: UTF8.self))
  }
  let place = start ?? octets.count
  return (String(decoding: octets[..<place], as: UTF8.self), Array(octets[place...]))
}

private func announced(_ head: String) -> Int {
  head.components(separatedBy: "Content-Length: ").dropFirst().first
    .flatMap { Int($0.prefix { $0.isNumber }) } ?? -1
}

/// A listener whose connections keep little, so that a slow reader is felt soon.
private func narrow() throws -> ListeningSocket {
  let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var size: Int32 = 32_768
  unsafe setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
  guard listen(fd, 8) == 0 else { throw ClientError(what: "listen: \(errno)") }
  return try ListeningSocket.inherited(fd)
}

private func recording(_ events: Locked<[ServerEvent]>) -> HTTPServer.Options {
  var options = HTTPServer.Options()
  options.report = { event in events.withLock { $0.append(event) } }
  return options
}

@Test func `streams answers of any length on one connection`() async throws {
  let sources = [0, 1, 65_535, 65_536, 65_537, 200_000].map { StreamSource(octets: $0) }
  let handler: HTTPServer.Handler = { request in
    Int(request.path.dropFirst()).map { sources[$0].answer } ?? Response(status: 404)
  }
  try await withServer(loopback(), handler: handler) { server in
    let port = server.port
    let answers = try await blocking {
      let connection = try RawConnection(port: port)
      var answers = sources.indices.map { index in
        connection.send("GET /\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
        return readAnswer(connection)
      }
      connection.send("GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      answers.append(readAnswer(connection))
      return answers
    }
    for (source, answer) in zip(sources, answers) {
      #expect(answer.head.contains("\r\nContent-Length: \(source.octets)\r\n"))
      #expect(Data(answer.body) == Data(source.all))
      #expect(source.calls == source.pieces + 1)
      #expect(await eventually { source.isReleased })
    }
    #expect(status(answers[6].head) == 404)
    #expect(server.counters.accepted == 1)
  }
}

@Test func `asks for no more than the client takes`() async throws {
  let source = StreamSource(octets: 16_777_216)
  try await withServer(narrow(), handler: { _ in source.answer }) { server in
    let port = server.port
    let (received, ahead) = try await blocking {
      let connection = try RawConnection(port: port, buffer: 32_768)
      connection.send(lastGet)
      var received: [UInt8] = []
      var ahead = 0
      while true {
        // Often at the start, so that a server that runs ahead has the time to.
        if received.count < 1_000_000 { usleep(5_000) }
        ahead = max(ahead, source.given - received.count)
        let some = connection.readSome(32_768)
        if some.isEmpty { return (received, ahead) }
        received += some
      }
    }
    #expect(Data(received.suffix(source.octets)) == Data(source.all))
    // Two small buffers of the system, one piece in libevent and one that has just been given.
    #expect(ahead <= 400_000, "\(ahead)")
    #expect(source.given == source.octets)
  }
}

@Test func `asks the source on other threads than the loop's`() async throws {
  let source = StreamSource(octets: 500_000)
  let loop = Locked<UInt>(0)
  let handler: HTTPServer.Handler = { _ in
    loop.withLock { $0 = UInt(pthread_self()) }
    return source.answer
  }
  try await withServer(loopback(), handler: handler) { server in
    let answer = try await exchange(server.port, lastGet)
    #expect(answer.utf8.count > 500_000)
    #expect(!source.threads.isEmpty && !source.threads.contains(loop.withLock { $0 }))
  }
}

@Test(arguments: [
  (StreamFault.short, 300_000), (.long, 300_000), (.long, 0), (.badPiece, 300_000),
  (.badPiece, 300_001), (.late, 300_000),
])
func `breaks off where the source fails, and says so`(_ fault: StreamFault, _ octets: Int)
  async throws
{
  let source = StreamSource(octets: octets, fault: fault)
  let events = Locked<[ServerEvent]>([])
  var options = recording(events)
  if fault == .late { options.deadlines.answer = .milliseconds(300) }
  try await withServer(loopback(), options: options, handler: { _ in source.answer }) { server in
    let port = server.port
    let answer = try await blocking {
      let connection = try RawConnection(port: port)
      connection.send(get)
      return readAnswer(connection)
    }
    if octets > 0 {
      #expect(answer.head.contains("\r\nContent-Length: \(octets)\r\n"))
      #expect(answer.body.count < octets)
      #expect(Data(answer.body) == Data(source.all.prefix(answer.body.count)))
    }
    #expect(
      events.withLock { $0 } == [.streamBroken(address: "127.0.0.1", fault)])
    server.stop(gracefully: false)
    #expect(await eventually { source.isReleased })
  }
}

@Test func `asks nothing more for a client that has gone`() async throws {
  let source = StreamSource(octets: 16_777_216)
  let events = Locked<[ServerEvent]>([])
  try await withServer(narrow(), options: recording(events), handler: { _ in source.answer }) {
    let port = $0.port
    let received = try await blocking {
      let connection = try RawConnection(port: port, buffer: 32_768)
      connection.send(get)
      return connection.readSome().count
    }
    #expect(received > 0)
    #expect(await eventually { source.isReleased })
    #expect(source.given < 1_000_000)
    #expect(events.withLock { $0 }.isEmpty)
  }
}

@Test(arguments: [true, false])
func `ends a client that takes nothing, and one that takes for ever`(_ takes: Bool) async throws {
  let source = StreamSource(octets: 16_777_216)
  var options = HTTPServer.Options()
  if takes {
    options.deadlines.stream = .milliseconds(500)
  } else {
    options.deadlines.answer = .milliseconds(300)
  }
  try await withServer(narrow(), options: options, handler: { _ in source.answer }) { server in
    let port = server.port
    let received = try await blocking {
      let connection = try RawConnection(port: port, buffer: 32_768)
      connection.send(get)
      // Until the server has let go, at a pace far below what it could send.
      var received = 0
      for _ in 0..<2_000 where !source.isReleased {
        usleep(10_000)
        if takes { received += connection.readSome(4_096).count }
      }
      return received
    }
    #expect(source.isReleased)
    #expect(received < source.octets)
    #expect(source.given < source.octets)
  }
}

@Test func `each piece has the time for an answer anew`() async throws {
  // Twenty-one seconds in all; other tests may keep the threads that it needs busy meanwhile.
  let source = StreamSource(octets: 180_000, pause: .seconds(7))
  var options = HTTPServer.Options()
  options.deadlines.answer = .seconds(20)
  try await withServer(loopback(), options: options, handler: { _ in source.answer }) { server in
    let answer = try await exchange(server.port, lastGet)
    #expect(answer.hasSuffix(String(decoding: source.all, as: UTF8.self)))
  }
}

@Test func `finishes a stream before it stops`() async throws {
  let source = StreamSource(octets: 3_000_000)
  let server = try HTTPServer(socket: narrow(), tls: nil)
  async let serving: Void = server.serve { _ in source.answer }
  let port = server.port
  let connection = try await blocking { try RawConnection(port: port, buffer: 32_768) }
  connection.send(get)
  #expect(await eventually { source.given > 0 })
  server.stop()
  let answer = try await blocking {
    let answer = readAnswer(connection)
    return connection.readSome().isEmpty ? answer : (head: "more", body: [])
  }
  await serving
  #expect(Data(answer.body) == Data(source.all))
}

@Test(arguments: [(204, 5), (304, 5), (200, -1)])
func `does not stream where no body can be`(_ code: Int, _ octets: Int) async throws {
  let source = StreamSource(octets: octets)
  let handler: HTTPServer.Handler = { _ in
    var response = source.answer
    response.status = code
    return response
  }
  try await withServer(loopback(), handler: handler) { server in
    let answer = try await exchange(server.port, lastGet)
    #expect(status(answer) == 500)
    #expect(source.calls == 0)
  }
}
