/// The durable record: one writing connection on its own thread, commits shared by all who wait.
// SPDX-License-Identifier: Apache-2.0
import Glibc
import Platform

/// What the store did since it was opened.
package struct StoreStatistics: Sendable, Equatable {
  package var commits = 0
  package var changes = 0
  /// Changes in the largest group.
  package var largestGroup = 0
  /// Groups that were undone and run again one by one.
  package var replays = 0
}

package final class Store: Sendable {
  /// Runs a change; what it returns tells the caller, once the commit is durable.
  private struct Change: Sendable {
    let run: @Sendable (Connection) throws(StoreError) -> @Sendable () -> Void
    let refuse: @Sendable (StoreError) -> Void
  }
  /// Work between two groups: reads, checkpoints, backups.
  private struct Errand: Sendable {
    let run: @Sendable (Connection) -> StoreError?
    let refuse: @Sendable (StoreError) -> Void
  }
  private struct Inbox: Sendable {
    var changes: [Change] = []
    var errands: [Errand] = []
    /// Why nothing is accepted any more.
    var refusal: StoreError?
    var isClosing = false
    var hasEnded = false
    var closers: [CheckedContinuation<Void, Never>] = []
  }

  private let inbox = Locked(Inbox())
  private let wake = Wake()
  private let counts = Locked(StoreStatistics())
  private let thread = Locked<JoinableThread?>(nil)
  private let onBroken: @Sendable (StoreError) -> Void

  /// Opens or makes the file (mode 0600) and starts the store's thread. Close before dropping it.
  /// - Parameters:
  ///   - applicationID: the mark of our files; another file is refused with `.notOurs`.
  ///   - migrations: SQL scripts, each one transaction; `user_version` counts those that ran, and a
  ///     file that has seen more is refused with `.newer`.
  ///   - pageLimit: the largest size of the file in pages; for tests of a full disk.
  ///   - onBroken: called once, on the store's thread, when an I/O error ends the store's life.
  package init(
    path: String, applicationID: Int32, migrations: [String], pageLimit: Int? = nil,
    onBroken: @escaping @Sendable (StoreError) -> Void
  ) throws(StoreError) {
    self.onBroken = onBroken
    let connection = try Connection(path: path)
    try connection.prepare(applicationID: applicationID, migrations: migrations)
    if let pageLimit { try connection.execute("PRAGMA max_page_count=\(pageLimit)") }
    let started = Threads.start("store") { [self] in run(connection) }
    thread.withLock { $0 = started }
  }

  package var statistics: StoreStatistics { counts.withLock { $0 } }

  /// Runs a change in the next group and returns once it is durable. A change that throws is undone
  /// alone. The closure runs once more when a neighbour fails, so it must not act outside of the
  /// transaction.
  @discardableResult
  package func write<R: Sendable>(
    _ change: @escaping @Sendable (borrowing Transaction) throws(StoreError) -> R
  ) async throws(StoreError) -> R {
    let result: Result<R, StoreError> = await withCheckedContinuation { continuation in
      let refuse: @Sendable (StoreError) -> Void = { continuation.resume(returning: .failure($0)) }
      let entry = Change(
        run: { (connection) throws(StoreError) in
          let value = try change(Transaction(connection: connection))
          return { continuation.resume(returning: .success(value)) }
        }, refuse: refuse)
      submit(refuse) { $0.changes.append(entry) }
    }
    return try result.get()
  }

  /// Reads what is committed. Runs on the same thread between two groups, so keep it short.
  package func read<R: Sendable>(
    _ body: @escaping @Sendable (borrowing Reading) throws(StoreError) -> R
  ) async throws(StoreError) -> R {
    try await between { (connection) throws(StoreError) in
      try body(Reading(connection: connection))
    }
  }

  /// Moves the log into the file; with `truncate` the log is emptied too, which is what makes
  /// deleted content disappear from the disk.
  package func checkpoint(truncate: Bool) async throws(StoreError) {
    try await between { (connection) throws(StoreError) in
      try connection.checkpoint(truncate: truncate)
    }
  }

  /// Gives back the pages that are kept for later reads; for large content that is read once.
  package func releaseMemory() async throws(StoreError) {
    try await between { (connection) throws(StoreError) in connection.releaseMemory() }
  }

  /// Writes a compact copy to a path where there is no file yet (mode 0600), synced. Changes wait
  /// meanwhile.
  package func backup(to path: String) async throws(StoreError) {
    try await between { (connection) throws(StoreError) in
      let fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard fd >= 0 else {
        throw StoreError(errno == ENOSPC ? .full : .misuse, place: "backup: cannot make the file")
      }
      defer { Glibc.close(fd) }
      do throws(StoreError) {
        _ = try connection.query("VACUUM INTO ?", [.text(path)])
        guard fsync(fd) == 0 else {
          throw StoreError(.other, place: "backup: cannot sync the file")
        }
      } catch {
        unlink(path)
        // A bad target says nothing about the store itself.
        let code: StoreError.Code = error.code == .full ? .full : .other
        throw StoreError(code, extended: error.extended, place: "backup")
      }
    }
  }

  /// Finishes what was accepted, closes the file and joins the thread.
  package func close() async {
    await withCheckedContinuation { continuation in
      let hasEnded = inbox.withLock { box in
        box.isClosing = true
        box.refusal = box.refusal ?? StoreError(.misuse, place: "the store is closed")
        if !box.hasEnded { box.closers.append(continuation) }
        return box.hasEnded
      }
      if hasEnded { continuation.resume() } else { wake.signal() }
    }
    let ended = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    ended?.join()
  }

  private func between<R: Sendable>(
    _ body: @escaping @Sendable (Connection) throws(StoreError) -> R
  ) async throws(StoreError) -> R {
    let result: Result<R, StoreError> = await withCheckedContinuation { continuation in
      let refuse: @Sendable (StoreError) -> Void = { continuation.resume(returning: .failure($0)) }
      let errand = Errand(
        run: { connection in
          do throws(StoreError) {
            continuation.resume(returning: .success(try body(connection)))
            return nil
          } catch {
            continuation.resume(returning: .failure(error))
            return error
          }
        }, refuse: refuse)
      submit(refuse) { $0.errands.append(errand) }
    }
    return try result.get()
  }

  private func submit(
    _ refuse: @Sendable (StoreError) -> Void, _ append: @Sendable (inout Inbox) -> Void
  ) {
    let (refusal, isFirst) = inbox.withLock { box -> (StoreError?, Bool) in
      if let refusal = box.refusal { return (refusal, false) }
      let isFirst = box.changes.isEmpty && box.errands.isEmpty
      append(&box)
      return (nil, isFirst)
    }
    if let refusal { refuse(refusal) } else if isFirst { wake.signal() }
  }

  // MARK: The store's thread

  private func run(_ connection: Connection) {
    while true {
      let (changes, errands, isClosing) = inbox.withLock { box in
        let taken = Array(box.changes.prefix(Limits.groupChanges))
        box.changes.removeFirst(taken.count)
        defer { box.errands.removeAll() }
        return (taken, box.errands, box.isClosing)
      }
      if changes.isEmpty && errands.isEmpty {
        if isClosing { break }
        wake.block()
        continue
      }
      var failure = commit(changes, on: connection)
      for errand in errands {
        if let failure {
          errand.refuse(failure)
        } else if let error = errand.run(connection), error.code == .ioError {
          failure = error
        }
      }
      if let failure { breakDown(failure, connection) }
    }
    end(connection)
  }

  private func end(_ connection: Connection) {
    connection.close()
    let closers = inbox.withLock { box in
      box.hasEnded = true
      defer { box.closers.removeAll() }
      return box.closers
    }
    for closer in closers { closer.resume() }
  }

  /// Commits a group; the result is the I/O error that ends the store's life, if there was one.
  private func commit(_ group: [Change], on connection: Connection) -> StoreError? {
    guard !group.isEmpty else { return nil }
    do throws(StoreError) {
      try connection.begin()
      var tellings: [@Sendable () -> Void] = []
      tellings.reserveCapacity(group.count)
      for change in group { tellings.append(try change.run(connection)) }
      try connection.commit()
      counts.withLock { counts in
        counts.commits += 1
        counts.changes += group.count
        counts.largestGroup = max(counts.largestGroup, group.count)
      }
      for tell in tellings { tell() }
    } catch {
      return undo(group, error, on: connection)
    }
    return checkpoint(connection)
  }

  /// One bad change must not sink its neighbours: each is tried alone, in order.
  private func undo(_ group: [Change], _ error: StoreError, on connection: Connection)
    -> StoreError?
  {
    let cause = connection.lost ?? error
    connection.rollBack()
    guard cause.code != .ioError else {
      for change in group { change.refuse(cause) }
      return cause
    }
    guard group.count > 1 else {
      group[0].refuse(cause)
      return nil
    }
    counts.withLock { $0.replays += 1 }
    var failure: StoreError?
    for change in group {
      if let failure { change.refuse(failure) } else { failure = commit([change], on: connection) }
    }
    return failure
  }

  private func checkpoint(_ connection: Connection) -> StoreError? {
    do throws(StoreError) {
      try connection.checkpointIfDue()
      return nil
    } catch {
      // A full disk leaves the log as it is; the next commit tries again.
      return error.code == .ioError ? error : nil
    }
  }

  private func breakDown(_ error: StoreError, _ connection: Connection) {
    connection.leaveLog()
    let (changes, errands, isFirst) = inbox.withLock { box in
      let isFirst = box.refusal?.code != .ioError
      box.refusal = error
      defer {
        box.changes.removeAll()
        box.errands.removeAll()
      }
      return (box.changes, box.errands, isFirst)
    }
    for change in changes { change.refuse(error) }
    for errand in errands { errand.refuse(error) }
    if isFirst { onBroken(error) }
  }
}
