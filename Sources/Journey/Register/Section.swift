/// One TOML table read by key: what is missing, unknown or of the wrong type becomes a finding.
// SPDX-License-Identifier: Apache-2.0
import Platform
import TOML

/// A value and where it stands.
package struct Placed<Value> {
  package let value: Value
  package let place: ConfigurationPlace

  func with<Other>(_ other: Other) -> Placed<Other> { Placed<Other>(value: other, place: place) }
}

extension Placed: Sendable where Value: Sendable {}

struct Section {
  let name: String
  let place: ConfigurationPlace
  let findings: Findings
  private let table: [String: TOMLValue]
  private let keys: [String]

  /// Every key that this table may hold stands in `keys`; another one is a finding.
  init(
    _ table: [String: TOMLValue], name: String, place: ConfigurationPlace, keys: [String],
    findings: Findings
  ) {
    self.table = table
    self.name = name
    self.place = place
    self.keys = keys
    self.findings = findings
    for (key, value) in table where !keys.contains(key) {
      let remedy =
        Spelling.nearest(to: key, among: keys).map { "did you mean '\($0)'?" }
        ?? "known here: " + keys.joined(separator: ", ")
      findings.add(
        .unknownKey, at: at(value), "unknown key '\(full(printable(key)))'", remedy)
    }
  }

  private func at(_ value: TOMLValue) -> ConfigurationPlace {
    ConfigurationPlace(file: place.file, line: value.line, column: value.column)
  }

  func full(_ key: String) -> String { name.isEmpty ? key : name + "." + key }

  /// A finding about a value.
  func refuse(
    _ key: String, _ place: ConfigurationPlace, _ problem: String, _ remedy: String,
    code: ConfigurationError.Code = .badValue
  ) {
    findings.add(code, at: place, "'\(full(key))' \(problem)", remedy)
  }

  func missing(_ key: String, _ remedy: String) {
    findings.add(.missingKey, at: place, "'\(full(key))' is missing", remedy)
  }

  func has(_ key: String) -> Bool { table[key] != nil }

  func place(of key: String) -> ConfigurationPlace { table[key].map(at) ?? place }

  /// Reads a value of one kind; `shape` says in words what is expected.
  private func read<Value>(
    _ key: String, _ shape: String, required: Bool, _ take: (TOMLValue.Kind) -> Value?
  ) -> Placed<Value>? {
    precondition(keys.contains(key), "the key \(full(key)) is not declared")
    guard let value = table[key] else {
      if required { missing(key, "add it: \(shape)") }
      return nil
    }
    guard let taken = take(value.kind) else {
      findings.add(.wrongType, at: at(value), "'\(full(key))' has the wrong type", "write \(shape)")
      return nil
    }
    return Placed(value: taken, place: at(value))
  }

  /// A text of 1 to 200 characters without control characters.
  func text(_ key: String, required: Bool = true) -> Placed<String>? {
    let read = read(key, "a text in quotes", required: required) { kind -> String? in
      if case .string(let text) = kind { text } else { nil }
    }
    guard let read else { return nil }
    return isPlain(read.value) ? read : refuseText(key, read.place)
  }

  private func refuseText<Value>(_ key: String, _ place: ConfigurationPlace) -> Placed<Value>? {
    refuse(
      key, place, "is not a plain text",
      "write 1 to \(Limits.nameCharacters) characters, none of them control characters")
    return nil
  }

  private func isPlain(_ text: String) -> Bool {
    (1...Limits.nameCharacters).contains(text.count)
      && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }

  func texts(_ key: String, required: Bool = true) -> Placed<[Placed<String>]>? {
    let elements = read(key, "a list of texts", required: required) { kind -> [TOMLValue]? in
      if case .array(let elements) = kind { elements } else { nil }
    }
    guard let elements else { return nil }
    var texts: [Placed<String>] = []
    for element in elements.value {
      guard case .string(let text) = element.kind else {
        findings.add(
          .wrongType, at: at(element), "'\(full(key))' holds something that is no text",
          "write texts in quotes")
        continue
      }
      guard isPlain(text) else {
        let _: Placed<String>? = refuseText(key, at(element))
        continue
      }
      if texts.contains(where: { $0.value == text }) {
        refuse(key, at(element), "names '\(text)' twice", "remove one")
        continue
      }
      texts.append(Placed(value: text, place: at(element)))
    }
    return elements.with(texts)
  }

  /// A value of any kind.
  func any(_ key: String) -> Placed<TOMLValue.Kind>? {
    read(key, "a value", required: true) { $0 }
  }

