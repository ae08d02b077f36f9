/// Help texts from the table.
// SPDX-License-Identifier: Apache-2.0

extension Tool {
  /// Help for the tool (no words), for a group of commands or for one command.
  package func help(for path: [String]) -> String {
    if let command = commands.first(where: { $0.path == path }) { return help(of: command) }
    var parts: [String] = []
    if path.isEmpty { parts.append("\(name) - \(summary)\n") }
    let spoken = ([name] + path).joined(separator: " ")
    parts.append("Usage: \(spoken) COMMAND [OPTION...] [OPERAND...]\n")
    parts.append(
      "Commands:\n" + aligned(commands(under: path).map { ($0.name, [$0.summary]) }))
    parts.append("Options of every command:\n" + aligned(rows(options) + standardRows))
    if path.isEmpty {
      parts.append(contentsOf: section(examples))
      parts.append(contentsOf: section(exitStatuses))
    }
    parts.append("'\(name) help COMMAND' says more about a command.\n")
    return parts.joined(separator: "\n")
  }

  private func help(of command: Command) -> String {
    let spoken = ([name] + command.path).joined(separator: " ")
    let summary = command.path.isEmpty ? self.summary : command.summary
    let required = command.options.filter(\.required).map { spelled($0) }
    let usage = [spoken] + required + ["[OPTION...]"] + command.operands.map(\.usage)
    var parts = ["\(spoken) - \(summary)\n", "Usage: \(usage.joined(separator: " "))\n"]
    if !command.discussion.isEmpty { parts.append(command.discussion + "\n") }
    if !command.options.isEmpty { parts.append("Options:\n" + aligned(rows(command.options))) }
    parts.append("Options of every command:\n" + aligned(rows(options) + standardRows))
    parts.append(contentsOf: section(command.examples + (only == nil ? [] : examples)))
    parts.append(contentsOf: section(exitStatuses))
    return parts.joined(separator: "\n")
  }

  private func section(_ examples: [Example]) -> [String] {
    if examples.isEmpty { return [] }
    return ["Examples:\n" + examples.map { "  $ \($0.line)\n      \($0.summary)\n" }.joined()]
  }

  private func section(_ statuses: [ExitStatus]) -> [String] {
    if statuses.isEmpty { return [] }
    return ["Exit status:\n" + aligned(statuses.map { (String($0.code), [$0.meaning]) })]
  }

  private func rows(_ options: [CommandOption]) -> [(String, [String])] {
    options.map { option in
      var lines = [option.summary + (option.repeats ? " (may be repeated)" : "")]
      if !option.choices.isEmpty {
        lines.append("one of: " + option.choices.joined(separator: ", "))
      }
      return ((option.short.map { $0 + ", " } ?? "") + spelled(option), lines)
    }
  }

  private var standardRows: [(String, [String])] {
    let page = manual == nil ? [] : [("--man", ["print the manual page, for: man -l -"])]
    return [("-h, --help", ["show this help"]), ("--version", ["show the version"])] + page
  }

  private func spelled(_ option: CommandOption) -> String {
    option.name + (option.placeholder.map { " " + $0 } ?? "")
  }
}

/// Two columns; names too long for theirs push the text to the next line.
private func aligned(_ rows: [(name: String, lines: [String])]) -> String {
  let longest = 26
  let fitting = rows.map { TextTable.width(of: $0.name) }.filter { $0 <= longest }
  let column = (fitting.max() ?? 0) + 4
  let indent = String(repeating: " ", count: column)
  return rows.map { row in
    let width = TextTable.width(of: row.name)
    let gap = String(repeating: " ", count: max(0, column - 2 - width))
    let head = width > longest ? "  \(row.name)\n\(indent)" : "  \(row.name)\(gap)"
    return head + row.lines.joined(separator: "\n" + indent) + "\n"
  }.joined()
}
