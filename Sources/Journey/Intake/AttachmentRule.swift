/// R24: an attachment is the file that it says, of a form that is carried, and never biometric.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals

/// What was found out about a file while it was taken in; nothing of its contents.
package struct FileFacts: Sendable, Equatable {
  package let size: Int
  /// In hexadecimal.
  package let sha256: String
  /// Nil where it has none of those that are carried.
  package let form: FileForm?

  package init(size: Int, sha256: String, form: FileForm?) {
    self.size = size
    self.sha256 = sha256
    self.form = form
  }
}

enum AttachmentRule {
  /// All files of one referral together.
  static let totalOctets = 67_108_864

  /// The schema keeps to sizes and forms too; this names the rule, and compares.
  ///
  /// - Parameter files: by attachment id what was handed in; nil where nobody looks yet (preview).
  static func reasons(
    _ referral: JSONValue?, in member: String, files: [String: FileFacts]?
  ) -> [Reason] {
    let attachments = referral?["attachments"]?.elements ?? []
    var reasons: [Reason] = []
    func refuse(_ place: [String], _ detail: String) {
      let pointer = JSONPointer(tokens: [member, "attachments"] + place)
      reasons.append(Reason(.attachment, at: pointer, detail: detail))
    }
    var total = 0
    var ids: Set<String> = []
    for (index, attachment) in attachments.enumerated() {
      guard let id = attachment["id"]?.text, let size = attachment["size"]?.integer else {
        continue  // the schema says so
      }
      let place = String(index)
      // Saturates: the schema refuses larger ones, and their sum must not trap first.
      total = min(totalOctets + 1, total + Int(clamping: min(size, Int64(totalOctets + 1))))
      if !ids.insert(id).inserted { refuse([place, "id"], "two attachments have this id") }
      let form = attachment["mediaType"]?.text.flatMap(FileForm.init)
      if form == nil { refuse([place, "mediaType"], "files of this form are not carried") }
      guard let files else { continue }
      guard let file = files[id] else {
        refuse([place], "its file was not handed in")
        continue
      }
      if file.size != Int(size) { refuse([place, "size"], "the file has another size") }
      if file.sha256 != attachment["sha256"]?.text {
        refuse([place, "sha256"], "the file has another SHA-256")
      }
      if let form, file.form != form {
        refuse([place, "mediaType"], "the file does not have this form")
      }
    }
    if total > totalOctets { refuse([], "the files are larger than 64 MiB together") }
    if let files, !ids.isSuperset(of: files.keys) {
      refuse([], "a file was handed in that no attachment names")
    }
    return reasons
  }
}
