/// Fuzz target: a request is read alike whole and in pieces, and never as two.
// SPDX-License-Identifier: Apache-2.0
import FuzzSupport
import HTTPServer

/// Small, so that inputs come to it.
private let bodyLimit = 64

/// What came of the octets.
private enum Reading: Equatable {
  case refused(RequestRefusal)
  /// More must come.
  case open
  case request(RequestHead, body: [UInt8], rest: [UInt8])
}

/// Reads in pieces of so many octets, as a connection does.
private func read(_ input: [UInt8], piece: Int) -> Reading {
  var scanner = HeadScanner()
  var (arrived, rest) = ([UInt8](), input[...])
  var head: RequestHead?
  var body: BodyReader?
  do throws(RequestRefusal) {
    while !rest.isEmpty {
      var part = rest.prefix(piece)
      rest = rest.dropFirst(part.count)
      if head == nil {
        arrived += part
        guard let end = try scanner.scan(arrived) else { continue }
        let found = try RequestHead(arrived, lines: scanner.lines)
        head = found
        body = try BodyReader(found.framing, limit: bodyLimit)
        part = arrived[end...]
      }
      let left = try body?.take(part) ?? []
      if let head, let body, body.isComplete {
        return .request(head, body: body.octets, rest: Array(left + rest))
      }
      demand(left.isEmpty, "an open body takes all")
    }
    return .open
  } catch {
    return .refused(error)
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzRequest(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = octets(start, count)
  let whole = read(input, piece: max(1, input.count))
  for piece in [1, 3, 17] {
    demand(read(input, piece: piece) == whole, "pieces make no difference")
  }
  guard case .request(let head, let body, let rest) = whole else { return 0 }
  demand(body.count <= bodyLimit, "the limit of the body holds")
  demand(head.fields.count <= HTTPServerLimits.fieldCount, "the limit of the fields holds")
  demand(head.target.utf8.count <= HTTPServerLimits.targetOctets, "that of the target holds")
  demand(head.fields.count { $0.name == "host" } == 1, "there is one Host")
  let framing = head.fields.filter { ["content-length", "transfer-encoding"].contains($0.name) }
  demand(framing.count <= 1, "one field says where the body ends")
  demand(head.method == .post || body.isEmpty, "a GET has no body")
  if case .length(let length) = head.framing { demand(body.count == length, "the length holds") }
  for field in head.fields {
    demand(field.value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x09 }, "plain values")
  }
  // What follows is another request's, and must not have changed this one.
  let alone = read(Array(input.dropLast(rest.count)), piece: max(1, input.count))
  demand(alone == .request(head, body: body, rest: []), "the next request changes nothing")
  return 0
}
