/// What goes out, to whom, over which connection, and which answers count.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import Foundation
import OpenSSL
import Testing

private let site = Result { try Site() }

extension FetchResult {
  var answer: FetchAnswer? { if case .answer(let answer) = self { answer } else { nil } }
  var failure: FetchFailure? { if case .failure(let failure) = self { failure } else { nil } }
  /// The body as text; "" for a failure.
  var text: String { String(decoding: answer?.body ?? [], as: UTF8.self) }
  /// The first word: the common name that the server saw.
  var seen: String { String(text.prefix { $0 != " " }) }
}

private func push(_ path: String, _ change: (inout FetchRequest) -> Void = { _ in })
  async throws -> FetchResult
{
  var request = try site.get().request(path)
  change(&request)
  let fetcher = Fetcher()
  let result = await fetcher.push(request)
  await fetcher.close()
  return result
}

@Suite struct `Connections and identities` {
  @Test func `two identities on one port never share a connection`() async throws {
    let fetcher = Fetcher()
    let a = try site.get().request("/who", as: "a")
    let b = try site.get().request("/who", as: "b")
    for turn in 0..<5 {
      let (first, second) = (await fetcher.push(a), await fetcher.push(b))
      #expect([first.seen, second.seen] == ["a", "b"])
      #expect(first.answer?.reusedConnection == (turn > 0))
      #expect(second.answer?.reusedConnection == (turn > 0))
    }
    await fetcher.close()
  }

  @Test func `a new key of a newer generation retires the old connections`() async throws {
    let fetcher = Fetcher()
    var old = try site.get().request("/who", as: "a")
    old.generation = 1
    var new = try site.get().request("/who", as: "a2")
    new.generation = 2
    #expect(await fetcher.push(old).seen == "a")
    #expect(await fetcher.push(old).answer?.reusedConnection == true)
    #expect(await fetcher.push(new).seen == "a2")
    let late = await fetcher.push(old)
    #expect(late.seen == "a")
    #expect(late.answer?.newConnections == 1)
    #expect(await fetcher.push(new).answer?.reusedConnection == true)
    fetcher.retire(generationsBelow: 3)
    #expect(await fetcher.push(new).answer?.newConnections == 1)
    await fetcher.close()
  }

  @Test func `concurrent requests all get their own answer and reuse connections`() async throws {
    let fetcher = Fetcher()
    let names = ["a", "b", "a2"]
    let requests = try names.map { try site.get().request("/who", as: $0) }
    for _ in 0..<3 {
      let wrong = await withTaskGroup(of: Bool.self) { group in
        for n in 0..<60 {
          group.addTask { await fetcher.push(requests[n % 3]).seen == names[n % 3] }
        }
        return await group.reduce(into: 0) { count, isRight in count += isRight ? 0 : 1 }
      }
      #expect(wrong == 0)
    }
    #expect(await fetcher.push(requests[0]).answer?.reusedConnection == true)
    await fetcher.close()
  }

  @Test func `a new connection resumes the TLS session of its slot`() async throws {
    let fetcher = Fetcher()
    let request = try site.get().request("/resumed")
    #expect(await fetcher.push(request).text == "False")
    #expect(await fetcher.push(request).text == "True")
    await fetcher.close()
  }

  @Test func `refuses a server of an unknown authority before anything is sent`() async throws {
    let failure = try await push("/who") {
      $0.identity = try? site.get().identity("a", anchor: "other")
    }.failure
    #expect(failure?.kind == .tlsVerify)
    #expect(failure?.bytesSent == false)
  }

  @Test func `refuses a server that does not have the name in the URL`() async throws {
    let port = try site.get().port
    let failure = try await push("/who") { $0.url = "https://127.0.0.1:\(port)/who" }.failure
    #expect(failure?.kind == .tlsVerify)
  }

  @Test func `refuses a server without a pinned key`() async throws {
    let pins = [[UInt8](repeating: 1, count: 32)]
    let failure = try await push("/who") {
      $0.identity = try? site.get().identity("a", pins: pins)
    }.failure
    #expect(failure?.kind == .tlsPin)
    #expect(failure?.bytesSent == false)
  }

