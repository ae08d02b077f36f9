/// The request grammar: a closed profile of RFC 9112, in which every doubt is a refusal.
// SPDX-License-Identifier: Apache-2.0

/// How the end of a body is known (RFC 9112, section 6.3).
package enum BodyFraming: Sendable, Equatable {
  case none
  case length(Int)
  case chunked
}

package struct RequestHead: Sendable, Equatable {
  package let method: HTTPMethod
  package let target: String
  package let host: String
  package let fields: [HTTPField]
  package let framing: BodyFraming
  /// The client waits for 100 before it sends the body (RFC 9110, section 10.1.1).
  package let expectsContinue: Bool
  /// The client wants no other request on this connection.
  package let closes: Bool

  /// Reads a whole head, empty line included and nothing after it.
  package static func parse(_ octets: [UInt8]) throws(RequestRefusal) -> RequestHead {
    var scanner = HeadScanner()
    guard let end = try scanner.scan(octets) else { throw .incomplete }
    guard end == octets.count else { throw .pipelining }
    return try RequestHead(octets, lines: scanner.lines)
  }

  /// `lines` are what a scanner has found in `octets`.
  package init(_ octets: [UInt8], lines: [Range<Int>]) throws(RequestRefusal) {
    guard let first = lines.first else { throw .badRequestLine }
    (method, target) = try RequestHead.requestLine(octets[first])
    var fields: [HTTPField] = []
    fields.reserveCapacity(lines.count)
    for line in lines.dropFirst() { fields.append(try RequestHead.field(octets[line])) }
    self.fields = fields
    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    let hosts = values("host")
    guard let host = hosts.first else { throw .hostMissing }
    guard hosts.count == 1 else { throw .hostRepeated }
    guard RequestHead.isHost(Array(host.utf8)) else { throw .badHost }
    self.host = host
    guard values("content-type").count <= 1 else { throw .contentTypeRepeated }
    framing = try RequestHead.framing(
      method, lengths: values("content-length"), codings: values("transfer-encoding"))
    let expectations = values("expect")
    guard expectations.count <= 1 else { throw .expectationRepeated }
    guard expectations.allSatisfy({ $0.lowercased() == "100-continue" }) else {
      throw .unsupportedExpectation
    }
    expectsContinue = !expectations.isEmpty && framing != .none && framing != .length(0)
    closes = values("connection").contains { list in
      list.lowercased().split(separator: ",").contains { $0.trimming(" \t") == "close" }
    }
  }

  static func requestLine(_ line: ArraySlice<UInt8>)
    throws(RequestRefusal) -> (HTTPMethod, String)
  {
    let parts = line.split(separator: Octet.space, omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(Octet.isToken),
      !parts[1].isEmpty
    else { throw .badRequestLine }
    guard parts[1].count <= HTTPServerLimits.targetOctets else { throw .targetTooLong }
    let version = text(parts[2])
    guard version == "HTTP/1.1" else {
      let isVersion =
        version.hasPrefix("HTTP/") && parts[2].count == 8
        && parts[2].dropFirst(5).enumerated().allSatisfy {
          $0.offset == 1 ? $0.element == 0x2E : Octet.isDigit($0.element)
        }
      throw isVersion ? .unsupportedVersion : .badRequestLine
    }
    guard let method = HTTPMethod(rawValue: text(parts[0])) else { throw .methodNotAllowed }
    guard isOriginForm(Array(parts[1])) else { throw .badTarget }
    return (method, text(parts[1]))
  }

  private static func isOriginForm(_ target: [UInt8]) -> Bool {
    guard target.first == Octet.slash, target.allSatisfy(Octet.isTarget) else { return false }
    return target.indices.allSatisfy { at in
      target[at] != Octet.percent
        || at + 2 < target.count && Octet.hexValue(target[at + 1]) != nil
          && Octet.hexValue(target[at + 2]) != nil
    }
  }

  private static func field(_ line: ArraySlice<UInt8>) throws(RequestRefusal) -> HTTPField {
    guard let first = line.first, !Octet.isBlank(first) else { throw .foldedField }
    let name = line.prefix(while: Octet.isToken)
    guard !name.isEmpty, let next = line.dropFirst(name.count).first else { throw .badField }
    guard !Octet.isBlank(next) else { throw .spaceBeforeColon }
    guard next == Octet.colon else { throw .badField }
    let value = text(line.dropFirst(name.count + 1)).trimming(" \t")
    return HTTPField(text(name).lowercased(), String(value))
  }

  /// uri-host and optional port (RFC 9110, section 7.2), as far as a name in the DNS or an address
  /// can be one.
  private static func isHost(_ value: [UInt8]) -> Bool {
    let host: ArraySlice<UInt8>
    if value.first == Octet.openingBracket {
      guard let end = value.firstIndex(of: Octet.closingBracket), end > 2,
        value[1..<end].allSatisfy({
          Octet.hexValue($0) != nil || $0 == Octet.colon || $0 == 0x2E
        })
      else { return false }
      host = value[...end]
    } else {
      host = value.prefix(while: Octet.isHost)
    }
    let port = value.dropFirst(host.count)
    let isPort =
      port.first == Octet.colon && port.count <= 6 && port.dropFirst().allSatisfy(Octet.isDigit)
    return !host.isEmpty && (port.isEmpty || isPort)
  }

  private static func framing(_ method: HTTPMethod, lengths: [String], codings: [String])
    throws(RequestRefusal) -> BodyFraming
  {
    guard lengths.isEmpty || codings.isEmpty else { throw .lengthAndCoding }
    guard lengths.count <= 1 else { throw .lengthRepeated }
    guard codings.count <= 1 else { throw .codingRepeated }
    let framing: BodyFraming
    if let length = lengths.first {
      guard !length.isEmpty, length.utf8.count <= HTTPServerLimits.contentLengthDigits,
        length.utf8.allSatisfy(Octet.isDigit)
      else { throw .badLength }
      framing = .length(Int(length) ?? .max)
    } else if let coding = codings.first {
      framing = try self.framing(coding: coding)
    } else {
      guard method == .get else { throw .lengthMissing }
      return .none
    }
    guard method == .post || framing == .length(0) else { throw .unexpectedBody }
    return framing
  }

  /// Where chunked is not the last coding, or comes twice, nobody knows where the body ends
  /// (RFC 9112, sections 6.1 and 6.3); a coding before it is sound, but none is served.
  private static func framing(coding: String) throws(RequestRefusal) -> BodyFraming {
    let codings = coding.lowercased().split(separator: ",", omittingEmptySubsequences: false)
      .map { String($0.trimming(" \t")) }
    guard codings.last == "chunked", !codings.dropLast().contains("chunked") else {
      throw .badCoding
    }
    guard codings.count == 1 else { throw .unsupportedCoding }
    return .chunked
  }
}

private func text(_ octets: ArraySlice<UInt8>) -> String {
  String(decoding: octets, as: UTF8.self)
}

extension StringProtocol {
  fileprivate func trimming(_ characters: String) -> SubSequence {
    guard let start = firstIndex(where: { !characters.contains($0) }),
      let end = lastIndex(where: { !characters.contains($0) })
    else { return self[startIndex..<startIndex] }
    return self[start...end]
  }
}
