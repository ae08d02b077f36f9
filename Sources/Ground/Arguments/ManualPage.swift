/// The manual page from the table, in mdoc(7).
// SPDX-License-Identifier: Apache-2.0

extension Tool {
  func page(_ manual: Manual) -> String {
    let title = name.uppercased()
    var lines = [
      ".\\\" Made by '\(name) --man' from the table of commands; do not edit.",
      ".Dd \(manual.date)", ".Dt \(title) \(manual.number)", ".Os", ".Sh NAME",
      ".Nm \(name)", ".Nd \(words(lowercasedStart(summary.withoutFullStop)))", ".Sh SYNOPSIS",
    ]
    lines += synopsis
    lines.append(".Sh DESCRIPTION")
    if let only {
      lines += text(only.summary) + paragraphs(only.discussion) + list(only.options)
    } else {
      lines += text("The commands are:")
      for command in commands { lines += subsection(command) }
      lines += [".Ss Options of every command"] + list(options)
    }
    for section in manual.sections {
      lines.append(".Sh \(section.title)")
      lines += joined(section.paragraphs.map(text))
    }
    if !exitStatuses.isEmpty {
      lines += [".Sh EXIT STATUS", ".Bl -tag -width Ds"]
      for status in exitStatuses { lines += [".It \(status.code)"] + text(status.meaning) }
      lines.append(".El")
    }
    lines.append(".Sh EXAMPLES")
    lines += (only?.examples ?? []).flatMap(example) + examples.flatMap(example)
    lines.append(".Sh SEE ALSO")
    for (index, page) in manual.related.enumerated() {
      let parts = page.split(separator: "(")
      let comma = index < manual.related.count - 1 ? " ," : ""
      lines.append(".Xr \(parts[0]) \(parts[1].dropLast())\(comma)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var synopsis: [String] {
    let shown = only.map { [$0] } ?? commands
    return shown.flatMap { command -> [String] in
      var lines = [".Nm"]
      if !command.path.isEmpty { lines.append(".Cm \(command.name)") }
      for option in command.options { lines.append(usage(of: option)) }
      for operand in command.operands {
        let repeats = operand.repeats ? " ..." : ""
        lines.append(
          operand.optional
            ? ".Op Ar \(words(operand.name))\(repeats)" : ".Ar \(words(operand.name))\(repeats)")
      }
      return lines
    }
  }

  private func usage(of option: CommandOption) -> String {
    let value = option.placeholder.map { " Ar \(words($0))" } ?? ""
    return (option.required ? ".Fl " : ".Op Fl ") + flag(option) + value
  }

  private func subsection(_ command: Command) -> [String] {
    var lines = [".Ss \(name) \(command.name)"] + text(command.summary)
    lines += paragraphs(command.discussion)
    lines += list(command.options)
    if !command.examples.isEmpty {
      lines += [".Pp", "For example:"] + command.examples.flatMap(example)
    }
    return lines
  }

  private func list(_ options: [CommandOption]) -> [String] {
    guard !options.isEmpty else { return [] }
    var lines = [".Bl -tag -width Ds"]
    for option in options {
      lines.append(".It Fl \(flag(option))" + (option.placeholder.map { " Ar \(words($0))" } ?? ""))
      lines += text(option.summary.asSentence)
      if option.repeats { lines += text("It may be repeated.") }
      if !option.choices.isEmpty {
        lines += text("One of: \(option.choices.joined(separator: ", ")).")
      }
    }
    return lines + [".El"]
  }

  private func example(_ example: Example) -> [String] {
    [".Bd -literal -offset indent", guarded("$ " + words(example.line)), ".Ed"]
      + text(example.summary.asSentence)
  }

  /// mdoc's Fl writes the first dash.
  private func flag(_ option: CommandOption) -> String { words(String(option.name.dropFirst())) }

  private func paragraphs(_ discussion: String) -> [String] {
    if discussion.isEmpty { return [] }
    let parts = discussion.split(separator: "\n", omittingEmptySubsequences: false)
      .split(separator: "").map { $0.joined(separator: " ") }
    return [".Pp"] + joined(parts.map(text))
  }

  private func joined(_ paragraphs: [[String]]) -> [String] {
    paragraphs.enumerated().flatMap { index, lines in index == 0 ? lines : [".Pp"] + lines }
  }

  /// Each sentence begins a line, as mdoc wants it, and no line is long.
  private func text(_ text: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: \.isWhitespace).map({ words(String($0)) }) {
      if !line.isEmpty, line.utf8.count + 1 + word.utf8.count > Limits.pageColumns {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
      if let last = word.last, ".?!".contains(last) {
        lines.append(line)
        line = ""
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines.map(guarded)
  }

  /// A line that begins with a control character is text all the same.
  private func guarded(_ line: String) -> String {
    line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
  }

  /// Backslashes and dashes as themselves, so that what is copied from the page works.
  private func words(_ text: String) -> String {
    var out = ""
    for character in text {
      switch character {
      case "\\": out += "\\e"
      case "-": out += "\\-"
      case "'": out += "\\(aq"
      case "`": out += "\\(ga"
      case "~": out += "\\(ti"
      case "^": out += "\\(ha"
      default: out.append(character)
      }
    }
    return out
  }

  private func lowercasedStart(_ text: String) -> String {
    text.prefix(1).lowercased() + text.dropFirst()
  }
}

extension String {
  fileprivate var withoutFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
  fileprivate var asSentence: String {
    let isEnded = last.map { ".?!)".contains($0) } ?? false
    return prefix(1).uppercased() + dropFirst() + (isEnded ? "" : ".")
  }
}
