/// Erases files that belong to nothing any more, a little at a time.
// SPDX-License-Identifier: Apache-2.0
import Log
import Outbox
import Platform

struct Erasing: Sendable {
  private let outbox: OutboxStore
  private let clock: GatewayClock
  private let bell = Doorbell()
  private let stopping = Locked(false)

  init(outbox: OutboxStore, clock: GatewayClock) {
    self.outbox = outbox
    self.clock = clock
  }

  private static let lookMilliseconds: Int64 = 30_000

  /// Runs until `stop`. A full disk is waited for.
  func run() async throws(OutboxError) {
    while !stopping.withLock({ $0 }) {
      do throws(OutboxError) {
        var hasErased = false
        while try await outbox.eraseFiles(at: clock.now()), !stopping.withLock({ $0 }) {
          hasErased = true
        }
        if hasErased { try await outbox.emptyLog() }
      } catch {
        guard error.code == .full else { throw error }
      }
      await bell.wait(milliseconds: Erasing.lookMilliseconds)
    }
  }

  func stop() {
    stopping.withLock { $0 = true }
    bell.ring()
  }
}
