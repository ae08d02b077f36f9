/// A thread for what a test must not wait for.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform

/// Runs what starts a server: among hundreds of tests the shared threads may be busy for longer
/// than a client waits.
package final class ServingThread: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var ended = false
  }
  private let state = Locked(State())
  private let wake = Wake()

  package init() {
    Thread.detachNewThread { [self] in run() }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.jobs.append(job) }
    wake.signal()
  }

  package func end() {
    state.withLock { $0.ended = true }
    wake.signal()
  }

  private func run() {
    while true {
      let (jobs, ended) = state.withLock { state in
        defer { state.jobs = [] }
        return (state.jobs, state.ended)
      }
      for job in jobs { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
      if ended, jobs.isEmpty { return }
      if jobs.isEmpty { wake.block() }
    }
  }
}
