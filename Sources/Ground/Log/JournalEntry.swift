/// An event in the journal's native protocol: MESSAGE for people, a field for each value.
// SPDX-License-Identifier: Apache-2.0

/// Source: systemd.io/JOURNAL_NATIVE_PROTOCOL.
func journalEntry(_ event: LogEvent, _ fields: [LogField]) -> [UInt8] {
  var message = event.name.description
  for field in fields { message += " \(field.name)=\(field.value)" }
  var entry: [UInt8] = []
  add("MESSAGE", message, to: &entry)
  add("PRIORITY", String(event.level.priority), to: &entry)
  add("REFERRAL_EVENT", event.name.description, to: &entry)
  add("REFERRAL_LEVEL", event.level.rawValue, to: &entry)
  for field in fields {
    add("REFERRAL_" + fieldName(field.name), field.value.description, to: &entry)
  }
  return entry
}

/// A value with a line feed goes with its length, so that no value can begin another field.
private func add(_ name: String, _ value: String, to entry: inout [UInt8]) {
  let octets = Array(value.utf8)
  entry += name.utf8
  if octets.contains(0x0A) {
    let count = UInt64(octets.count)
    entry.append(0x0A)
    entry += (0..<8).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
  } else {
    entry.append(0x3D)
  }
  entry += octets
  entry.append(0x0A)
}

/// Upper case letters, digits and "_" are all that a field name may have.
private func fieldName(_ name: String) -> String {
  String(
    decoding: name.utf8.map { octet -> UInt8 in
      switch octet {
      case 0x61...0x7A: octet - 0x20
      case 0x41...0x5A, 0x30...0x39: octet
      default: 0x5F
      }
    }, as: UTF8.self)
}

extension LogLevel {
  /// As syslog numbers it (RFC 5424, table 2).
  fileprivate var priority: Int {
    switch self {
    case .alarm: 1
    case .error: 3
    case .warning: 4
    case .notice: 5
    }
  }
}
