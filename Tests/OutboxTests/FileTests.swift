/// Files beside submissions: handed in, taken, dropped and erased.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import Digest
import Outbox
import Platform
import Referrals
import Signing
import Testing

private let bundle = Sample.id(200)
private let day: Int64 = 86_400
private let content = Array("%PDF-CANARY-OF-A-FILE".utf8)

extension OutboxStore {
  fileprivate func handIn(
    _ octets: [UInt8], part: Int = 0, of name: String = "a1", in bundle: UniversalID = bundle,
    by owner: String = "uid:1", id: UInt8 = 201, at moment: Instant = now
  ) async throws -> HandingIn {
    try await handIn(
      octets, part: part, of: name, in: bundle, by: owner, fresh: Sample.id(id), at: moment)
  }

  /// A revision whose attachment is the file 201.
  fileprivate func accept(
    _ revision: Int, _ operation: Referrals.Operation = .create, files: [UInt8]
  ) async throws -> Bool {
    let seen = try await earlier(referral, revision: revision)
    let text = "content"
    return try await accept(
      NewSubmission(
        header: try Sample.header(referral, revision: revision, operation),
        digest: SHA256Digest(of: Array("\(text)\(revision)".utf8)), octets: Array(text.utf8),
        submittedBy: "uid:1", acceptedAt: now, exercise: true,
        deliveries: [
          NewDelivery(
            document: try Sample.document(Sample.id(UInt8(revision * 10)), text),
            terms: terms("emm"))
        ],
        files: files.map {
          SubmittedFile(
            file: Sample.id($0), sha256: SHA256Digest(of: [$0]), mediaType: "application/pdf")
        }, seen: seen))
  }

  fileprivate func erase(at moment: Instant) async throws -> Int {
    var steps = 0
    while try await eraseFiles(at: moment), steps < 1_000 { steps += 1 }
    return steps
  }
}

@Suite struct Files {
  private let folder = Folder()

  @Test func `refuses a part that does not come next, and one that is empty`() async throws {
    let store = try await folder.open()
    #expect(try await store.handIn(content, part: 1) == .outOfOrder)
    #expect(try await store.handIn([]) == .outOfOrder)
    #expect(try await store.handIn(content) == .kept)
    #expect(try await store.handIn(content) == .outOfOrder)
    #expect(try await store.handIn(content, part: 2) == .outOfOrder)
    #expect(try await store.handIn(content, part: 1) == .kept)
    #expect(try await store.waiting(in: bundle, by: "uid:1")["a1"]?.octets == 2 * content.count)
    await store.close()
  }

