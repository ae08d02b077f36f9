/// What a command-line tool offers, as one table: parsing, help and completion read the same rows.
// SPDX-License-Identifier: Apache-2.0

/// A command line that shows how something is done.
package struct Example: Sendable {
  package let line: String
  package let summary: String

  package init(_ line: String, _ summary: String) {
    self.line = line
    self.summary = summary
  }
}

/// A named choice: with a placeholder it takes a value, without one it is a flag.
package struct CommandOption: Sendable {
  /// With its dashes: "--state".
  package let name: String
  /// One dash and one character, or nil.
  package let short: String?
  /// What stands for the value in help: "STATE".
  package let placeholder: String?
  /// The only values allowed; empty: any.
  package let choices: [String]
  package let repeats: Bool
  package let required: Bool
  package let summary: String

  package init(
    _ name: String, short: String? = nil, placeholder: String? = nil, choices: [String] = [],
    repeats: Bool = false, required: Bool = false, summary: String
  ) {
    precondition(name.hasPrefix("--") && name.utf8.count > 2, "an option begins with two dashes")
    precondition(choices.isEmpty || placeholder != nil, "a flag has no choices")
    self.name = name
    self.short = short
    self.placeholder = placeholder
    self.choices = choices
    self.repeats = repeats
    self.required = required
    self.summary = summary
  }
}

/// What a command works on. Only the last of a command may repeat or be left out.
package struct Operand: Sendable {
  /// As help shows it: "FILE".
  package let name: String
  package let repeats: Bool
  package let optional: Bool

  package init(_ name: String, repeats: Bool = false, optional: Bool = false) {
    self.name = name
    self.repeats = repeats
    self.optional = optional
  }

  var usage: String {
    let many = repeats ? name + "..." : name
    return optional ? "[\(many)]" : many
  }
}

/// One verb. An empty path makes it the tool's only command.
package struct Command: Sendable {
  /// The words that call it: ["partner", "show"].
  package let path: [String]
  package let summary: String
  /// Paragraphs, already broken into lines.
  package let discussion: String
  package let operands: [Operand]
  package let options: [CommandOption]
  package let examples: [Example]

  package init(
    _ path: [String], summary: String, discussion: String = "", operands: [Operand] = [],
    options: [CommandOption] = [], examples: [Example] = []
  ) {
    precondition(
      operands.dropLast().allSatisfy { !$0.repeats && !$0.optional },
      "only the last operand may repeat or be left out")
    self.path = path
    self.summary = summary
    self.discussion = discussion
    self.operands = operands
    self.options = options
    self.examples = examples
  }

  package var name: String { path.joined(separator: " ") }
}

/// A status the tool ends with, and what it means.
package struct ExitStatus: Sendable, Equatable {
  package let code: Int32
  package let meaning: String

  package init(_ code: Int32, _ meaning: String) {
    self.code = code
    self.meaning = meaning
  }
}

/// What only the manual page says.
package struct Manual: Sendable {
  package struct Section: Sendable {
    /// In capitals, as it stands in the page.
    package let title: String
    package let paragraphs: [String]

    package init(_ title: String, _ paragraphs: [String]) {
      self.title = title
      self.paragraphs = paragraphs
    }
  }
  /// 1 for users, 8 for administrators.
  package let number: Int
  /// As mdoc has it: "November 26, 2026".
  package let date: String
  /// After the description.
  package let sections: [Section]
  /// "journalctl(1)".
  package let related: [String]

  package init(number: Int, date: String, sections: [Section], related: [String]) {
    self.number = number
    self.date = date
    self.sections = sections
    self.related = related
  }
}

package struct Tool: Sendable {
  package let name: String
  package let summary: String
  package let commands: [Command]
  /// Understood by every command, and before its name.
  package let options: [CommandOption]
  package let examples: [Example]
  package let exitStatuses: [ExitStatus]
  /// Nil for a tool without a page; with one, --man prints it.
  package let manual: Manual?

  /// The status after a command line that cannot be understood (sysexits.h, EX_USAGE).
  package static let usageStatus: Int32 = 64

  package init(
    name: String, summary: String, commands: [Command], options: [CommandOption] = [],
    examples: [Example] = [], exitStatuses: [ExitStatus] = [], manual: Manual? = nil
  ) {
    self.manual = manual
    self.name = name
    self.summary = summary
    self.commands = commands
    self.options = options
    self.examples = examples
    self.exitStatuses = exitStatuses
  }

  /// The command without a name, of a tool that does one thing.
  var only: Command? { commands.count == 1 && commands[0].path.isEmpty ? commands[0] : nil }

  func all(_ command: Command) -> [CommandOption] { command.options + options }

  /// Commands whose path begins with these words.
  func commands(under words: [String]) -> [Command] {
    commands.filter { $0.path.starts(with: words) }
  }
}
