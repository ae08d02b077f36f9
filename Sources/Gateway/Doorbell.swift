/// Wakes one waiting task before its time.
// SPDX-License-Identifier: Apache-2.0
import Platform

final class Doorbell: Sendable {
  private struct State {
    var rung = false
    var work = false
    var waiter: CheckedContinuation<Void, Never>?
  }
  private let state = Locked(State())

  /// Any number of rings before the next wait are one. `work`: the store has something new.
  func ring(work: Bool = false) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.work = state.work || work
      guard let waiter = state.waiter else {
        state.rung = true
        return nil
      }
      state.waiter = nil
      return waiter
    }
    waiter?.resume()
  }

  /// Whether somebody rang with work since the last time.
  func takeWork() -> Bool {
    state.withLock { state in
      defer { state.work = false }
      return state.work
    }
  }

  /// Returns at the next ring or after the time; one waiter only.
  func wait(milliseconds: Int64) async {
    let hasRung = state.withLock { state in
      defer { state.rung = false }
      return state.rung
    }
    if hasRung { return }
    await withTaskGroup { group in
      group.addTask { await self.heard() }
      group.addTask { try? await Task.sleep(for: .milliseconds(milliseconds)) }
      await group.next()
      group.cancelAll()
      // After a time-out the listening task still waits: this ring is for it. Rings that come
      // meanwhile may be swallowed here; whoever waits looks at the store after waking anyway.
      self.ring()
      await group.waitForAll()
    }
    state.withLock { $0.rung = false }
  }

  private func heard() async {
    await withCheckedContinuation { continuation in
      let now = state.withLock { state -> Bool in
        if state.rung {
          state.rung = false
          return true
        }
        state.waiter = continuation
        return false
      }
      if now { continuation.resume() }
    }
  }
}
