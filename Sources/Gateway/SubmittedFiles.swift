/// The files that a submission names: handed in beside it, or kept with an earlier revision.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Intake
import JSON
import Outbox
import Platform
import Referrals
import Register

extension Submissions {
  /// Reads a submission together with its files. One that names none is read once.
  func read(_ octets: [UInt8], with bundle: UniversalID?, by owner: String)
    async throws(OutboxError) -> Result<(ReadSubmission, [SubmittedFile]), Refusals>
  {
    let described: ReadSubmission
    switch intake.read(octets, files: nil) {
    case .read(let found): described = found
    case .refused(let reasons): return .failure(Refusals(reasons: reasons))
    }
    let attachments = described.referral.content["attachments"]?.elements ?? []
    guard !attachments.isEmpty || bundle != nil else { return .success((described, [])) }
    guard attachments.isEmpty || inForce.now.configuration.inbound != nil else {
      let place = JSONPointer(tokens: ["referral", "attachments"])
      return .failure(
        Refusals(reasons: [
          Reason(.attachment, at: place, detail: "without [inbound] nobody can fetch a file here")
        ]))
    }
    let found = try await find(attachments, of: described.referral.header, in: bundle, owner)
    switch intake.read(octets, files: found.mapValues(\.facts)) {
    case .refused(let reasons): return .failure(Refusals(reasons: reasons))
    case .read(let submission):
      return .success((submission, attachments.compactMap { SubmittedFile($0, found) }))
    }
  }

  /// By attachment id.
  private func find(
    _ attachments: [JSONValue], of header: ReferralHeader, in bundle: UniversalID?,
    _ owner: String
  ) async throws(OutboxError) -> [String: FoundFile] {
    var found: [String: FoundFile] = [:]
    if let bundle {
      for (name, file) in try await outbox.waiting(in: bundle, by: owner) {
        guard let facts = try await inspect(file) else { continue }
        found[name] = FoundFile(id: file.id, facts: facts)
      }
    }
    // A later revision need not bring again what an earlier one has brought.
    let kept = try await outbox.files(of: header.referralID, upTo: header.revision)
    for attachment in attachments {
      guard let name = attachment["id"]?.text, found[name] == nil,
        let digest = attachment["sha256"]?.text.flatMap(Hex.decode)
          .flatMap(SHA256Digest.init(octets:)),
        let file = kept[digest]
      else { continue }
      found[name] = FoundFile(
        id: file.stored.id,
        facts: FileFacts(
          size: file.stored.octets, sha256: digest.hex, form: FileForm(rawValue: file.mediaType)))
    }
    return found
  }

  /// From what is in the store, so that it is also known to open. Nil where it is gone.
  private func inspect(_ file: StoredFile) async throws(OutboxError) -> FileFacts? {
    var inspection = FileInspection()
    for number in 0..<file.parts {
      guard let part = try await outbox.part(number, of: file.id) else { return nil }
      inspection.take(part)
    }
    return inspection.finish()
  }
}

private struct FoundFile {
  let id: UniversalID
  let facts: FileFacts
}

extension SubmittedFile {
  fileprivate init?(_ attachment: JSONValue, _ found: [String: FoundFile]) {
    guard let file = attachment["id"]?.text.flatMap({ found[$0] }),
      let digest = Hex.decode(file.facts.sha256).flatMap(SHA256Digest.init(octets:)),
      let mediaType = attachment["mediaType"]?.text
    else { return nil }
    self.init(file: file.id, sha256: digest, mediaType: mediaType)
  }
}
