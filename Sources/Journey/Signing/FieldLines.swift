/// Header fields from a file: one `Name: value` in each line, as tools that record HTTP write them.
// SPDX-License-Identifier: Apache-2.0
import Platform

extension ReceivedMessage {
  /// A request or status line may stand first, empty lines may stand last; lines end in LF or
  /// CRLF. Nothing else is let pass (no folded line, no second head): what is not a field here may
  /// be one to another reader.
  package static func fields(lines octets: [UInt8])
    -> Result<[(name: String, value: String)], VerificationFailure>
  {
    guard octets.count <= SignatureLimits.fieldLinesOctets else {
      return .failure(VerificationFailure(.limits, .fieldsTooLarge))
    }
    var lines = octets.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      line.last == 0x0D ? line.dropLast() : line
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let first = lines.first, isStartLine(first) { lines.removeFirst() }
    var fields: [(name: String, value: String)] = []
    for line in lines {
      guard let field = field(line) else {
        return .failure(VerificationFailure(.limits, .fieldsMalformed))
      }
      fields.append(field)
    }
    return .success(fields)
  }

  /// RFC 9112, section 3 and 4: "POST /path HTTP/1.1" or "HTTP/1.1 202 Accepted".
  private static func isStartLine(_ line: ArraySlice<UInt8>) -> Bool {
    guard line.allSatisfy({ (0x20...0x7E).contains($0) }) else { return false }
    let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard words.count >= 2, !words[0].contains(0x3A) else { return false }
    let version = Array("HTTP/".utf8)
    return words[0].starts(with: version) || words.count == 3 && words[2].starts(with: version)
  }

  /// RFC 9110, section 5; octets outside ASCII are let through, as there.
  private static func field(_ line: ArraySlice<UInt8>) -> (name: String, value: String)? {
    guard let colon = line.firstIndex(of: 0x3A) else { return nil }
    let name = line[..<colon]
    guard !name.isEmpty, name.allSatisfy(isTokenOctet) else { return nil }
    func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }
    var value = line[line.index(after: colon)...].drop(while: isSpace)
    while let last = value.last, isSpace(last) { value.removeLast() }
    guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { return nil }
    return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
  }

  private static func isTokenOctet(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
    default: false  // OPEN: octets
    }
  }
}
