/// Events as one JSON object per line; the consequence decides the level.
// SPDX-License-Identifier: Apache-2.0
package import Platform

/// What an event asks of the people who run the service.
package enum LogLevel: String, Sendable, CaseIterable {
  /// Nothing; it happened.
  case notice
  /// Look at it in working hours.
  case warning
  /// Someone must act now: a referral may not arrive.
  case alarm
  /// The service itself is broken.
  case error
}

/// One thing that happened. Each room declares its own in `Events.swift`:
///
///     extension LogEvent {
///       static func deliveryDelivered(_ id: UniversalID, to partner: PartnerLabel) -> LogEvent {
///         LogEvent("delivery-delivered", .notice, [.id("delivery", id), .partner(partner)])
///       }
///     }
package struct LogEvent: Sendable {
  package let name: StaticString
  package let level: LogLevel
  let fields: [LogField]

  package init(_ name: StaticString, _ level: LogLevel, _ fields: [LogField] = []) {
    self.name = name
    self.level = level
    self.fields = fields
  }
}

/// Where events go. Cheap to copy; the sink must bear calls from many threads.
package struct EventLog: Sendable {
  private let now: @Sendable () -> Instant
  private let context: [LogField]
  private let sink: @Sendable (String) -> Void

  /// `context` stands in every line. The default sink is standard error, one write per line.
  package init(
    now: @escaping @Sendable () -> Instant, context: [LogField] = [],
    sink: @escaping @Sendable (String) -> Void = { Standard.error($0) }
  ) {
    self.now = now
    self.context = context
    self.sink = sink
  }

  package func write(_ event: LogEvent) {
    var line = "{\"v\":1,\"time\":\"\(now())\",\"level\":\"\(event.level.rawValue)\""
    line += ",\"event\":" + quoted(event.name.description)
    for field in context + event.fields {
      line += "," + quoted(field.name) + ":"
      switch field.value {
      case .text(let text): line += quoted(text)
      case .number(let number): line += String(number)
      case .flag(let flag): line += flag ? "true" : "false"
      }
    }
    sink(line + "}\n")
  }
}

/// RFC 8259, section 7.
private func quoted(_ text: String) -> String {
  var out = "\""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x22, 0x5C:
      out.unicodeScalars.append("\\")
      out.unicodeScalars.append(scalar)
    case 0..<0x20: out += "\\u00" + Hex.encode([UInt8(scalar.value)])
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out + "\""
}