  @Test func `tells the peer's refusal of our certificate from a network error`() async throws {
    let failure = try await push("/who") { $0.identity = try? site.get().identity("rogue") }.failure
    #expect(failure?.kind == .tlsPeerRefused, "\(String(describing: failure))")
  }

  @Test func `refuses an address that is not on the list`() async throws {
    let failure = try await push("/who") { $0.allowedAddresses = ["192.0.2.0/24"] }.failure
    #expect(failure?.kind == .addressRefused)
    #expect(failure?.bytesSent == false)
    let answer = try await push("/who") { $0.allowedAddresses = ["127.0.0.0/8", "::1"] }
    #expect(answer.seen == "a")
  }

  @Test func `ignores the proxies of the environment`() async throws {
    for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
      unsafe setenv(name, "http://127.0.0.1:1", 1)
    }
    #expect(try await push("/who").seen == "a")
  }

  @Test func `goes through a proxy that the request names`() async throws {
    let port = try site.get().proxyPort
    let result = try await push("/who") { $0.proxy = "http://127.0.0.1:\(port)" }
    #expect(result.seen == "a")
    #expect(result.answer?.values(of: "x-proxy") == [])
    let refused = try await push("/who") { $0.proxy = "http://127.0.0.1:1" }
    #expect(refused.failure?.kind == .connect)
  }

  @Test func `speaks plain HTTP over a unix socket`() async throws {
    var request = FetchRequest(.get, "http://localhost/who")
    request.unixSocket = try site.get().unixSocket
    request.allowsPlainHTTP = true
    let fetcher = Fetcher()
    #expect(await fetcher.get(request).seen == "nobody")
    #expect(await fetcher.get(request).answer?.reusedConnection == true)
    await fetcher.close()
  }
}

@Suite struct `Requests` {
  @Test func `sends the fields and the body as given and little else`() async throws {
    let body = [UInt8](repeating: 0x41, count: 5_000)
    let result = try await push("/echo") {
      $0.fields = [("Content-Type", "application/json"), ("X-Empty", ""), ("Digest", "SHA-256=x")]
      $0.body = body
    }
    let port = try site.get().port
    let expected = [
      "POST", "host: localhost:\(port)", "accept: */*", "content-type: application/json",
      "x-empty:", "digest: sha-256=x", "content-length: 5000",
      String(decoding: body, as: UTF8.self),
    ]
    #expect(result.text.split(separator: "\n").map(String.init) == expected)
  }

  @Test func `sends an empty body and no body`() async throws {
    let post = try await push("/echo") { $0.body = [] }
    #expect(post.text.contains("content-length: 0"))
    let get = try await push("/echo") {
      $0.method = .get
      $0.body = []
      $0.fields = []
    }
    #expect(get.text.hasPrefix("GET\n"))
    #expect(!get.text.contains("content-"))
  }

  @Test func `a body of one request is not sent with the next`() async throws {
    let fetcher = Fetcher()
    let request = try site.get().request("/echo")
    _ = await fetcher.push(request)
    let get = await fetcher.get(request)
    #expect(get.text.hasPrefix("GET\n"))
    #expect(!get.text.contains("{}"))
    await fetcher.close()
  }

  @Test(arguments: [
    "http://localhost/", "ftp://localhost/", "https://user@localhost/", "localhost", "",
    "https://localhost/#part", "https://local host/",
  ])
  func `refuses a URL that it must not use`(_ url: String) async throws {
    #expect(try await push("/who") { $0.url = url }.failure?.kind == .request)
  }

  @Test(arguments: [
    ("X-A", "1\r\nX-B: 2"), ("X-A\r\nX-B", "1"), ("X A", "1"), ("", "1"), ("X-A", "é"),
    ("Content-Length", "1"), ("transfer-encoding", "chunked"), ("Host", "elsewhere"),
  ])
  func `refuses a field that would smuggle or frame`(_ field: (String, String)) async throws {
    #expect(try await push("/who") { $0.fields = [field] }.failure?.kind == .request)
  }

  @Test func `refuses https without an identity and a wrong allow-list`() async throws {
    #expect(try await push("/who") { $0.identity = nil }.failure?.kind == .request)
    for range in ["1.2.3.4/33", "1.2.3", "x", "1.2.3.4/", "::1/-1", "1.2.3.4/08"] {
      let result = try await push("/who") { $0.allowedAddresses = [range] }
      #expect(result.failure?.kind == .request, "\(range)")
    }
  }
}

