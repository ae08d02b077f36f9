/// A value behind a lock that ThreadSanitizer can see (Synchronization.Mutex it cannot).
// SPDX-License-Identifier: Apache-2.0
import Glibc

package final class Locked<Value>: @unchecked Sendable {
  // SAFETY: `value` is touched only between lock and unlock of `mutex`, whose address never moves.
  private var value: Value
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  package init(_ value: sending Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    precondition(pthread_mutex_init(mutex, nil) == 0)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  package func withLock<Result, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
