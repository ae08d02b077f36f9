/// One thread that drives all transfers of all identities.
// SPDX-License-Identifier: Apache-2.0
import CCurl
import Platform

/// A transfer on its way through the loop.
struct Job: Sendable {
  let id: UInt64
  let order: TransferOrder
  let isCancelled: Locked<Bool>
  let continuation: CheckedContinuation<TransferReport, Never>
}

/// Each TLS identity has a multi handle of its own (Pool.swift). Their sockets and timers meet in
/// one epoll set by libcurl's socket interface: curl_multi_poll waits for one multi handle only,
/// and a thread for each identity would be a thread for each partner.
package final class CurlLoop: Sendable {
  fileprivate struct Inbox: Sendable {
    var jobs: [Job] = []
    var cancelled: [UInt64] = []
    /// Generations below this are retired.
    var oldestGeneration = Int.min
    var lastID: UInt64 = 0
    var isClosing = false
    var hasEnded = false
    var closers: [CheckedContinuation<Void, Never>] = []
  }
  fileprivate let inbox = Locked(Inbox())
  fileprivate let wake = Wake()
  private let thread = Locked<JoinableThread?>(nil)

  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  package init() {
    precondition(CurlLoop.isLibraryReady, "curl_global_init")
    let started = Threads.start("curl") { [self] in Driver(self).run() }
    thread.withLock { $0 = started }
  }

  /// Carries out one transfer; cancelling the task ends it at once.
  package func run(_ order: TransferOrder) async -> TransferReport {
    let isCancelled = Locked(false)
    let id = inbox.withLock { box in
      box.lastID += 1
      return box.lastID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let job = Job(
          id: id, order: order, isCancelled: isCancelled, continuation: continuation)
        let (isAccepted, isFirst) = inbox.withLock { box in
          guard !box.isClosing else { return (false, false) }
          box.jobs.append(job)
          return (true, box.jobs.count == 1)
        }
        if !isAccepted {
          continuation.resume(returning: .cancelled)
        } else if isFirst {
          wake.signal()
        }
      }
    } onCancel: {
      // The flag is for a job that has not reached the loop yet.
      isCancelled.withLock { $0 = true }
      inbox.withLock { $0.cancelled.append(id) }
      wake.signal()
    }
  }

  /// Closes the connections of older generations as soon as nothing runs on them.
  package func retire(generationsBelow generation: Int) {
    inbox.withLock { $0.oldestGeneration = max($0.oldestGeneration, generation) }
    wake.signal()
  }

  /// Ends what runs (its callers are told), closes all connections and joins the thread.
  package func close() async {
    await withCheckedContinuation { continuation in
      let hasEnded = inbox.withLock { box in
        box.isClosing = true
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
}

extension TransferReport {
  fileprivate static var cancelled: TransferReport {
    var report = TransferReport()
    report.refusal = .cancelled
    report.detail = "cancelled"
    return report
  }
}

/// The thread's own state.
private final class Driver {
  private let loop: CurlLoop
  private let polls = PollSet()
  private var pools: [PoolKey: Pool] = [:]
  /// The newest generation that was asked for, by endpoint.
  private var newest: [String: Int] = [:]
  private var oldestGeneration = Int.min
  private var uses = 0
  private var running: [UInt64: Pool] = [:]

  init(_ loop: CurlLoop) { self.loop = loop }

  func run() {
    polls.watch(loop.wake.fd, for: EPOLLIN.rawValue, pool: nil)
    while !takeInbox() {
      for pool in pools.values where pool.isDue {
        pool.isDue = false
        pool.act(on: nil, events: 0)
        collect(pool)
      }
      for (fd, events) in polls.wait(isBusy: pools.values.contains(where: \.isDue)) {
        if fd == loop.wake.fd {
          loop.wake.clear()
        } else if let pool = polls.pool(of: fd) {
          pool.act(on: fd, events: events)
          collect(pool)
        }
      }
    }
    end()
  }

  /// True when the loop is to end.
  private func takeInbox() -> Bool {
    let (jobs, cancelled, oldest, isClosing) = loop.inbox.withLock { box in
      defer {
        box.jobs.removeAll(keepingCapacity: true)
        box.cancelled.removeAll()
      }
      return (box.jobs, box.cancelled, box.oldestGeneration, box.isClosing)
    }
    if oldest > oldestGeneration {
      oldestGeneration = oldest
      for pool in Array(pools.values) { closeIfRetired(pool) }
    }
    for job in jobs { start(job) }
    for id in cancelled {
      if let pool = running[id], let (job, report) = pool.cancel(id) { tell(job, report, pool) }
    }
    return isClosing
  }

  private func start(_ job: Job) {
    guard !job.isCancelled.withLock({ $0 }) else {
      return job.continuation.resume(returning: .cancelled)
    }
    let key = job.order.poolKey
    retireOlder(than: key)
    guard running.count < Limits.transfers, let pool = pool(for: key, job.order) else {
      var report = TransferReport()
      report.refusal = .overloaded
      report.detail = "too many transfers"
      return job.continuation.resume(returning: report)
    }
    uses += 1
    pool.lastUse = uses
    if let report = pool.start(job) {
      job.continuation.resume(returning: report)
      closeIfRetired(pool)
    } else {
      running[job.id] = pool
    }
  }

  private func pool(for key: PoolKey, _ order: TransferOrder) -> Pool? {
    if let known = pools[key] { return known }
    if pools.count >= Limits.pools {
      let idle = pools.values.filter(\.isIdle).min { $0.lastUse < $1.lastUse }
      guard let idle else { return nil }
      close(idle)
    }
    let made = Pool(key: key, identity: order.identity, polls: polls)
    pools[key] = made
    return made
  }

  /// A newer generation of an endpoint ends the older ones.
  private func retireOlder(than key: PoolKey) {
    guard key.generation > newest[key.endpoint] ?? Int.min else { return }
    newest[key.endpoint] = key.generation
    for pool in pools.values.filter({ $0.key.endpoint == key.endpoint }) { closeIfRetired(pool) }
  }

  private func closeIfRetired(_ pool: Pool) {
    let oldest = max(oldestGeneration, newest[pool.key.endpoint] ?? Int.min)
    if pool.isIdle, pool.key.generation < oldest { close(pool) }
  }

  private func close(_ pool: Pool) {
    pools[pool.key] = nil
    pool.close()
  }

  private func collect(_ pool: Pool) {
    for (job, report) in pool.finished() { tell(job, report, pool) }
  }

  private func tell(_ job: Job, _ report: TransferReport, _ pool: Pool) {
    running[job.id] = nil
    job.continuation.resume(returning: report)
    closeIfRetired(pool)
  }

  private func end() {
    for pool in pools.values {
      for (job, report) in pool.cancelAll() { job.continuation.resume(returning: report) }
      pool.close()
    }
    pools = [:]
    let (jobs, closers) = loop.inbox.withLock { box in
      box.hasEnded = true
      defer {
        box.jobs.removeAll()
        box.closers.removeAll()
      }
      return (box.jobs, box.closers)
    }
    for job in jobs { job.continuation.resume(returning: .cancelled) }
    for closer in closers { closer.resume() }
  }
}
