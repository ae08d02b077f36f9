/// The reference partner fetches the files of its documents, from the gateway and from liars.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Foundation
import JSON
import TestSupport
import Testing

extension Scenarios {
  @Suite(needsPython) struct FetchedFiles {
    private static let fetches = "fetches_attachments = true"

    @Test func `fetches the files of its documents, exports them, and erases them`() async throws {
      let both = try await PartnerAndGateway.running(more: FetchedFiles.fetches)
      let file = FileToHandIn(octets: FileToHandIn.pdf(300_000))
      let submission = try file.submission()
      let id = try both.deliver(file, submission)
      let kept = try await both.attachment(in: "kept")
      #expect(kept["documentId"]?.text == id && kept["id"]?.text == "a1", "\(text(kept))")
      #expect(kept["sha256"]?.text == file.sha256 && kept["attempts"]?.integer == 1)
      #expect(try await both.run(["export", id, "--output", both.world.folder + "/out"]) == 0)
      let exported = both.world.files(below: "out").first { $0.path == "attachment-a1" }
      #expect(exported?.octets == file.octets)
      #expect(both.keptFiles().count == 1)
      // Fetched once, as the gateway has it on record.
      let fetched = try both.gateway.show(id)["attachmentsFetched"]?.elements
      #expect(fetched?.compactMap { $0["times"]?.integer } == [1])
      _ = try both.gateway.deliver(submission.withdrawn(2))
      _ = try await both.attachment(in: "erased")
      _ = try await eventually("the file is gone") { both.keptFiles().isEmpty ? true : nil }
    }

    @Test func `begins again after a crash`() async throws {
      let both = try await PartnerAndGateway.running(more: FetchedFiles.fetches)
      both.gateway.kill()
      try await both.gateway.start()
      let file = FileToHandIn(octets: FileToHandIn.pdf(16_000_000))
      _ = try both.deliver(file, try file.submission())
      both.partner.kill()
      both.partner = try await both.world.referralPartner()
      _ = try await both.attachment(in: "kept")
      #expect(both.keptFiles().map { SHA256Digest(of: $0).hex } == [file.sha256])
    }

    @Test(arguments: [
      (["wrong", "longer", "shorter"], "unreadable"),
      (["endless", "endless", "wrong"], "unreadable"),
      (["cut", "503", "wrong", "right"], "kept"), (["404"], "missing"), (["410"], "erased"),
    ])
    func `keeps nothing that its document does not prove`(_ plan: [String], _ end: String)
      async throws
    {
      let liar = try freePort()
      let file = FileToHandIn(octets: FileToHandIn.pdf(100_000))
      let both = try await PartnerAndGateway.running(more: FetchedFiles.fetches, elsewhere: liar)
      try Data(file.octets).write(to: URL(fileURLWithPath: both.world.folder + "/served"))
      let server = try both.world.start(
        "file-server", Machine.python,
        [
          "-B", "Tests/Support/file_server.py", "--pki", both.world.pki, "--port", "\(liar)",
          "--file", both.world.folder + "/served", "--plan",
          text(.array(plan.map { .string($0) })), "--journal", both.world.folder + "/journal",
        ])
      _ = try await eventually("the liar listens") {
        server.log.contains("listening") ? true : nil
      }
      _ = try both.deliver(file, try file.submission())
      let attachment = try await both.attachment(in: end)
      #expect(attachment["attempts"]?.integer == Int64(plan.count), "\(text(attachment))")
      #expect(both.keptFiles() == (end == "kept" ? [file.octets] : []))
      let said = try both.world.read("journal").split(separator: "\n")
        .map { try JSONReader.read(Array($0.utf8)) }.compactMap { $0["data"] }
      #expect(said.count == (end == "unreadable" ? 1 : 0))
      for rejection in said {
        #expect(rejection["kind"]?.text == "rejection")
        let reason = rejection["reasons"]?.elements?.first
        #expect(reason?["code"]?.text == "unreadable-attachment")
        #expect(reason?["pointer"]?.text == "/data/attachments/0")
      }
    }
  }
}

extension PartnerAndGateway {
  /// The delivery's id once the partner has the document.
  fileprivate func deliver(_ file: FileToHandIn, _ submission: Submission) throws -> String {
    let bundle = UUID().uuidString.lowercased()
    try gateway.handIn(file.octets[...], bundle)
    let reply = try gateway.admin.send(
      "POST", "/v1/submissions?bundle=\(bundle)", submission.octets)
    let delivery = reply.lines.first?["deliveries"]?.elements?.first
    guard let id = delivery?["id"]?.text else { throw Stuck(description: text(reply.lines)) }
    return id
  }

  /// The only attachment, once it is in this state.
  fileprivate func attachment(in state: String) async throws -> JSONValue {
    let end = ContinuousClock.now.advanced(by: .seconds(45))
    while ContinuousClock.now < end {
      if try await run(["attachments", "--json"]) == 0 {
        let listed = try JSONReader.read(Array(output.utf8))
        let first = listed["attachments"]?.elements?.first
        if let first, first["state"]?.text == state { return first }
      }
      try await Task.sleep(for: .milliseconds(500))
    }
    throw Stuck(description: "the attachment is not \(state): \(output); \(partner.log)")
  }

  /// What stands in the partner's folder of files.
  fileprivate func keptFiles() -> [[UInt8]] {
    world.files(below: "police/attachments").map(\.octets)
  }
}
