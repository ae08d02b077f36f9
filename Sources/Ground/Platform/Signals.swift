/// Signals as values: blocked everywhere, read by one thread from a descriptor.
// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

package enum Signals {
  package static let terminate = SIGTERM
  package static let interrupt = SIGINT
  package static let hangUp = SIGHUP
  package static let unconditional = SIGKILL

  /// Blocks the signals in this thread and all it starts; call before any other thread exists.
  package static func block(_ signals: [Int32]) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// A descriptor that becomes readable when one of the blocked signals arrives.
  package static func descriptor(_ signals: [Int32]) -> Int32 {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    return signalfd(-1, &set, Int32(SFD_NONBLOCK) | Int32(SFD_CLOEXEC))
  }

  /// Blocks the calling thread until a signal arrives on the descriptor.
  package static func wait(_ fd: Int32) -> Int32? {
    var p = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
    _ = poll(&p, 1, -1)
    var info = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    return read(fd, &info, size) == size ? Int32(info.ssi_signo) : nil
  }

  package static func raise(_ signal: Int32) { kill(getpid(), signal) }

  /// False where there is no such process, or it is not ours to signal.
  package static func send(_ signal: Int32, to process: Int32) -> Bool {
    kill(process, signal) == 0
  }

  /// Sockets written by OpenSSL raise SIGPIPE; ignore it before the first connection.
  package static func ignorePipe() { signal(SIGPIPE, SIG_IGN) }
}
