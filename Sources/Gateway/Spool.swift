/// The case system's road by files: submissions in, events out (docs/case-system.md).
// SPDX-License-Identifier: Apache-2.0
import Digest
import JSON
import Log
import Outbox
import Outcome
import Platform
import Referrals

/// The folder that both sides may write to.
struct SpoolFolder: Sendable {
  let path: String

  var incoming: String { path + "/in" }
  var accepted: String { path + "/accepted" }
  var refused: String { path + "/refused" }
  var events: String { path + "/events" }

  /// New folders take the group and its mark from the one above; a service that may not set the
  /// mark itself (RestrictSUIDSGID=) is refused already for asking.
  func make() throws(FileError) {
    for folder in [incoming, accepted, refused, events] {
      try Files.makeFolder(folder, mode: 0o770)
    }
  }
}

enum SpoolLimits {
  static let lookMilliseconds: Int64 = 500
  /// Without a folder there is only something to forget.
  static let forgetMilliseconds: Int64 = 2_000
  /// A file that is no JSON yet may still be being written for so long.
  static let unfinishedSeconds: Int64 = 5
  /// After something that time may mend.
  static let pauseSeconds: Int64 = 5
  static let filesAtOnce = 100
  static let eventsAtOnce = 100
  static let fileOctets = 1_048_576 + 65_536
  static let keptDays: Int64 = 7
  static let callAgainSeconds: Int64 = 600
  static let tidySeconds: Int64 = 3_600
}

