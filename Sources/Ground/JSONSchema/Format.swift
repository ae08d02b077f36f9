/// The formats of JSON Schema that are asserted (validation specification, section 7.3).
// SPDX-License-Identifier: Apache-2.0

/// All but idn-hostname, whose tables (RFC 5892) are not carried.
package enum Format: String, Sendable, CaseIterable {
  case dateTime = "date-time"
  case date, time, duration, uuid, uri
  case uriReference = "uri-reference"
  case email, hostname, ipv4, ipv6
  case iri
  case iriReference = "iri-reference"
  case idnEmail = "idn-email"
  case uriTemplate = "uri-template"
  case jsonPointer = "json-pointer"
  case relativeJSONPointer = "relative-json-pointer"
  case regex

  package func accepts(_ text: String) -> Bool {
    let octets = Array(text.utf8)
    switch self {
    case .dateTime: return TimeFormats.dateTime(octets)
    case .date: return TimeFormats.date(octets[...])
    case .time: return TimeFormats.time(octets[...])
    case .duration: return TimeFormats.duration(octets)
    case .uuid: return NameFormats.uuid(octets)
    case .uri: return URIFormats.reference(text) && URIReference(text).scheme != nil
    case .uriReference: return URIFormats.reference(text)
    case .email: return NameFormats.email(octets)
    case .hostname: return NameFormats.hostname(octets[...])
    case .ipv4: return NameFormats.ipv4(octets[...])
    case .ipv6: return NameFormats.ipv6(octets[...])
    case .iri: return IRIFormats.reference(text) && URIReference(text).scheme != nil
    case .iriReference: return IRIFormats.reference(text)
    case .idnEmail: return NameFormats.internationalEmail(octets)
    case .uriTemplate: return TemplateFormats.template(text)
    case .relativeJSONPointer: return NameFormats.relativeJSONPointer(octets)
    case .jsonPointer: return NameFormats.jsonPointer(octets)
    case .regex: return (try? Pattern(text)) != nil
    }
  }
}

extension UInt8 {
  var isDigit: Bool { self &- 0x30 < 10 }
  var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
  var isHexDigit: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
}

/// RFC 3339.
enum TimeFormats {
  static func dateTime(_ octets: [UInt8]) -> Bool {
    guard octets.count > 11, octets[10] | 0x20 == UInt8(ascii: "t") else { return false }
    return date(octets[..<10]) && time(octets[11...])
  }

  static func date(_ octets: ArraySlice<UInt8>) -> Bool {
    let all = Array(octets)
    guard all.count == 10, all[4] == UInt8(ascii: "-"), all[7] == UInt8(ascii: "-"),
      let year = number(all[0..<4]), let month = number(all[5..<7]), let day = number(all[8..<10]),
      (1...12).contains(month)
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    return (1...days).contains(day)
  }

  static func time(_ octets: ArraySlice<UInt8>) -> Bool {
    let all = Array(octets)
    guard all.count >= 9, all[2] == UInt8(ascii: ":"), all[5] == UInt8(ascii: ":"),
      let hour = number(all[0..<2]), let minute = number(all[3..<5]),
      let second = number(all[6..<8]), hour < 24, minute < 60, second <= 60
    else { return false }
    var at = 8
    if all[at] == UInt8(ascii: ".") {
      at += 1
      let start = at
      while at < all.count, all[at].isDigit { at += 1 }
      if at == start { return false }
    }
    guard let offset = offset(all[at...]) else { return false }
    // A leap second is the last of a day in UTC.
    let minutes = (hour * 60 + minute - offset + 2 * 1440) % 1440
    return second < 60 || minutes == 1439
  }

  /// Minutes east of UTC.
  private static func offset(_ octets: ArraySlice<UInt8>) -> Int? {
    let all = Array(octets)
    if all.count == 1, all[0] | 0x20 == UInt8(ascii: "z") { return 0 }
    guard all.count == 6, all[0] == UInt8(ascii: "+") || all[0] == UInt8(ascii: "-"),
      all[3] == UInt8(ascii: ":"), let hour = number(all[1..<3]), let minute = number(all[4..<6]),
      hour < 24, minute < 60
    else { return nil }
    return (hour * 60 + minute) * (all[0] == UInt8(ascii: "-") ? -1 : 1)
  }

  private static func number(_ octets: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for octet in octets {
      guard octet.isDigit else { return nil }
      value = value * 10 + Int(octet - UInt8(ascii: "0"))
    }
    return value
  }

  /// RFC 3339, appendix A: units follow each other without a gap, weeks stand alone.
  static func duration(_ octets: [UInt8]) -> Bool {
    guard octets.first == UInt8(ascii: "P") else { return false }
    let parts = octets.dropFirst().split(
      separator: UInt8(ascii: "T"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let date = parts.first, let dateUnits = units(date) else { return false }
    if parts.count == 1, dateUnits == "W" { return true }
    guard dateUnits.isEmpty || "YMD".contains(dateUnits) else { return false }
    if parts.count == 1 { return !dateUnits.isEmpty }
    guard let timeUnits = units(parts[1]) else { return false }
    return !timeUnits.isEmpty && "HMS".contains(timeUnits)
  }

  /// The unit letters of digits-and-letter pairs.
  private static func units(_ octets: ArraySlice<UInt8>) -> String? {
    var (letters, pending) = ("", false)
    for octet in octets {
      if octet.isDigit {
        pending = true
      } else if pending {
        letters.unicodeScalars.append(Unicode.Scalar(octet))
        pending = false
      } else {
        return nil
      }
    }
    return pending ? nil : letters
  }
}
