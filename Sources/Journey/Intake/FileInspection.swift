/// What a file is, found out while its octets pass by: they are never in memory together.
// SPDX-License-Identifier: Apache-2.0
import Digest

package struct FileInspection: ~Copyable {
  private var digest = RunningDigest()
  private var size = 0
  private var head: [UInt8] = []
  private var text = PassingText()

  package init() {}

  package mutating func take(_ piece: [UInt8]) {
    digest.take(piece)
    size += piece.count
    head += piece.prefix(FileInspection.headOctets - head.count)
    text.take(piece)
  }

  package consuming func finish() -> FileFacts {
    let (size, head, isText) = (size, head, text.isText)
    let known = FileForm.allCases.first { !$0.magic.isEmpty && head.starts(with: $0.magic) }
    return FileFacts(
      size: size, sha256: digest.finish().hex, form: known ?? (isText ? .text : nil))
  }

  private static let headOctets = FileForm.allCases.map(\.magic.count).max() ?? 0
}

/// Whether octets are UTF-8 without control characters but tab and line ends.
private struct PassingText {
  private var isSound = true
  /// The beginning of a character whose end comes with the next piece.
  private var rest: [UInt8] = []

  var isText: Bool { isSound && rest.isEmpty }

  mutating func take(_ piece: [UInt8]) {
    guard isSound else { return }
    let octets = rest + piece
    let whole = octets.count - PassingText.unfinished(octets)
    rest = Array(octets[whole...])
    let passed = octets[..<whole]
    isSound =
      String(validating: passed, as: UTF8.self) != nil
      && passed.allSatisfy { $0 >= 0x20 && $0 != 0x7F || [0x09, 0x0A, 0x0D].contains($0) }
  }

  /// How many octets at the end begin a character that goes on (RFC 3629, section 3).
  private static func unfinished(_ octets: [UInt8]) -> Int {
    for length in 1...3 where length <= octets.count {
      let octet = octets[octets.count - length]
      if octet & 0xC0 == 0x80 { continue }
      let wanted = octet >= 0xF0 ? 4 : octet >= 0xE0 ? 3 : octet >= 0xC0 ? 2 : 1
      return wanted > length ? length : 0
    }
    return 0
  }
}
