/// Fetches the files that documents name, and keeps only what the signed document proves.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Fetch
import JSON
import Log
import Platform
import Referrals
import SQLite

final class AttachmentFetching: Sendable {
  private let road: GatewayRoad
  private let bringing: Bringing
  private let store: ReceptionStore
  private let now: @Sendable () -> Instant
  private let log: EventLog
  private let fetcher = Fetcher()
  private let stopping = Locked(false)

  init(
    _ road: GatewayRoad, _ bringing: Bringing, store: ReceptionStore,
    now: @escaping @Sendable () -> Instant, log: EventLog
  ) {
    self.road = road
    self.bringing = bringing
    self.store = store
    self.now = now
    self.log = log
  }

  /// Until `stop`: what is due, and away with what was withdrawn.
  func run() async {
    while !stopping.withLock({ $0 }) {
      do {
        for attachment in try await store.attachmentsToErase() { try await erase(attachment) }
        for attachment in try await store.attachments(due: now()) {
          guard !stopping.withLock({ $0 }) else { break }
          try await fetch(attachment)
        }
      } catch let error as StoreError {
        log.write(.storeFailed(error))
      } catch let error as FileError {
        log.write(.fileFailed(error))
      } catch {}
      try? await Task.sleep(for: .milliseconds(Limits.bringLookMilliseconds))
    }
    await fetcher.close()
  }

  func stop() {
    stopping.withLock { $0 = true }
    // What runs may take minutes; it is begun anew at the next start.
    Task { await fetcher.close() }
  }

  private func path(of attachment: NamedAttachment) -> String {
    store.attachmentFolder + "/" + attachment.fileName
  }

  private func erase(_ attachment: NamedAttachment) async throws {
    try Files.remove(path(of: attachment))
    try Files.syncFolder(store.attachmentFolder)
    try await store.forgetFile(of: attachment)
  }

  private func fetch(_ attachment: NamedAttachment) async throws {
    guard let url = road.address(of: attachment.id, in: attachment.document) else { return }
    try Files.makeFolder(store.attachmentFolder)
    let incoming = try NewFile(path(of: attachment))
    var request = FetchRequest(.get, url, identity: road.identity)
    request.maxAnswerOctets = attachment.size
    request.timeouts.totalMilliseconds = Limits.attachmentMilliseconds
    request.sink = { incoming.write($0) }
    let result = await fetcher.get(request)
    var progress = attachment.progress
    let (answer, status, problem) = try judge(result, attachment, at: incoming.temporary)
    progress.take(answer)
    if progress.state == .kept {
      try await store.expectFile(of: attachment)
      try incoming.keep()
      try Files.syncFolder(store.attachmentFolder)
    }
    let next = now().adding(seconds: Limits.bringAgain(after: attachment.progress.attempts))
    if progress.state == .unreadable { try await object(to: attachment) }
    try await store.note(attachment, progress, status: status, problem: problem, nextAt: next)
    log.write(
      .fetched(
        attachment.document, place: attachment.place, progress.state, status: status ?? 0))
  }

  private func judge(
    _ result: FetchResult, _ attachment: NamedAttachment, at path: String
  ) throws(FileError) -> (AttachmentAnswer, status: Int?, problem: String?) {
    switch result {
    case .answer(let answer) where answer.status == 200:
      return (.file(matches: try attachment.isFile(at: path)), 200, nil)
    case .answer(let answer): return (.status(answer.status), answer.status, answer.problemWord)
    case .failure(let failure):
      return (failure.kind == .tooLarge ? .tooLong : .none, nil, failure.kind.rawValue)
    }
  }

  private func object(to attachment: NamedAttachment) async throws {
    let reason: JSONValue = [
      "code": "unreadable-attachment",
      "pointer": .string("/data/attachments/\(attachment.place)"),
    ]
    _ = try await bringing.say(
      StatementOrder(
        document: attachment.document, kind: .rejection, members: ["reasons": .array([reason])]))
  }
}

extension NamedAttachment {
  /// From the disk, not from what came: so that it is also known to be readable.
  fileprivate func isFile(at path: String) throws(FileError) -> Bool {
    var pieces = try FilePieces(path, links: .refuse)
    var digest = RunningDigest()
    var octets = 0
    while let piece = try pieces.next() {
      digest.take(piece)
      octets += piece.count
    }
    return digest.finish() == sha256 && octets == size
  }
}
