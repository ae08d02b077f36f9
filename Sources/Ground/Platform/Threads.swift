/// Named threads for work that blocks; whoever starts one also joins it.
// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A running thread. Join it before the process exits: libcrypto's per-thread state shows as a
/// leak otherwise.
package struct JoinableThread: @unchecked Sendable {
  // SAFETY: a pthread_t is a number; join is called once, by the owner.
  private let thread: pthread_t
  fileprivate init(_ thread: pthread_t) { self.thread = thread }

  package func join() { pthread_join(thread, nil) }
}

package enum Threads {
  private final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// Starts a thread; the name shows in ps and has at most 15 octets.
  package static func start(_ name: String, _ body: @escaping @Sendable () -> Void)
    -> JoinableThread
  {
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, threadMain, start.toOpaque())
    precondition(code == 0, "pthread_create: \(code)")
    return JoinableThread(thread)
  }

  fileprivate static func run(_ context: UnsafeMutableRawPointer) {
    let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
    clinux_name_thread(start.name)
    start.body()
  }
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let context { Threads.run(context) }
  return nil
}
