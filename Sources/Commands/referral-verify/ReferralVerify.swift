/// The verifier's entry: arguments in, exit status out. No network, no store.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Platform

@main
struct ReferralVerify {
  static func main() { Standard.exit(run(Array(CommandLine.arguments.dropFirst())).rawValue) }

  private static func run(_ words: [String]) -> ExitCode {
    Signals.ignorePipe()
    switch tool.parse(words) {
    case .help(let text):
      Standard.output(text)
      return .valid
    case .version:
      Standard.output("\(tool.name) \(version)\n")
      return .valid
    case .usage(let message, let suggestion):
      let meant = suggestion.map { "did you mean '\($0)'? " } ?? ""
      Output(asJSON: words.contains("--json") || !Files.isTerminal(1)).complain(
        Complaint(
          exit: .usage, code: "usage", message: message,
          hint: meant + "try '\(tool.name) --help'"))
      return .usage
    case .run(let command, let arguments):
      let output = Output(asJSON: arguments.has("--json") || !Files.isTerminal(1))
      return Check(arguments, verb: command.name, output: output).run()
    }
  }
}

/// The statuses of a verifier; more would make callers guess which of them are safe.
enum ExitCode: Int32, CaseIterable {
  case valid = 0
  case invalid = 1
  case undecided = 2
  case usage = 64

  private var meaning: String {
    switch self {
    case .valid: "valid: every step that can be taken offline holds"
    case .invalid: "invalid: a step failed"
    case .undecided: "cannot decide: no step failed, but something needed is missing or unreadable"
    case .usage: "the command line is not understood"
    }
  }

  static var table: [ExitStatus] { allCases.map { ExitStatus($0.rawValue, $0.meaning) } }
}

/// What is wrong with the command line or a file, and what to do about it.
struct Complaint: Error {
  let exit: ExitCode
  /// Kebab-case, for programs.
  let code: String
  let message: String
  let hint: String
  var file: String?
}
