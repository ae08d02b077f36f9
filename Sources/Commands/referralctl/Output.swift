/// Tables for people, JSON Lines for programs; complaints go to standard error in the same form.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

struct Output: Sendable {
  let asJSON: Bool
  /// Standard error is watched by a person.
  let showsProgress: Bool

  /// What becomes of text; standard output unless somebody collects it.
  private let write: @Sendable (String) -> Void
  private let failure: Locked<Int32?>

  init(asJSON: Bool) {
    self.asJSON = asJSON
    showsProgress = !asJSON && Files.isTerminal(2)
    let failure = Locked<Int32?>(nil)
    self.failure = failure
    write = { text in
      let found = Standard.write(text)
      failure.withLock { $0 = $0 ?? found }
    }
  }

  /// Tables as text, for whoever draws them somewhere.
  init(collecting text: Locked<String>) {
    asJSON = false
    showsProgress = false
    failure = Locked(nil)
    write = { more in text.withLock { $0 += more } }
  }

  /// Nobody reads on.
  var isClosed: Bool { failure.withLock { $0 } != nil }
  /// Something was not written, and not because a reader had enough (head, less).
  var isLost: Bool { failure.withLock { $0 != nil && $0 != Standard.brokenPipe } }

  func text(_ text: String) { write(text) }

  func lines(_ values: [JSONValue]) {
    if !values.isEmpty { write(Output.jsonLines(values)) }
  }

  /// To standard error, over what stood in its last line.
  func progress(_ text: String) {
    if showsProgress { Standard.error("\r\u{1B}[K" + text) }
  }

  /// `subject` is the file or id that it is about, for commands that take several.
  func complain(_ complaint: Complaint, about subject: Subject? = nil) {
    guard asJSON else {
      let before = subject.map { Printable.text($0.text, limitCharacters: 200) } ?? "referralctl"
      Standard.error("\(before): \(complaint.message)\n  \(complaint.hint)\n")
      return
    }
    problem([.object(complaint.line)], about: subject)
  }

  /// What the daemon said instead of yes: refusals, then the closing error.
  func problem(_ lines: [JSONValue], about subject: Subject? = nil) {
    guard !asJSON else {
      Standard.error(Output.jsonLines(lines.map { $0.with(subject) }))
      return
    }
    let refusals = lines.filter { $0["kind"]?.text == "refusal" }
    let before = subject.map { Printable.text($0.text, limitCharacters: 200) } ?? "referralctl"
    guard refusals.isEmpty else {
      let many = refusals.count == 1 ? "1 reason" : "\(refusals.count) reasons"
      Standard.error("\(before): refused for \(many)\n" + refusals.map(Output.refusal).joined())
      return
    }
    for line in lines {
      Standard.error("\(before): \(line.word("message"))\n  \(line.word("hint"))\n")
    }
  }

  private static func refusal(_ line: JSONValue) -> String {
    let pointer = line["pointer"]?.text ?? ""
    let place = pointer.isEmpty ? "" : " at \(Printable.text(pointer, limitCharacters: 200))"
    let partner = line["partner"] == nil ? "" : " for \(line.word("partner"))"
    let detail = line["detail"] == nil ? "" : " (\(line.word("detail")))"
    let form = line["nfc"] == nil ? "" : "\n  form NFC:      \(line.word("nfc"))"
    return """
        \(line.word("rule"))\(place)\(partner)
          what is wrong: \(line.word("wrong"))\(detail)
          what to do:    \(line.word("remedy"))\(form)

      """
  }

  func table(_ columns: [TextTable.Column], _ rows: [[String]]) {
    var table = TextTable(columns)
    for row in rows { table.add(row) }
    text(table.text)
  }

  /// Names and values in two columns; rows with "-" are left out.
  func facts(_ rows: [(name: String, value: String)]) {
    let width = (rows.map { TextTable.width(of: $0.name) }.max() ?? 0) + 2
    let shown = rows.filter { $0.value != "-" && !$0.value.isEmpty }
    text(
      shown.map { row in
        let space = String(repeating: " ", count: width - TextTable.width(of: row.name))
        return "\(row.name)\(space)\(row.value)\n"
      }.joined())
  }

  private static func jsonLines(_ values: [JSONValue]) -> String {
    var octets: [UInt8] = []
    for value in values { octets += JSONWriter.write(value) + [0x0A] }
    let text = String(decoding: octets, as: UTF8.self)
    return octets.allSatisfy { $0 < 0x7F } ? text : escaped(text)
  }

  /// The writer escapes what JSON demands; a terminal also obeys DEL, C1 controls and characters
  /// that turn the reading direction. They stand in strings only, so an escape means the same.
  private static func escaped(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control where scalar != "\n", .format, .lineSeparator, .paragraphSeparator:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          out +=
            ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
            .unicodeScalars
        }
      default: out.append(scalar)
      }
    }
    return String(out)
  }
}

/// What one result of several is about.
enum Subject {
  case file(String)
  case delivery(String)
  case job(String)
  case partner(String)

  var text: String {
    switch self {
    case .file(let name): name == "-" ? "standard input" : name
    case .delivery(let id), .job(let id): id
    case .partner(let code): code
    }
  }
}

extension JSONValue {
  /// A member as a word for people, safe to show; "-" when absent.
  func word(_ name: String) -> String {
    guard let value = self[name] else { return "-" }
    let word = value.text ?? value.number?.text ?? value.flag.map { $0 ? "yes" : "no" } ?? "-"
    return Printable.text(word, limitCharacters: 400)
  }

  func words(_ name: String) -> String {
    let all = (self[name]?.elements ?? []).compactMap(\.text)
    return Printable.text(all.joined(separator: ", "), limitCharacters: 1_000)
  }

  func list(_ name: String) -> [JSONValue] { self[name]?.elements ?? [] }

  func with(_ subject: Subject?) -> JSONValue {
    guard let subject, var members else { return self }
    switch subject {
    case .file(let name): members["file"] = .string(name)
    case .delivery(let id), .job(let id): members["id"] = .string(id)
    case .partner(let code): members["partner"] = .string(code)
    }
    return .object(members)
  }
}