  func flag(_ key: String, default standard: Bool) -> Bool {
    read(key, "true or false", required: false) { kind -> Bool? in
      if case .boolean(let flag) = kind { flag } else { nil }
    }?.value ?? standard
  }

  func integer(_ key: String, in range: ClosedRange<Int>, default standard: Int) -> Int {
    let read = read(key, "a whole number", required: false) { kind -> Int? in
      if case .integer(let number) = kind { Int(number) } else { nil }
    }
    guard let read else { return standard }
    guard range.contains(read.value) else {
      refuse(
        key, read.place, "is out of range",
        "write a number from \(range.lowerBound) to \(range.upperBound)")
      return standard
    }
    return read.value
  }

  func real(_ key: String, in range: ClosedRange<Double>) -> Placed<Double>? {
    let read = read(key, "a number", required: false) { kind -> Double? in
      switch kind {
      case .real(let number): number
      case .integer(let number): Double(number)
      case .table, .array, .string, .boolean, .time: nil
      }
    }
    guard let read else { return nil }
    guard range.contains(read.value) else {
      refuse(
        key, read.place, "is out of range",
        "write a number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return read
  }

  /// A day, as a TOML date or as a text "YYYY-MM-DD".
  func day(_ key: String, required: Bool = true) -> Placed<CivilDate>? {
    let read = read(key, "a day, 2026-01-31", required: required) { kind -> String? in
      switch kind {
      case .time(let text), .string(let text): text
      case .table, .array, .integer, .real, .boolean: nil
      }
    }
    guard let read else { return nil }
    guard let day = CivilDate(iso: read.value) else {
      refuse(key, read.place, "is not a day of the calendar", "write a day, 2026-01-31")
      return nil
    }
    return read.with(day)
  }

  /// A version: a text or a whole number.
  func version(_ key: String) -> Placed<String>? {
    read(key, "a version, \"1.0.0\"", required: true) { kind -> String? in
      switch kind {
      case .string(let text): isPlain(text) ? text : nil
      case .integer(let number): String(number)
      case .table, .array, .real, .boolean, .time: nil
      }
    }
  }

  /// One of a closed list of words.
  func word<Word: RawRepresentable & CaseIterable>(
    _ key: String, required: Bool = true, as type: Word.Type = Word.self
  ) -> Placed<Word>? where Word.RawValue == String {
    guard let text = text(key, required: required) else { return nil }
    guard let word = match(key, text, type) else { return nil }
    return text.with(word)
  }

  func words<Word: RawRepresentable & CaseIterable>(
    _ key: String, required: Bool = true, as type: Word.Type = Word.self
  ) -> [Placed<Word>] where Word.RawValue == String {
    (texts(key, required: required)?.value ?? []).compactMap { text in
      match(key, text, type).map { text.with($0) }
    }
  }

  private func match<Word: RawRepresentable & CaseIterable>(
    _ key: String, _ text: Placed<String>, _ type: Word.Type
  ) -> Word? where Word.RawValue == String {
    if let word = Word(rawValue: text.value) { return word }
    refuseWord(key, text, known: Word.allCases.map(\.rawValue))
    return nil
  }

  func refuseWord(_ key: String, _ text: Placed<String>, known: [String]) {
    let near = Spelling.nearest(to: text.value, among: known).map { "did you mean '\($0)'?" }
    refuse(
      key, text.place, "cannot be '\(printable(text.value))'",
      near ?? "write one of: " + known.joined(separator: ", "))
  }

  /// A table inside this one.
  func section(_ key: String, keys: [String], required: Bool = true) -> Section? {
    let read = read(key, "a table, [\(full(key))]", required: required) {
      kind -> [String: TOMLValue]? in
      if case .table(let table) = kind { table } else { nil }
    }
    return read.map {
      Section($0.value, name: full(key), place: $0.place, keys: keys, findings: findings)
    }
  }

  /// Tables written as [[name.key]].
  func sections(_ key: String, keys: [String], required: Bool = false) -> [Section] {
    let shape = "a table for each, [[\(full(key))]]"
    let read = read(key, shape, required: required) { kind -> [TOMLValue]? in
      if case .array(let elements) = kind { elements } else { nil }
    }
    return (read?.value ?? []).compactMap { element in
      guard case .table(let table) = element.kind else {
        findings.add(
          .wrongType, at: at(element), "'\(full(key))' has the wrong type", "write \(shape)")
        return nil
      }
      return Section(
        table, name: full(key), place: at(element), keys: keys, findings: findings)
    }
  }
}

/// A text of the file, safe to show and not endless.
func printable(_ text: String) -> String {
  Printable.text(text, limitCharacters: Limits.quotedCharacters)
}
