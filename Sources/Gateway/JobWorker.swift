/// Works on the operators' jobs, chunk by chunk, slowly enough for each partner.
// SPDX-License-Identifier: Apache-2.0
import Log
import Outbox
import Platform
import Sending

actor JobWorker {
  private let outbox: OutboxStore
  private let sending: Doorbell
  private let log: EventLog
  private let backoff: Backoff
  private let clock: GatewayClock
  private let doorbell = Doorbell()
  private var pace = JobPace()
  private var stopping = false
  private static let idleMilliseconds: Int64 = 60_000

  /// - Parameter sending: the bell of the sending loop, for what a job lets go.
  init(
    outbox: OutboxStore, sending: Doorbell, log: EventLog, backoff: Backoff, clock: GatewayClock
  ) {
    self.clock = clock
    self.outbox = outbox
    self.sending = sending
    self.log = log
    self.backoff = backoff
  }

  /// There is a new job.
  nonisolated func ring() { doorbell.ring() }

  func stop() {
    stopping = true
    doorbell.ring()
  }

  /// Runs until `stop`. What an earlier process left goes on where it was.
  func run() async throws(OutboxError) {
    while !stopping {
      var isBusy = true
      do throws(OutboxError) {
        isBusy = try await round(clock.now())
      } catch {
        // A full disk undoes the chunk; it is tried again.
        guard error.code == .full else { throw error }
      }
      await doorbell.wait(
        milliseconds: isBusy ? SendingLimits.jobTickMilliseconds : JobWorker.idleMilliseconds)
    }
  }

  /// One chunk of each job; false when there is none.
  private func round(_ now: Instant) async throws(OutboxError) -> Bool {
    let running = try await outbox.runningJobs()
    for job in running {
      guard !stopping, let order = OperatorOrder(rawValue: job.action) else { continue }
      let quota = try await quota(of: job, order, now)
      let backoff = self.backoff
      let step = try await outbox.work(job.row, quota: quota, at: now) { delivery in
        order.judge(delivery, now: now, backoff: backoff)
      }
      if step.worked > 0 {
        log.write(.jobWorked(job.id, deliveries: step.worked))
        if order.sends { sending.ring(work: true) }
      }
    }
    return !running.isEmpty
  }

  private func quota(of job: JobSummary, _ order: OperatorOrder, _ now: Instant)
    async throws(OutboxError) -> [String: Int]
  {
    var left = SendingLimits.jobChunk
    var quota: [String: Int] = [:]
    for (partner, waiting) in try await outbox.waiting(of: job.row).sorted(by: { $0.key < $1.key })
    {
      let wanted = min(waiting, left)
      let given =
        order.sends
        ? pace.take(partner, wanted: wanted, perSecond: job.rate, now: now) : wanted
      quota[partner] = given
      left -= given
    }
    return quota
  }
}
