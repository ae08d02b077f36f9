/// Completion scripts for shells, from the table.
// SPDX-License-Identifier: Apache-2.0

package enum Shell: Sendable { case bash, zsh }

extension Tool {
  /// A script that completes commands, options, their choices and file names. The first words are
  /// matched against the table; what comes after an unknown word is left alone.
  package func completion(for shell: Shell) -> String {
    switch shell {
    case .bash: bash
    case .zsh: zsh
    }
  }

  private var function: String { "_" + String(name.map { $0 == "-" ? "_" : $0 }) }

  private var bash: String {
    """
    # bash completion for \(name); made by '\(name) completion bash'
    \(function)() {
      local cur=${COMP_WORDS[COMP_CWORD]} prev= verb= next word words= files= i
      ((COMP_CWORD > 0)) && prev=${COMP_WORDS[COMP_CWORD - 1]}
      for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        next=${verb:+$verb }$word
        case $next in
          \(prefixes)) verb=$next ;;
        esac
      done
    \(choices(at: "$verb $prev"))
    \(words("words"))
      if [[ $cur != -* && -n $files ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$cur"))
      else
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
      fi
    }
    complete -F \(function) \(name)

    """
  }

  private var zsh: String {
    """
    #compdef \(name)
    # zsh completion for \(name); made by '\(name) completion zsh'
    \(function)() {
      local cur=$words[CURRENT] prev=$words[CURRENT-1] verb= next word offered= files=
      local -a given=("${(@)words[2,CURRENT-1]}")
      for word in $given; do
        next=${verb:+$verb }$word
        case $next in
          (\(prefixes)) verb=$next ;;
        esac
      done
    \(choices(at: "$verb $prev", zsh: true))
    \(words("offered"))
      if [[ $cur != -* && -n $files ]]; then
        _files
      else
        compadd -- ${=offered}
      fi
    }
    if [[ $funcstack[1] == \(function) ]]; then
      \(function) "$@"
    else
      compdef \(function) \(name)
    fi

    """
  }

  /// Every beginning of a command, as patterns of a case.
  private var prefixes: String {
    var all: [String] = []
    for command in commands {
      for count in 1...max(1, command.path.count) {
        let prefix = command.path.prefix(count).joined(separator: " ")
        if !prefix.isEmpty, !all.contains(prefix) { all.append(prefix) }
      }
    }
    return all.map { "'\($0)'" }.joined(separator: "|")
  }

  /// After an option that takes a value: its choices, files, or nothing.
  private func choices(at word: String, zsh: Bool = false) -> String {
    var cases: [String] = []
    for command in commands {
      for option in command.options where option.placeholder != nil {
        cases.append("    '\(command.name) \(option.name)') \(value(of: option, zsh)) ;;")
      }
    }
    for option in options where option.placeholder != nil {
      cases.append("    *' \(option.name)') \(value(of: option, zsh)) ;;")
    }
    return "  case \"\(word)\" in\n" + cases.joined(separator: "\n") + "\n  esac"
  }

  private func value(of option: CommandOption, _ zsh: Bool) -> String {
    let choices = option.choices.joined(separator: " ")
    if zsh {
      if !choices.isEmpty { return "compadd -- \(choices); return" }
      return isFile(option.placeholder) ? "_files; return" : "return"
    }
    if !choices.isEmpty { return "COMPREPLY=($(compgen -W \"\(choices)\" -- \"$cur\")); return" }
    return isFile(option.placeholder)
      ? "COMPREPLY=($(compgen -f -- \"$cur\")); return" : "COMPREPLY=(); return"
  }

  /// What may come next at each place of the table.
  private func words(_ variable: String) -> String {
    var cases: [String] = []
    var seen: [[String]] = []
    for command in commands {
      for count in 0...command.path.count {
        let path = Array(command.path.prefix(count))
        guard !seen.contains(path) else { continue }
        seen.append(path)
        let exact = commands.first { $0.path == path }
        let next = commands(under: path).filter { $0.path.count > count }.map { $0.path[count] }
        let named = (exact.map(all) ?? options).map(\.name) + ["--help"]
        let offered = unique(next) + (path.isEmpty ? ["help", "--version"] : []) + named
        let files = exact?.operands.contains { isFile($0.name) } == true ? "; files=yes" : ""
        cases.append(
          "    '\(path.joined(separator: " "))') "
            + "\(variable)='\(offered.joined(separator: " "))'\(files) ;;")
      }
    }
    return "  case $verb in\n" + cases.joined(separator: "\n") + "\n  esac"
  }

  private func unique(_ names: [String]) -> [String] {
    var found: [String] = []
    for name in names where !found.contains(name) { found.append(name) }
    return found
  }

  private func isFile(_ placeholder: String?) -> Bool {
    ["FILE", "FOLDER", "PATH", "DOCUMENT"].contains(placeholder ?? "")
  }
}
