/// Fuzz target: what comes over the admin socket: head, path, query, and the order in the body.
// SPDX-License-Identifier: Apache-2.0
import FuzzSupport
import Gateway
import HTTPServer
import JSON
import Outbox
import Platform

/// The input is a request as referralctl sends it.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzAdmin(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = octets(start, count)
  var scanner = HeadScanner()
  guard let end = (try? scanner.scan(input)) ?? nil,
    let head = try? RequestHead(input, lines: scanner.lines),
    var body = try? BodyReader(head.framing, limit: HTTPServerLimits().bodyOctets),
    (try? body.take(input[end...])) != nil
  else { return 0 }
  let request = Request(head, body: body.octets)
  demand(request.target.hasPrefix(request.path), "the path is a part of the target")
  if let call = AdminCall(request) {
    let asked = request.path.split(separator: "/").map(String.init)
    demand(call.names.allSatisfy(asked.contains), "a name stands in the path")
    demand(call.route.rawValue.hasPrefix(request.method == .get ? "GET" : "POST"), "the method")
  }
  let query = Query(request.query ?? "")
  for name in ["partner", "state", "since", "limit", "kind", "reason", "reveal"] {
    guard let value = query[name] else { continue }
    demand(value.utf8.count <= request.target.utf8.count, "a value is no longer than its text")
  }
  if let filter = DeliveryFilter(query) {
    demand((1...100_000).contains(filter.limit), "a list has its limit")
  }
  for part in request.path.split(separator: "/") {
    guard let id = UniversalID(String(part)) else { continue }
    demand(UniversalID(id.description) == id, "an id reads back")
  }
  if let order = try? JSONReader.read(request.body) {
    _ = (order["dryRun"]?.flag, order["reason"]?.text)
  }
  return 0
}
