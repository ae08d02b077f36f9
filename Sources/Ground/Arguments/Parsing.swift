/// Words of a command line to a command and its values; pure.
// SPDX-License-Identifier: Apache-2.0
import Platform

/// Values by the names that the table gives them. Asking for a name that the command does not
/// declare is a mistake of the program and stops it.
package struct ParsedArguments: Sendable, Equatable {
  /// In the order given; "-" is one of them.
  package let operands: [String]
  private let given: [String: [String]]
  private let declared: Set<String>

  init(operands: [String], given: [String: [String]], declared: Set<String>) {
    self.operands = operands
    self.given = given
    self.declared = declared
  }

  /// True when the option or flag was given at all.
  package func has(_ name: String) -> Bool { !values(name).isEmpty }
  package func value(_ name: String) -> String? { values(name).last }
  /// Every value of a repeated option, in order; one empty text per flag.
  package func values(_ name: String) -> [String] {
    precondition(declared.contains(name), "no option \(name) in the table")
    return given[name] ?? []
  }
}

package enum ParseResult: Sendable {
  case run(Command, ParsedArguments)
  /// To standard output, status 0.
  case help(String)
  case version
  /// To standard error with `Tool.usageStatus`; the suggestion is what was probably meant.
  case usage(message: String, suggestion: String?)
}

extension Tool {
  /// Reads the words after the program's name.
  package func parse(_ arguments: [String]) -> ParseResult {
    guard arguments.count <= Limits.words else {
      return .usage(message: "more than \(Limits.words) arguments", suggestion: nil)
    }
    var reading = Reading(tool: self, words: arguments[...])
    do throws(Stop) {
      let command = try reading.command()
      return .run(command, try reading.values(of: command))
    } catch {
      return error.result
    }
  }

  /// What to print for `.usage`, with a line that says where help is.
  package func complaint(message: String, suggestion: String?) -> String {
    let meant = suggestion.map { "; did you mean '\($0)'?" } ?? ""
    return "\(name): \(message)\(meant)\nTry '\(name) --help'.\n"
  }
}

/// The reading ends early, with this answer.
private struct Stop: Error {
  let result: ParseResult

  init(_ result: ParseResult) { self.result = result }
  init(_ message: String, suggestion: String? = nil) {
    result = .usage(message: message, suggestion: suggestion)
  }
}

private struct Reading {
  let tool: Tool
  var words: ArraySlice<String>
  var given: [String: [String]] = [:]

  init(tool: Tool, words: ArraySlice<String>) {
    self.tool = tool
    self.words = words
  }

  mutating func command() throws(Stop) -> Command {
    if let only = tool.only { return only }
    var path: [String] = []
    while let word = words.first {
      if word.hasPrefix("-") {
        try option(word, of: tool.options, at: path)
        continue
      }
      if path.isEmpty, word == "help" { throw try help() }
      guard !tool.commands(under: path + [word]).isEmpty else { break }
      path.append(word)
      words.removeFirst()
      if let found = tool.commands.first(where: { $0.path == path }),
        !(words.first.map { !tool.commands(under: path + [$0]).isEmpty } ?? false)
      {
        return found
      }
    }
    throw unknownCommand(after: path)
  }

  private mutating func help() throws(Stop) -> Stop {
    words.removeFirst()
    let path = Array(words)
    guard !tool.commands(under: path).isEmpty else {
      let known = path.prefix { !tool.commands(under: [$0]).isEmpty }
      words = words.dropFirst(known.count)
      return unknownCommand(after: Array(known))
    }
    return Stop(.help(tool.help(for: path)))
  }

  private func unknownCommand(after path: [String]) -> Stop {
    let next = tool.commands(under: path).compactMap { command -> String? in
      path.count < command.path.count ? command.path[path.count] : nil
    }
    let spoken = path.map { $0 + " " }.joined()
    guard let word = words.first else {
      if path.isEmpty { return Stop("no command given") }
      var choices: [String] = []
      for name in next where !choices.contains(name) { choices.append(name) }
      let group = path.joined(separator: " ")
      return Stop("'\(group)' needs one of: \(choices.joined(separator: ", "))")
    }
    let near = Spelling.nearest(to: word, among: next).map { spoken + $0 }
    return Stop("unknown command '\(quoted(spoken + word))'", suggestion: near)
  }

  mutating func values(of command: Command) throws(Stop) -> ParsedArguments {
    let options = tool.all(command)
    var operands: [String] = []
    while let word = words.first {
      if word == "--" {
        operands += words.dropFirst()
        break
      }
      if word.hasPrefix("-"), word != "-" {
        try option(word, of: options, at: command.path)
      } else {
        operands.append(word)
        words.removeFirst()
      }
    }
    for option in options where option.required && given[option.name] == nil {
      throw Stop("'\(option.name)' is required")
    }
    try check(operands, of: command)
    return ParsedArguments(
      operands: operands, given: given, declared: Set(options.map(\.name)))
  }

  private func check(_ operands: [String], of command: Command) throws(Stop) {
    let needed = command.operands.filter { !$0.optional }
    if operands.count < needed.count {
      throw Stop("\(needed[operands.count].name) is missing")
    }
    let endless = command.operands.last?.repeats ?? false
    if !endless, operands.count > command.operands.count {
      throw Stop("unexpected argument '\(quoted(operands[command.operands.count]))'")
    }
  }

  /// Takes one option, and its value, off the words.
  private mutating func option(
    _ word: String, of options: [CommandOption], at path: [String]
  ) throws(Stop) {
    words.removeFirst()
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let attached = parts.count == 2 ? String(parts[1]) : nil
    if attached == nil, name == "--help" || name == "-h" {
      throw Stop(.help(tool.help(for: path)))
    }
    if attached == nil, name == "--version" { throw Stop(.version) }
    if attached == nil, name == "--man", let manual = tool.manual {
      throw Stop(.help(tool.page(manual)))
    }
    guard let option = options.first(where: { $0.name == name || $0.short == name }) else {
      let names = options.map(\.name) + ["--help", "--version"]
      let near = name.hasPrefix("--") ? Spelling.nearest(to: name, among: names) : nil
      throw Stop("unknown option '\(quoted(name))'", suggestion: near)
    }
    if given[option.name] != nil, !option.repeats {
      throw Stop("'\(option.name)' is given twice")
    }
    given[option.name, default: []].append(try value(of: option, attached))
  }

  private mutating func value(
    of option: CommandOption, _ attached: String?
  ) throws(Stop) -> String {
    guard let placeholder = option.placeholder else {
      if attached != nil { throw Stop("'\(option.name)' takes no value") }
      return ""
    }
    guard let value = attached ?? words.popFirst() else {
      throw Stop("'\(option.name)' needs a value, \(placeholder)")
    }
    if !option.choices.isEmpty, !option.choices.contains(value) {
      let list = option.choices.joined(separator: ", ")
      throw Stop(
        "'\(option.name)' cannot be '\(quoted(value))' but one of: \(list)",
        suggestion: Spelling.nearest(to: value, among: option.choices))
    }
    return value
  }
}

/// A word of the caller's, safe to show and not endless.
private func quoted(_ word: String) -> String {
  Printable.text(word, limitCharacters: Limits.quotedCharacters)
}
