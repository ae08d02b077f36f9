/// A TOML table read by key; what is missing, unknown or wrong is noted with its place.
// SPDX-License-Identifier: Apache-2.0
import Platform
import TOML

/// Every error of one configuration file, "FILE:LINE:COLUMN: what is wrong".
struct SettingsErrors: Error {
  let lines: [String]
}

/// Collects errors while the reading goes on.
final class SettingsProblems {
  private let file: String
  private var found: [(line: Int, column: Int, text: String)] = []

  init(file: String) { self.file = file }

  func add(_ line: Int, _ column: Int, _ text: String) { found.append((line, column, text)) }

  var isEmpty: Bool { found.isEmpty }
  var errors: SettingsErrors {
    let sorted = found.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    return SettingsErrors(lines: sorted.map { "\(file):\($0.line):\($0.column): \($0.text)" })
  }
}

/// A value and where it stands.
struct Setting<Value> {
  let value: Value
  let line: Int
  let column: Int
}

struct SettingsTable {
  private let name: String
  private let values: [String: TOMLValue]
  private let line: Int
  private let column: Int
  private let problems: SettingsProblems

  init(
    _ values: [String: TOMLValue], name: String, line: Int, column: Int, keys: [String],
    problems: SettingsProblems
  ) {
    self.name = name
    self.values = values
    self.line = line
    self.column = column
    self.problems = problems
    for (key, value) in values where !keys.contains(key) {
      let meant = Spelling.nearest(to: key, among: keys).map { "; did you mean '\($0)'?" } ?? ""
      let shown = Printable.text(full(key), limitCharacters: 80)
      problems.add(value.line, value.column, "unknown key '\(shown)'\(meant)")
    }
  }

  private func full(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }

  func refuse<Value>(_ key: String, _ setting: Setting<Value>, _ problem: String) {
    problems.add(setting.line, setting.column, "'\(full(key))' \(problem)")
  }

  private func read<Value>(
    _ key: String, _ shape: String, required: Bool, _ take: (TOMLValue.Kind) -> Value?
  ) -> Setting<Value>? {
    guard let value = values[key] else {
      if required { problems.add(line, column, "'\(full(key))' is missing: \(shape)") }
      return nil
    }
    guard let taken = take(value.kind) else {
      problems.add(value.line, value.column, "'\(full(key))' must be \(shape)")
      return nil
    }
    return Setting(value: taken, line: value.line, column: value.column)
  }

  func text(_ key: String, required: Bool = true) -> Setting<String>? {
    read(key, "a text in quotes", required: required) { kind -> String? in
      if case .string(let text) = kind, !text.isEmpty { text } else { nil }
    }
  }

  func texts(_ key: String) -> Setting<[String]>? {
    read(key, "a list of texts, at least one", required: true) { kind -> [String]? in
      guard case .array(let elements) = kind, !elements.isEmpty else { return nil }
      let texts = elements.compactMap { element -> String? in
        if case .string(let text) = element.kind { text } else { nil }
      }
      return texts.count == elements.count ? texts : nil
    }
  }

  func flag(_ key: String, default standard: Bool) -> Bool {
    read(key, "true or false", required: false) { kind -> Bool? in
      if case .boolean(let flag) = kind { flag } else { nil }
    }?.value ?? standard
  }

  /// Nil where it is not there, or wrong.
  func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    let shape = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return read(key, shape, required: false) { kind -> Int? in
      if case .integer(let number) = kind { Int(number) } else { nil }
    }.flatMap { number in
      if range.contains(number.value) { return number.value }
      refuse(key, number, "is not \(shape)")
      return nil
    }
  }

  func table(_ key: String, keys: [String], required: Bool = true) -> SettingsTable? {
    let table = read(key, "a table, [\(full(key))]", required: required) {
      kind -> [String: TOMLValue]? in
      if case .table(let table) = kind { table } else { nil }
    }
    return table.map {
      SettingsTable(
        $0.value, name: full(key), line: $0.line, column: $0.column, keys: keys,
        problems: problems)
    }
  }

  /// Reads a text and turns it into a value, or notes that it is not `shape`.
  func value<Value>(_ key: String, _ shape: String, _ make: (String) -> Value?)
    -> Setting<Value>?
  {
    guard let text = text(key) else { return nil }
    guard let value = make(text.value) else {
      refuse(key, text, "is not \(shape)")
      return nil
    }
    return Setting(value: value, line: text.line, column: text.column)
  }
}
