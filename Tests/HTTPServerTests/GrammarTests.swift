/// The request grammar without a socket: what is read, and each refusal by its name.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import Testing

private func head(_ text: String) throws(RequestRefusal) -> RequestHead {
  try RequestHead.parse(Array(text.utf8))
}

private let host = "Host: gateway.example\r\n"

@Test func `reads a head with its fields in order`() throws {
  let read = try head(
    "POST /inbox?a=%20b HTTP/1.1\r\nHost: [::1]:8443\r\nX-A: 1\r\n"
      + "CONTENT-length:5\r\nx-a:\t 2 \r\n\r\n")
  #expect(read.method == .post)
  #expect(read.target == "/inbox?a=%20b")
  #expect(read.host == "[::1]:8443")
  #expect(
    read.fields == [
      HTTPField("host", "[::1]:8443"), HTTPField("x-a", "1"), HTTPField("content-length", "5"),
      HTTPField("x-a", "2"),
    ])
  #expect(read.framing == .length(5))
  #expect(!read.closes && !read.expectsContinue)
}

@Test func `reads close in a list and an expectation in any case`() throws {
  let read = try head(
    "POST / HTTP/1.1\r\n\(host)Connection: x, CLOSE\r\nExpect: 100-Continue\r\n"
      + "Transfer-Encoding: Chunked\r\n\r\n")
  #expect(read.closes && read.expectsContinue)
  #expect(read.framing == .chunked)
}

private struct RefusedHead: Sendable, CustomTestStringConvertible {
  let text: String
  let name: RequestRefusal
  init(_ text: String, _ name: RequestRefusal) {
    self.text = text
    self.name = name
  }
  var testDescription: String { "\(name): \(text.prefix(60).debugDescription)" }
}

