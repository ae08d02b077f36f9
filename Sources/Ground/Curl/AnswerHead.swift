/// The head of an answer, line by line, with the framing rule that libcurl does not keep.
// SPDX-License-Identifier: Apache-2.0

package struct AnswerHead: Sendable {
  package enum Verdict: Sendable, Equatable { case fine, tooLarge, badFraming }

  package private(set) var status = 0
  /// Names in lower case, values without the space around them, in the order received.
  package private(set) var fields: [(name: String, value: String)] = []
  private var octets = 0
  private var isComplete = false
  private let bodyLimit: Int

  /// `bodyLimit`: the largest Content-Length in octets.
  package init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

  /// Takes one line with its line end; the status line starts a head, the empty line ends it.
  package mutating func take(_ line: UnsafeRawBufferPointer) -> Verdict {
    octets += line.count
    guard line.count <= Limits.headerOctets, octets <= Limits.allHeadersOctets else {
      return .tooLarge
    }
    var text = line[...]
    while let last = text.last, last == 0x0D || last == 0x0A { text.removeLast() }
    if isComplete {
      // Trailers end here, counted and unread; after an interim answer another head begins.
      guard isInterim else { return .fine }
      status = 0
      fields = []
      isComplete = false
    }
    if status == 0 { return takeStatus(text) }
    guard text.isEmpty else { return takeField(text) }
    isComplete = true
    return isInterim ? .fine : judge()
  }

  /// The empty line at the end was there, and it was no interim answer's.
  package var isWhole: Bool { isComplete && !isInterim }

  /// 101 is an end, not an interim answer, and never asked for.
  private var isInterim: Bool { (100..<200).contains(status) && status != 101 }

  private mutating func takeStatus(_ line: Slice<UnsafeRawBufferPointer>) -> Verdict {
    let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0].starts(with: Array("HTTP/1.".utf8)), parts[1].count == 3,
      let code = Int(String(decoding: parts[1], as: UTF8.self)), code >= 100
    else { return .badFraming }
    status = code
    return .fine
  }

  private mutating func takeField(_ line: Slice<UnsafeRawBufferPointer>) -> Verdict {
    // RFC 9112, section 5: no space before the colon and no folded line.
    guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex,
      line[..<colon].allSatisfy(AnswerHead.isToken)
    else { return .badFraming }
    var value = line[(colon + 1)...]
    while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
    while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
    guard value.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) else { return .badFraming }
    let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
    fields.append((name, String(decoding: value, as: UTF8.self)))
    return .fine
  }

  /// Exactly one of one Content-Length and Transfer-Encoding: chunked, and neither where there is
  /// no body (RFC 9112, section 6.3, without what it leaves to the reader's luck).
  private func judge() -> Verdict {
    let lengths = fields.filter { $0.name == "content-length" }
    let codings = fields.filter { $0.name == "transfer-encoding" }
    if status == 204 || status == 304 {
      return lengths.isEmpty && codings.isEmpty ? .fine : .badFraming
    }
    guard lengths.count + codings.count == 1, status != 101 else { return .badFraming }
    if let coding = codings.first {
      return coding.value.lowercased() == "chunked" ? .fine : .badFraming
    }
    let digits = lengths[0].value.utf8
    guard !digits.isEmpty, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
      return .badFraming
    }
    guard let length = Int(lengths[0].value), length <= bodyLimit else { return .tooLarge }
    return .fine
  }

  /// RFC 9110, section 5.6.2.
  package static func isToken(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: tokenMarks.contains(octet)
    }
  }
  private static let tokenMarks = Array("!#$%&'*+-.^_`|~".utf8)
}
