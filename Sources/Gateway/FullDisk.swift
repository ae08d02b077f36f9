/// What the sending loop does when the disk has no room: it loses no answer, and goes on by itself.
// SPDX-License-Identifier: Apache-2.0
import Log
import Outbox
import Platform

extension Sender {
  /// A full disk passes; anything else that is wrong with the store ends the loop.
  func note(_ error: OutboxError, _ failure: Locked<OutboxError?>) {
    if error.code == .full { isFull = true } else { failure.withLock { $0 = error } }
  }

  func watchRoom() {
    isFull = false
    if !outbox.isAccepting { outbox.regainRoom() }
    guard outbox.isAccepting != wasAccepting else { return }
    wasAccepting.toggle()
    log.write(wasAccepting ? .storeHasRoom : .storeFull)
  }

  /// What a partner answered is kept until there is room for it. Only a stop gives up: the next
  /// start asks the partner again.
  func recorded<R>(_ step: () async throws(OutboxError) -> R) async throws(OutboxError)
    -> R
  {
    var isWaiting = false
    while true {
      do throws(OutboxError) {
        return try await step()
      } catch {
        guard error.code == .full, !stopping else { throw error }
        isFull = true
        if !isWaiting { log.write(.outcomeWaits) }
        isWaiting = true
      }
      try? await Task.sleep(for: .milliseconds(Sender.longestWaitMilliseconds))
    }
  }
}