private let refusals: [RefusedHead] = [
  RefusedHead("\r\n", .badRequestLine),
  RefusedHead("POST  / HTTP/1.1\r\n\(host)\r\n", .badRequestLine),
  RefusedHead("POST\t/ HTTP/1.1\r\n\(host)\r\n", .badRequestLine),
  RefusedHead("POST /\r\n\r\n", .badRequestLine),
  RefusedHead(" GET / HTTP/1.1\r\n\(host)\r\n", .badRequestLine),
  RefusedHead("GET / HTTP/1.1 \r\n\(host)\r\n", .badRequestLine),
  RefusedHead("GET / http/1.1\r\n\(host)\r\n", .badRequestLine),
  RefusedHead("GET / HTTP/11\r\n\(host)\r\n", .badRequestLine),
  RefusedHead("GET / HTTP/1.0\r\n\(host)\r\n", .unsupportedVersion),
  RefusedHead("GET / HTTP/1.9\r\n\(host)\r\n", .unsupportedVersion),
  RefusedHead("PRI * HTTP/2.0\r\n\r\n", .unsupportedVersion),
  RefusedHead("PUT / HTTP/1.1\r\n\(host)\r\n", .methodNotAllowed),
  RefusedHead("get / HTTP/1.1\r\n\(host)\r\n", .methodNotAllowed),
  RefusedHead("OPTIONS * HTTP/1.1\r\n\(host)\r\n", .methodNotAllowed),
  RefusedHead("CONNECT a:1 HTTP/1.1\r\n\(host)\r\n", .methodNotAllowed),
  RefusedHead("GET * HTTP/1.1\r\n\(host)\r\n", .badTarget),
  RefusedHead("GET a.example:80 HTTP/1.1\r\n\(host)\r\n", .badTarget),
  RefusedHead("GET http://a.example/ HTTP/1.1\r\n\(host)\r\n", .badTarget),
  RefusedHead("GET /#a HTTP/1.1\r\n\(host)\r\n", .badTarget),
  RefusedHead("GET /\"a\" HTTP/1.1\r\n\(host)\r\n", .badTarget),
  RefusedHead("GET /%4 HTTP/1.1\r\n\(host)\r\n", .badTarget),
  RefusedHead("GET /%zz HTTP/1.1\r\n\(host)\r\n", .badTarget),
  RefusedHead(
    "GET /" + String(repeating: "a", count: 1_024) + " HTTP/1.1\r\n\(host)\r\n",
    .targetTooLong),
  RefusedHead(
    "GET /" + String(repeating: "a", count: 9_000) + " HTTP/1.1\r\n\(host)\r\n",
    .targetTooLong),
  RefusedHead("GET / HTTP/1.1\nHost: a\n\n", .bareLineFeed),
  RefusedHead("GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLineFeed),
  RefusedHead("GET / HTTP/1.1\r\nX: a\rb\r\n\(host)\r\n", .bareCarriageReturn),
  RefusedHead("GET / HTTP/1.1\r\nX: a\r\r\n\(host)\r\n", .bareCarriageReturn),
  RefusedHead("GET / HTTP/1.1\r\nX: a\0b\r\n\(host)\r\n", .controlCharacter),
  RefusedHead("GET / HTTP/1.1\r\nX: a\u{7F}\r\n\(host)\r\n", .controlCharacter),
  RefusedHead("GET / HTTP/1.1\r\nX: a\u{1B}[0m\r\n\(host)\r\n", .controlCharacter),
  RefusedHead("GET / HTTP/1.1\r\nX: caf\u{E9}\r\n\(host)\r\n", .nonASCII),
  RefusedHead("GET /\u{E9} HTTP/1.1\r\n\(host)\r\n", .nonASCII),
  RefusedHead("GET / HTTP/1.1\r\n\(host)X: a\r\n b\r\n\r\n", .foldedField),
  RefusedHead("GET / HTTP/1.1\r\n \(host)\r\n", .foldedField),
  RefusedHead("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .spaceBeforeColon),
  RefusedHead("GET / HTTP/1.1\r\n\(host): a\r\n\r\n", .badField),
  RefusedHead("GET / HTTP/1.1\r\n\(host)X\r\n\r\n", .badField),
  RefusedHead("GET / HTTP/1.1\r\n\(host)X(: a\r\n\r\n", .badField),
  RefusedHead("GET / HTTP/1.1\r\n\r\n", .hostMissing),
  RefusedHead("GET / HTTP/1.1\r\n\(host)\(host)\r\n", .hostRepeated),
  RefusedHead("GET / HTTP/1.1\r\nHost:\r\n\r\n", .badHost),
  RefusedHead("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .badHost),
  RefusedHead("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .badHost),
  RefusedHead("GET / HTTP/1.1\r\nHost: 0.0.0.0=80\r\n\r\n", .badHost),
  RefusedHead("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .badHost),
  RefusedHead("GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", .badHost),
  RefusedHead("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .badHost),
  RefusedHead(
    "GET / HTTP/1.1\r\n\(host)Content-Type: a/b\r\nContent-Type: a/c\r\n\r\n",
    .contentTypeRepeated),
  RefusedHead("POST / HTTP/1.1\r\n\(host)\r\n", .lengthMissing),
  RefusedHead(
    "POST / HTTP/1.1\r\n\(host)Content-Length: 2\r\nContent-Length: 2\r\n\r\n",
    .lengthRepeated),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Content-Length: 2, 2\r\n\r\n", .badLength),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Content-Length: +2\r\n\r\n", .badLength),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Content-Length: -2\r\n\r\n", .badLength),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Content-Length: 0x2\r\n\r\n", .badLength),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Content-Length:\r\n\r\n", .badLength),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\n", .badLength),
  RefusedHead(
    "POST / HTTP/1.1\r\n\(host)Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
    .lengthAndCoding
  ),
  RefusedHead(
    "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    .codingRepeated
  ),
  RefusedHead(
    "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n",
    .unsupportedCoding),
  RefusedHead(
    "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: Identity ,\tChunked\r\n\r\n",
    .unsupportedCoding),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Transfer-Encoding: identity\r\n\r\n", .badCoding),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Transfer-Encoding: xchunked\r\n\r\n", .badCoding),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Transfer-Encoding:\r\n\r\n", .badCoding),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, gzip\r\n\r\n", .badCoding),
  RefusedHead("POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked,\r\n\r\n", .badCoding),
  RefusedHead(
    "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, chunked\r\n\r\n", .badCoding),
  // The request line is enough to refuse.
  RefusedHead("GET / HTTP/1.0\r\nX", .unsupportedVersion),
  RefusedHead("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", .badRequestLine),
  RefusedHead("GET / HTTP/1.1\r\n\(host)Content-Length: 2\r\n\r\n", .unexpectedBody),
  RefusedHead("GET / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n", .unexpectedBody),
  RefusedHead(
    "POST / HTTP/1.1\r\n\(host)Content-Length: 2\r\nExpect: x\r\n\r\n",
    .unsupportedExpectation),
  RefusedHead(
    "POST / HTTP/1.1\r\n\(host)Content-Length: 2\r\n"
      + "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n", .expectationRepeated
  ),
  RefusedHead(
    "GET / HTTP/1.1\r\n\(host)" + String(repeating: "X: a\r\n", count: 64) + "\r\n",
    .tooManyFields
  ),
  RefusedHead(
    "GET / HTTP/1.1\r\n\(host)X: " + String(repeating: "a", count: 16_384) + "\r\n\r\n",
    .fieldTooLong
  ),
  RefusedHead(
    "GET / HTTP/1.1\r\n\(host)"
      + String(repeating: "X: " + String(repeating: "a", count: 11_000) + "\r\n", count: 3)
      + "\r\n", .headTooLarge
  ),
  RefusedHead("GET / HTTP/1.1\r\n\(host)", .incomplete),
  RefusedHead("GET / HTTP/1.1\r\n\(host)\r\nGET", .pipelining),
]

@Test(arguments: refusals) private func `refuses a head by name`(_ refused: RefusedHead) {
  #expect(throws: refused.name) { try head(refused.text) }
}

@Test func `takes the longest head that the limits allow`() throws {
  let target = "/" + String(repeating: "a", count: 1_023)
  let long = "X: " + String(repeating: "a", count: 16_384 - 5) + "\r\n"
  #expect(try head("GET \(target) HTTP/1.1\r\n\(host)\(long)\r\n").fields.count == 2)
  let many = String(repeating: "X: a\r\n", count: 63)
  #expect(try head("GET / HTTP/1.1\r\n\(host)\(many)\r\n").fields.count == 64)
}

private func chunked(_ text: String, limit: Int = 100, step: Int = 1_000)
  throws(RequestRefusal) -> (body: String?, rest: Int)
{
  var reader = try BodyReader(.chunked, limit: limit)
  let octets = Array(text.utf8)
  var rest = 0
  for start in stride(from: 0, to: octets.count, by: step) {
    rest += try reader.take(octets[start..<min(start + step, octets.count)]).count
  }
  return (reader.isComplete ? String(decoding: reader.octets, as: UTF8.self) : nil, rest)
}

@Test(arguments: [1, 2, 3, 7, 1_000]) func `joins chunks however they arrive`(_ step: Int) throws {
  let text = "0005\r\nhello\r\nA\r\n, \r\nworld!\r\n00\r\n\r\n"
  let read = try chunked(text, step: step)
  #expect(read.body == "hello, \r\nworld!")
  #expect(read.rest == 0)
  #expect(try chunked("0\r\n\r\nGET", step: step).rest == 3)
  #expect(try chunked("5\r\nhello\r\n", step: step).body == nil)
}

@Test(arguments: [
  ("5;a=b\r\nhello\r\n0\r\n\r\n", RequestRefusal.chunkExtension), ("5 \r\nhello", .badChunk),
  ("0x5\r\nhello", .badChunk), ("+5\r\nhello", .badChunk), ("-1\r\n", .badChunk),
  ("\r\n", .badChunk), ("5\nhello", .badChunk), ("5\r\nhello0\r\n\r\n", .badChunk),
  ("5\r\nhello\n0\r\n\r\n", .badChunk), ("5\rhello", .badChunk), ("000000005\r\n", .badChunk),
  ("0\r\nA: b\r\n\r\n", .trailer), ("0\r\n\n", .badChunk), ("0\r\n\rX", .badChunk),
  ("65\r\n", .bodyTooLarge), ("ffffffff\r\n", .bodyTooLarge), ("64\r\n", .badChunk),
])
func `refuses chunks by name`(_ text: String, _ name: RequestRefusal) {
  #expect(throws: name) {
    let tail = text == "64\r\n" ? String(repeating: "a", count: 101) : ""
    return try chunked(text + tail)
  }
}

@Test func `refuses a declared length above the limit before the first octet`() throws {
  #expect(throws: RequestRefusal.bodyTooLarge) { try BodyReader(.length(101), limit: 100) }
  #expect(try BodyReader(.length(0), limit: 100).isComplete)
}

@Test func `gives every refusal a status that no client takes for success`() {
  for refusal in RequestRefusal.allCases {
    #expect((400...599).contains(refusal.status), "\(refusal)")
  }
}
