/// Events as journal entries or as one JSON object per line; the consequence decides the level.
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

/// How an event is written.
package enum LogForm: Sendable {
  /// One JSON object in each line.
  case lines
  /// The journal's native protocol, with a field for each value.
  case journal

  /// The journal's form where standard error is the journal's.
  package static var ofThisProcess: LogForm { Systemd.logsToJournal ? .journal : .lines }
}

/// Where events go. Cheap to copy; the sink must bear calls from many threads.
package struct EventLog: Sendable {
  private let now: @Sendable () -> Instant
  private let context: [LogField]
  private let form: LogForm
  private let sink: @Sendable ([UInt8]) -> Void

  /// `context` stands in every entry.
  package init(
    now: @escaping @Sendable () -> Instant, context: [LogField] = [], form: LogForm,
    sink: @escaping @Sendable ([UInt8]) -> Void
  ) {
    self.now = now
    self.context = context
    self.form = form
    self.sink = sink
  }

  /// Into the journal, or to standard error with one write for each line.
  package init(now: @escaping @Sendable () -> Instant, context: [LogField] = []) {
    let form = LogForm.ofThisProcess
    self.init(now: now, context: context, form: form) { octets in
      switch form {
      case .journal: _ = Systemd.journal(octets)
      case .lines: Standard.error(String(decoding: octets, as: UTF8.self))
      }
    }
  }

  package func write(_ event: LogEvent) {
    let fields = context + event.fields
    switch form {
    case .lines: sink(Array(jsonLine(event, fields, at: now()).utf8))
    case .journal: sink(journalEntry(event, fields))
    }
  }
}

private func jsonLine(_ event: LogEvent, _ fields: [LogField], at now: Instant) -> String {
  var line = "{\"v\":1,\"time\":\"\(now)\",\"level\":\"\(event.level.rawValue)\""
  line += ",\"event\":" + quoted(event.name.description)
  for field in fields {
    line += "," + quoted(field.name) + ":"
    switch field.value {
    case .text(let text): line += quoted(text)
    case .number, .flag: line += field.value.description
    }
  }
  return line + "}\n"
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