@Suite struct `Answers` {
  @Test func `takes answers framed by a length or by chunks, whatever their status`()
    async throws
  {
    let wanted = [
      "/chunked": (200, "abcd"), "/trailers": (200, "ab"), "/204": (204, ""),
      "/interim": (200, "ok"), "/missing": (404, "gone"),
    ]
    for (path, (status, body)) in wanted {
      let result = try await push(path)
      #expect(result.answer?.status == status, "\(path) \(String(describing: result.failure))")
      #expect(result.text == body, "\(path)")
      #expect(result.answer?.values(of: "link") == [], "\(path)")
      #expect(result.answer?.values(of: "x-late") == [], "\(path)")
    }
  }

  @Test func `a redirect is an answer and is not followed`() async throws {
    let result = try await push("/redirect")
    #expect(result.answer?.status == 307)
    #expect(result.answer?.values(of: "location") == ["https://localhost:1/"])
  }

  @Test(arguments: [
    "/both", "/two-lengths", "/same-lengths", "/until-close", "/error-until-close",
    "/gzip-chunked", "/signed-length", "/folded", "/spaced", "/204-length", "/old",
  ])
  func `rejects an answer with bad framing`(_ path: String) async throws {
    let result = try await push(path)
    #expect(result.failure?.kind == .badFraming, "\(result)")
    #expect(result.failure?.bytesSent == true)
  }

  @Test func `takes no answer that came before its request`() async throws {
    let (fetcher, other) = (Fetcher(), Fetcher())
    #expect(await fetcher.push(try site.get().request("/twice")).answer?.status == 200)
    #expect(await other.push(try site.get().request("/asked-twice")).answer?.status == 200)
    let next = await fetcher.push(try site.get().request("/who"))
    #expect(next.seen == "a", "\(next.text)")
    #expect(next.answer?.newConnections == 1)
    #expect(await fetcher.push(try site.get().request("/who")).answer?.reusedConnection == true)
    await fetcher.close()
    await other.close()
  }

  @Test(arguments: [
    "/short", "/cut-chunk", "/cut-end", "/nothing", "/cut-status", "/cut-field", "/cut-head",
    "/cut-interim",
  ])
  func `rejects an answer that ends too early`(_ path: String) async throws {
    let result = try await push(path)
    #expect(result.failure?.kind == .reset, "\(result)")
  }

  @Test(arguments: ["/huge", "/huge-chunks", "/huge-field", "/huge-head"])
  func `rejects an answer beyond the limits`(_ path: String) async throws {
    let result = try await push(path)
    #expect(result.failure?.kind == .tooLarge, "\(result)")
  }

  @Test func `a silent server ends in a timeout after something was sent`() async throws {
    let failure = try await push("/slow") { $0.timeouts.totalMilliseconds = 300 }.failure
    #expect(failure?.kind == .timeout)
    #expect(failure?.bytesSent == true)
  }

  @Test func `nobody listening is a failure to connect`() async throws {
    let failure = try await push("/who") { $0.url = "https://127.0.0.1:1/" }.failure
    #expect(failure?.kind == .connect)
    #expect(failure?.bytesSent == false)
  }

  @Test func `a name that nobody has is a failure to resolve`() async throws {
    let failure = try await push("/who") { $0.url = "https://nobody.invalid/" }.failure
    #expect(failure?.kind == .resolve)
  }

  @Test func `cancelling the task ends the transfer before its answer`() async throws {
    let fetcher = Fetcher()
    let request = try site.get().request("/slow")
    let task = Task { await fetcher.push(request) }
    try await Task.sleep(for: .milliseconds(200))
    task.cancel()
    #expect(await task.value.failure?.kind == .aborted)
    await fetcher.close()
  }

  @Test func `closing tells those who wait and refuses those who come`() async throws {
    let fetcher = Fetcher()
    let request = try site.get().request("/slow")
    let task = Task { await fetcher.push(request) }
    try await Task.sleep(for: .milliseconds(200))
    await fetcher.close()
    #expect(await task.value.failure?.kind == .aborted)
    #expect(await fetcher.push(request).failure?.kind == .aborted)
    await fetcher.close()
  }
}
