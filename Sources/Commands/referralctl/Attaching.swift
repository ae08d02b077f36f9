/// The files of --attach, handed in piece by piece before their submission.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Intake
import JSON
import OpenSSL
import Platform

struct AttachedFile {
  /// Of the attachment, as the submission says it.
  let id: String
  let path: String
}

/// Already told; the submission is not handed in.
struct HandingFailure: Error {
  let exit: ExitCode
  let code: String
}

extension Session {
  /// Nil after saying so: a value that is not ID=PATH, or an id given twice.
  func attachments() -> [AttachedFile]? {
    var files: [AttachedFile] = []
    for text in arguments.values("--attach") {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, AttachmentID.isOne(String(parts[0])), !parts[1].isEmpty else {
        _ = usage(
          "--attach is not ID=PATH",
          "give the attachment's id in the submission and its file, as in a1=statement.pdf")
        return nil
      }
      guard !files.contains(where: { $0.id == parts[0] }) else {
        _ = usage("--attach names an id twice", "give one file for each attachment")
        return nil
      }
      files.append(AttachedFile(id: String(parts[0]), path: String(parts[1])))
    }
    return files
  }

  /// The bundle that the daemon keeps them in; nil without files.
  func handIn(_ files: [AttachedFile]) async -> Result<String?, HandingFailure> {
    guard !files.isEmpty else { return .success(nil) }
    let bundle = UniversalID.v4(random: SecureRandom.octets(16)).description
    for file in files {
      if let failure = await handIn(file, in: bundle) { return .failure(failure) }
    }
    return .success(bundle)
  }

  private func handIn(_ file: AttachedFile, in bundle: String) async -> HandingFailure? {
    do throws(FileError) {
      var pieces = try FilePieces(file.path, links: .refuse)
      guard pieces.octets > 0 else {
        return refuse(file, "empty-file", "is empty", "give the file itself")
      }
      var number = 0
      while let piece = try pieces.next() {
        let answer = await daemon.post(
          "/v1/bundles/\(bundle)/\(file.id)/\(number)", [], piece,
          whenLost: "submit again; nothing was accepted")
        switch answer {
        case .lines: number += 1
        case .silence(let complaint):
          output.complain(complaint, about: .file(file.path))
          return HandingFailure(exit: complaint.exit, code: complaint.code)
        case .problem(let lines, let exit):
          output.problem(lines, about: .file(file.path))
          return HandingFailure(exit: exit, code: lines.last?["code"]?.text ?? "refused")
        }
      }
      return nil
    } catch {
      return refuse(file, error.name, error.reason, SubmissionFile.remedy(error.code))
    }
  }

  private func refuse(_ file: AttachedFile, _ code: String, _ message: String, _ hint: String)
    -> HandingFailure
  {
    output.complain(
      Complaint(exit: .badData, code: code, message: message, hint: hint),
      about: .file(file.path))
    return HandingFailure(exit: .badData, code: code)
  }
}