actor Spool {
  /// Nil: nobody listens, and events are forgotten.
  private let folder: SpoolFolder?
  private let submissions: Submissions
  private let outbox: OutboxStore
  private let labels: CaseLabels
  private let contacts: @Sendable () -> [String: PartnerContact]
  private let log: EventLog
  private let doorbell: Doorbell
  private let clock: GatewayClock
  private let bell = Doorbell()
  private var stopping = false
  private var pausedUntil = Instant(milliseconds: 0)
  private var nextTidy = Instant(milliseconds: 0)
  /// Entries that cannot be moved away; told once.
  private var stuck: Set<String> = []
  /// Entries that were listed and could not be opened by that name.
  private var vanished: Set<String> = []
  private var eventsFail = false

  init(
    folder: SpoolFolder?, submissions: Submissions, outbox: OutboxStore, labels: CaseLabels,
    contacts: @escaping @Sendable () -> [String: PartnerContact], log: EventLog,
    doorbell: Doorbell, clock: GatewayClock
  ) {
    self.folder = folder
    self.submissions = submissions
    self.outbox = outbox
    self.labels = labels
    self.contacts = contacts
    self.log = log
    self.doorbell = doorbell
    self.clock = clock
  }

  /// Runs until `stop`. A full disk is waited for; any other failure of the store ends it.
  func run() async throws(OutboxError) {
    while !stopping {
      let now = clock.now()
      do throws(OutboxError) {
        if now >= pausedUntil { try await takeIn(now) }
        _ = try await outbox.callAgain(
          at: now, before: now.adding(seconds: -SpoolLimits.callAgainSeconds))
        try await tell(now)
      } catch {
        guard error.code == .full else { throw error }
        pausedUntil = now.adding(seconds: SpoolLimits.pauseSeconds)
      }
      tidy(now)
      let pause =
        folder == nil ? SpoolLimits.forgetMilliseconds : SpoolLimits.lookMilliseconds
      await bell.wait(milliseconds: pause)
    }
  }

  func stop() {
    stopping = true
    bell.ring()
  }

  // MARK: In

  private func takeIn(_ now: Instant) async throws(OutboxError) {
    guard let folder, let names = try? Files.list(folder.incoming) else { return }
    stuck.formIntersection(names)
    vanished.formIntersection(names)
    let waiting = names.filter { name in
      !name.hasPrefix(".") && !stuck.contains(name)
        && !SpoolFiles.isFolder(name, in: folder.incoming)
    }
    for name in waiting.prefix(SpoolLimits.filesAtOnce) {
      guard !stopping, now >= pausedUntil else { return }
      try await take(name, in: folder, now)
    }
  }

  private func take(_ name: String, in folder: SpoolFolder, _ now: Instant)
    async throws(OutboxError)
  {
    let file: HandedFile
    do {
      file = try HandedFile.read(
        folder.incoming + "/" + name, limit: SpoolLimits.fileOctets)
    } catch {
      if error.code == .notFound {
        // Taken away again; or still there, and its name is no text that it could be opened by.
        if !vanished.insert(name).inserted { markStuck(name) }
        return
      }
      return refuse(name, [Reason(.unreadableFile, at: JSONPointer())], [], in: folder, now)
    }
    let actor = Actor.text(file.owner, name: Accounts.name(ofUser: file.owner))
    let files = SpoolFiles(outbox: outbox, clock: clock)
    let bundle: UniversalID?
    switch try await files.handIn(beside: folder.incoming + "/" + name, by: actor) {
    case .handed(let handed): bundle = handed
    case .refused(let reason): return refuse(name, [reason], file.octets, in: folder, now)
    case .unavailable:
      pausedUntil = now.adding(seconds: SpoolLimits.pauseSeconds)
      return
    }
    switch try await submissions.submit(file.octets, with: bundle, by: actor) {
    case .accepted(let accepted):
      doorbell.ring(work: true)
      finish(name, in: folder) { () throws(FileError) in
        try Files.write(
          JSONWriter.write(.object(accepted.line)) + [0x0A],
          to: folder.accepted + "/" + name, mode: 0o660)
        // First the files: what is left without them is answered as the first time.
        try Files.removeFolder(SpoolFiles.folder(of: folder.incoming + "/" + name))
        try Files.remove(folder.incoming + "/" + name)
      }
    case .refused(let reasons):
      let age = now.since(file.modifiedAt)
      let isUnfinished =
        reasons.contains { $0.rule == .malformed }
        && (0..<SpoolLimits.unfinishedSeconds * 1_000).contains(age)
      if !isUnfinished { refuse(name, reasons, file.octets, in: folder, now) }
    case .unavailable:
      pausedUntil = now.adding(seconds: SpoolLimits.pauseSeconds)
    }
  }

  /// The report comes first: a file in `refused` always has one.
  private func refuse(
    _ name: String, _ reasons: [Reason], _ octets: [UInt8], in folder: SpoolFolder,
    _ now: Instant
  ) {
    // However often it is tried, it is one event.
    let since = Files.changedAt(folder.incoming + "/" + name)?.description ?? ""
    let digest = SHA256Digest(of: octets + Array((name + since).utf8))
    let event = CaseEvent.refused(reasons, digest: digest, at: now, labels)
    finish(name, in: folder) { () throws(FileError) in
      let target = folder.refused + "/" + name
      try Files.write(event.octets, to: target + ".report.json", mode: 0o660)
      try Files.write(event.octets, to: folder.events + "/" + event.fileName, mode: 0o660)
      let files = SpoolFiles.folder(of: folder.incoming + "/" + name)
      if Files.isFolder(files) {
        try Files.removeFolder(SpoolFiles.folder(of: target))
        try Files.move(files, to: SpoolFiles.folder(of: target))
      }
      try Files.move(folder.incoming + "/" + name, to: target)
    }
  }

  private func finish(
    _ name: String, in folder: SpoolFolder, _ body: () throws(FileError) -> Void
  ) {
    do {
      try body()
    } catch {
      // The same again is answered as the first time; but what is somebody else's stays his.
      if error.isFull {
        pausedUntil = clock.now().adding(seconds: SpoolLimits.pauseSeconds)
      } else {
        markStuck(name)
      }
    }
  }

  private func markStuck(_ name: String) {
    if stuck.insert(name).inserted { log.write(.spoolEntryStuck(count: stuck.count)) }
  }

  // MARK: Out

  private func tell(_ now: Instant) async throws(OutboxError) {
    guard folder != nil else { return try await outbox.forgetEvents() }
    while !stopping {
      let events = try await outbox.untoldEvents(at: now, limit: SpoolLimits.eventsAtOnce)
      guard !events.isEmpty, write(events) else { return }
      try await outbox.told(events.map(\.number))
      guard events.count == SpoolLimits.eventsAtOnce else { return }
    }
  }

  /// False when the folder does not take them; they are told again later.
  private func write(_ events: [StoredEvent]) -> Bool {
    guard let folder else { return false }
    let contacts = self.contacts()
    do {
      for event in events {
        let told = CaseEvent.tell(event, labels, contacts: contacts)
        try Files.write(told.octets, to: folder.events + "/" + told.fileName, mode: 0o660)
      }
      try Files.syncFolder(folder.events)
      eventsFail = false
      return true
    } catch {
      if !eventsFail { log.write(.eventsNotWritten(count: events.count)) }
      eventsFail = true
      return false
    }
  }

  /// What was accepted or refused long ago is the case system's own to keep.
  private func tidy(_ now: Instant) {
    guard let folder, now >= nextTidy else { return }
    nextTidy = now.adding(seconds: SpoolLimits.tidySeconds)
    let oldest = now.adding(seconds: -SpoolLimits.keptDays * 86_400)
    for place in [folder.accepted, folder.refused] {
      for name in (try? Files.list(place)) ?? [] {
        let path = place + "/" + name
        guard let changed = Files.changedAt(path), changed < oldest else { continue }
        if Files.isFolder(path) {
          try? Files.removeFolder(path)
        } else {
          try? Files.remove(path)
        }
      }
    }
  }
}
