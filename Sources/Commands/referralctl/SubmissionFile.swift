/// A submission read from a file or standard input, or what is wrong with the file.
// SPDX-License-Identifier: Apache-2.0
import Platform

enum SubmissionFile {
  struct Refusal: Error {
    let complaint: Complaint
  }

  /// "-" is standard input. Links are not followed: what is handed in is what was named.
  static func read(_ name: String, tellsTerminal: Bool) -> Result<[UInt8], Refusal> {
    do {
      if name == "-", tellsTerminal, Files.isTerminal(0) {
        Standard.error("reading standard input; Ctrl-D ends it\n")
      }
      let octets =
        name == "-"
        ? try Files.standardInput(limit: Limits.fileOctets)
        : try Files.read(name, limit: Limits.fileOctets, links: .refuse)
      guard octets.isEmpty else { return .success(octets) }
      return refusal("empty-file", "is empty", "give one submission as a JSON object")
    } catch {
      return refusal(error.name, error.reason, remedy(error.code))
    }
  }

  private static func refusal(_ code: String, _ message: String, _ hint: String)
    -> Result<[UInt8], Refusal>
  {
    .failure(
      Refusal(complaint: Complaint(exit: .badData, code: code, message: message, hint: hint)))
  }

  static func remedy(_ code: FileError.Code) -> String {
    switch code {
    case .notFound: "check the name and the folder you are in"
    case .isDirectory: "give the files in it, as in: referralctl submit FOLDER/*.json"
    case .isSymbolicLink: "give the file that it leads to; links are not followed"
    case .isSpecial: "give a regular file, or - to read standard input"
    case .tooLarge: "a submission has at most 1 MiB"
    case .unreadable, .unwritable: "give a file that you may read; see: ls -l"
    }
  }
}
