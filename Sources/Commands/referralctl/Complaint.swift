/// What is wrong and what to do about it.
// SPDX-License-Identifier: Apache-2.0
import JSON

/// Never holds a text of a referral.
struct Complaint: Equatable {
  let exit: ExitCode
  /// Kebab-case, for programs.
  let code: String
  let message: String
  /// What the operator can do.
  let hint: String

  static func usage(_ message: String, _ hint: String) -> Complaint {
    Complaint(exit: .usage, code: "usage", message: message, hint: hint)
  }

  /// The line for programs.
  var line: JSONObject {
    [
      "v": 1, "kind": "error", "code": .string(code), "message": .string(message),
      "hint": .string(hint), "exit": .number(JSONNumber(Int64(exit.rawValue))),
    ]
  }
}