  @Test func `refuses a part, a file, a number of files and a bundle that are too large`()
    async throws
  {
    let store = try await folder.open()
    let full = [UInt8](repeating: 0x61, count: OutboxLimits.partOctets)
    #expect(try await store.handIn(full + [1]) == .tooMuch)
    let parts = OutboxLimits.fileOctets / OutboxLimits.partOctets
    for file in 0..<4 {
      for part in 0..<parts {
        let kept = try await store.handIn(full, part: part, of: "a\(file)", id: UInt8(file))
        guard kept == .kept else {
          Issue.record("part \(part) of file \(file)")
          return
        }
      }
      #expect(try await store.handIn([1], part: parts, of: "a\(file)") == .tooMuch)
    }
    #expect(try await store.handIn([1], of: "one-more", id: 5) == .tooMuch)
    let other = Sample.id(210)
    for file in 0..<OutboxLimits.bundleFiles {
      #expect(
        try await store.handIn([1], of: "a\(file)", in: other, id: UInt8(10 + file)) == .kept)
    }
    #expect(try await store.handIn([1], of: "a99", in: other, id: 99) == .tooMuch)
    await store.close()
  }

  @Test func `shows a bundle to nobody but its owner`() async throws {
    let store = try await folder.open()
    #expect(try await store.handIn(content) == .kept)
    #expect(try await store.waiting(in: bundle, by: "uid:2").isEmpty)
    #expect(try await store.handIn(content, part: 1, by: "uid:2", id: 202) == .outOfOrder)
    #expect(try await store.handIn([1], by: "uid:2", id: 202) == .kept)
    #expect(try await store.part(0, of: Sample.id(201)) == content)
    #expect(try await store.part(0, of: Sample.id(202)) == [1])
    await store.close()
  }

  @Test func `keeps nothing of a file readable, and nothing at all once it is erased`()
    async throws
  {
    let store = try await folder.open()
    let large = content + [UInt8](repeating: 0x61, count: 60_000)
    for part in 0..<40 { #expect(try await store.handIn(large, part: part) == .kept) }
    #expect(try await store.accept(1, files: [201]))
    #expect(try await store.part(39, of: Sample.id(201)) == large)
    #expect(try !folder.octets().contains(content))
    #expect(try await store.erase(at: now) == 0)
    #expect(try await store.accept(2, .withdraw, files: []))
    #expect(try await store.files(of: referral, upTo: 2).isEmpty)
    #expect(try await store.erase(at: now) == 3)
    #expect(try await store.part(0, of: Sample.id(201)) == nil)
    #expect(try await store.erase(at: now) == 0)
    await store.close()
  }

  @Test func `forgets after an hour what no submission took, and keeps what one did`()
    async throws
  {
    let store = try await folder.open()
    #expect(try await store.handIn(content) == .kept)
    #expect(try await store.handIn([1], of: "a2", id: 202) == .kept)
    #expect(try await store.accept(1, files: [201]))
    #expect(try await store.waiting(in: bundle, by: "uid:1").keys.sorted() == ["a2"])
    #expect(try await store.erase(at: now.adding(seconds: 3_600)) == 0)
    #expect(try await store.erase(at: now.adding(seconds: 3_601)) > 0)
    #expect(try await store.part(0, of: Sample.id(202)) == nil)
    #expect(try await store.part(0, of: Sample.id(201)) == content)
    // At once, where the submission was refused.
    #expect(try await store.handIn([1], of: "a3", id: 203) == .kept)
    try await store.forget(bundle: bundle, of: "uid:2")
    #expect(try await store.erase(at: now) == 0)
    try await store.forget(bundle: bundle, of: "uid:1")
    #expect(try await store.erase(at: now) > 0)
    #expect(try await store.part(0, of: Sample.id(203)) == nil)
    await store.close()
  }

  @Test func `does not accept a submission whose file has been erased meanwhile`() async throws {
    let store = try await folder.open()
    #expect(try await store.handIn(content) == .kept)
    #expect(try await store.erase(at: now.adding(seconds: day)) > 0)
    #expect(try await !store.accept(1, files: [201]))
    #expect(try await store.earlier(referral, revision: 1).latest == 0)
    await store.close()
  }

  @Test(arguments: [Referrals.Operation.update, .correct])
  func `an update keeps the files of earlier revisions, a correction only what it names`(
    _ operation: Referrals.Operation
  ) async throws {
    let store = try await folder.open()
    #expect(try await store.handIn(content) == .kept)
    #expect(try await store.handIn([1], of: "a2", id: 202) == .kept)
    #expect(try await store.accept(1, files: [201, 202]))
    #expect(try await store.accept(2, operation, files: [202]))
    let kept = try await store.files(of: referral, upTo: 2).values.map(\.stored.id).sorted()
    #expect(kept == (operation == .correct ? [Sample.id(202)] : [Sample.id(201), Sample.id(202)]))
    _ = try await store.erase(at: now)
    #expect(try await store.part(0, of: Sample.id(202)) == [1])
    let first = try await store.part(0, of: Sample.id(201))
    #expect(first == (operation == .correct ? nil : content))
    await store.close()
  }

  @Test func `erases the files of a referral thirty days after its last document expired`()
    async throws
  {
    let store = try await folder.open()
    #expect(try await store.handIn(content) == .kept)
    #expect(try await store.accept(1, files: [201]))
    // The documents of this fixture live a day.
    #expect(try await store.erase(at: now.adding(seconds: 31 * day)) == 0)
    #expect(try await store.erase(at: now.adding(seconds: 31 * day + 1)) > 0)
    #expect(try await store.part(0, of: Sample.id(201)) == nil)
    await store.close()
  }

  @Test func `gives a document to its partner only, and only once it may have been sent`()
    async throws
  {
    let store = try await folder.open()
    #expect(try await store.accept(1, files: []))
    #expect(try await store.sentDocument(Sample.id(10), to: "emm") == nil)
    let claim = try #require(try await store.claim(10))
    let sent = try #require(try await store.sentDocument(Sample.id(10), to: "emm"))
    #expect(sent.document.octets == claim.document.octets)
    #expect(try await store.sentDocument(Sample.id(10), to: "comensha") == nil)
    try await store.noteFetch(of: sent.row, place: 1, at: now)
    try await store.noteFetch(of: sent.row, place: 1, at: now.adding(seconds: 5))
    #expect(
      try await store.fetchedFiles(of: sent.row) == [
        FetchedFile(place: 1, first: now, last: now.adding(seconds: 5), times: 2)
      ])
    await store.close()
  }
}
