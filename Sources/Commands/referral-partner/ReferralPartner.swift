/// The reference partner's entry: arguments in, exit status out.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Platform

@main
struct ReferralPartner {
  static func main() { Standard.exit(run(Array(CommandLine.arguments.dropFirst()))) }

  private static func run(_ arguments: [String]) -> Int32 {
    switch tool.parse(arguments) {
    case .help(let text):
      Standard.output(text)
      return ExitCode.success
    case .version:
      Standard.output("\(tool.name) 0.1.0\n")
      return ExitCode.success
    case .usage(let message, let suggestion):
      Standard.error(tool.complaint(message: message, suggestion: suggestion))
      return Tool.usageStatus
    case .run(let command, let arguments):
      switch command.name {
      case "serve":
        return serve(
          configuration: arguments.value("--config") ?? "",
          exercise: arguments.value("--exercise"))
      case "effects": return showEffects(arguments)
      case "list": return listDocuments(arguments)
      case "acknowledge": return acknowledge(arguments)
      case "acknowledgements": return listStatements(arguments)
      case "attachments": return listAttachments(arguments)
      case "find": return findText(arguments.operands.first ?? "", arguments)
      default: return exportDocument(arguments)  // the table has no other command
      }
    }
  }
}

/// sysexits.h, and 1 for "no".
enum ExitCode {
  static let success: Int32 = 0
  static let notFound: Int32 = 1
  static let dataError: Int32 = 65
  static let noInput: Int32 = 66
  static let unavailable: Int32 = 69
  static let broken: Int32 = 70
  static let cannotCreate: Int32 = 73
  static let temporary: Int32 = 75
  static let configuration: Int32 = 78
}
