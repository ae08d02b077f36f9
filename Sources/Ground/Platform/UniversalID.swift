/// UUIDs of RFC 9562, lower case in text: versions 4, 7 and 8.
// SPDX-License-Identifier: Apache-2.0

package struct UniversalID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// 16 octets, big-endian.
  package let octets: [UInt8]

  /// Random octets with the version 4 marks set. `random` has 16 octets.
  package static func v4(random: [UInt8]) -> UniversalID { marked(random, version: 4) }

  /// 48 bits of milliseconds, then random: sorts by time (RFC 9562, section 5.7).
  package static func v7(at now: Instant, random: [UInt8]) -> UniversalID {
    var octets = random
    let ms = UInt64(max(now.milliseconds, 0))
    for i in 0..<6 { octets[i] = UInt8(truncatingIfNeeded: ms >> UInt64(40 - 8 * i)) }
    return marked(octets, version: 7)
  }

  /// The first 122 free bits of `material`, at least 16 octets (RFC 9562, section 5.8).
  package static func v8(from material: [UInt8]) -> UniversalID { marked(material, version: 8) }

  /// Any 16 octets.
  package init?(octets: [UInt8]) {
    guard octets.count == 16 else { return nil }
    self.octets = octets
  }

  private static func marked(_ source: [UInt8], version: UInt8) -> UniversalID {
    precondition(source.count >= 16, "a UUID needs 16 octets")
    var octets = Array(source.prefix(16))
    octets[6] = octets[6] & 0x0F | version << 4
    octets[8] = octets[8] & 0x3F | 0x80
    return UniversalID(unchecked: octets)
  }
  private init(unchecked octets: [UInt8]) { self.octets = octets }

  /// Reads 8-4-4-4-12 hexadecimal digits, lower case only: one text for one id.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    var octets: [UInt8] = []
    octets.reserveCapacity(16)
    var at = 0
    while at < 36 {
      if at == 8 || at == 13 || at == 18 || at == 23 {
        guard bytes[at] == 0x2D else { return nil }
        at += 1
        continue
      }
      guard let high = Hex.value(bytes[at]), let low = Hex.value(bytes[at + 1]) else { return nil }
      octets.append(high << 4 | low)
      at += 2
    }
    self.octets = octets
  }

  package var version: Int { Int(octets[6] >> 4) }

  package var description: String {
    let hex = Array(Hex.encode(octets).utf8)
    var out: [UInt8] = []
    out.reserveCapacity(36)
    for (i, digit) in hex.enumerated() {
      if i == 8 || i == 12 || i == 16 || i == 20 { out.append(0x2D) }
      out.append(digit)
    }
    return String(decoding: out, as: UTF8.self)
  }

  package static func < (a: UniversalID, b: UniversalID) -> Bool {
    a.octets.lexicographicallyPrecedes(b.octets)
  }
}
