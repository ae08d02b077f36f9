/// What a handler answers, and its form on the wire (RFC 9112, section 4).
// SPDX-License-Identifier: Apache-2.0

/// The server adds Content-Length and Connection; a Response that names these, Transfer-Encoding
/// or an impossible octet becomes a bare 500.
package struct Response: Sendable, Equatable {
  /// 200...599.
  package var status: Int
  package var fields: [HTTPField]
  package var body: [UInt8]
  /// Instead of `body`; impossible with a status that has none (204 and 304).
  package let stream: BodyStream?
  /// Nothing is answered: the connection is closed at once.
  package private(set) var hangsUp = false

  package init(status: Int, fields: [HTTPField] = [], body: [UInt8] = []) {
    self.status = status
    self.fields = fields
    self.body = body
    stream = nil
  }

  package init(status: Int, fields: [HTTPField] = [], stream: BodyStream) {
    self.status = status
    self.fields = fields
    self.stream = stream
    body = []
  }

  package static var hangUp: Response {
    var response = Response(status: 500)
    response.hangsUp = true
    return response
  }

  private static let reserved: Set<String> = ["content-length", "transfer-encoding", "connection"]

  /// Itself, or a bare 500 where it cannot be sent.
  var sendable: Response { isSendable ? self : Response(status: 500) }

  private var hasBody: Bool { status != 204 && status != 304 }

  private var isSendable: Bool {
    (200...599).contains(status) && (stream.map { $0.octets >= 0 && hasBody } ?? true)
      && fields.allSatisfy { field in
        !field.name.isEmpty && field.name.utf8.allSatisfy(Octet.isToken)
          && field.value.utf8.allSatisfy(Octet.isFieldValue)
          && !Response.reserved.contains(field.name.lowercased())
      }
  }

  /// The whole message, of a streamed one the head. `date` is an IMF-fixdate for a response that
  /// has none of its own.
  func octets(closes: Bool, date: String?) -> [UInt8] {
    guard isSendable else { return Response(status: 500).octets(closes: closes, date: date) }
    var head = "HTTP/1.1 \(status) \(Response.phrase(status))\r\n"
    if let date, !fields.contains(where: { $0.name.lowercased() == "date" }) {
      head += "Date: \(date)\r\n"
    }
    for field in fields { head += "\(field.name): \(field.value)\r\n" }
    if hasBody { head += "Content-Length: \(stream?.octets ?? body.count)\r\n" }
    let upgrades = fields.contains { $0.name.lowercased() == "upgrade" }
    let options = (closes ? ["close"] : []) + (upgrades ? ["upgrade"] : [])
    if !options.isEmpty { head += "Connection: \(options.joined(separator: ", "))\r\n" }
    head += "\r\n"
    return Array(head.utf8) + (hasBody ? body : [])
  }

  /// RFC 9110, section 15; the phrase is for people, an unknown status has none.
  private static func phrase(_ status: Int) -> String { phrases[status] ?? "" }

  private static let phrases: [Int: String] = [
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 303: "See Other",
    304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed",
    413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
    417: "Expectation Failed", 422: "Unprocessable Content", 426: "Upgrade Required",
    428: "Precondition Required",
    429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
  ]
}
