/// One thread, one libevent base: its callbacks and the Swift jobs that prefer it run here.
// SPDX-License-Identifier: Apache-2.0
import CLibevent
import Glibc
import Platform

final class EventLoop: TaskExecutor, @unchecked Sendable {
  // SAFETY: `base` is touched on the loop thread only, but for its birth and its end, which no
  // other use overlaps; everything else is locked.
  let base: OpaquePointer
  private let wake = Wake()

  private enum Work {
    case job(UnownedJob)
    case call(@Sendable () -> Void)
  }
  private struct Inbox {
    var work: [Work] = []
    var loopThread: pthread_t?
    var isStopped = false
  }
  private let inbox = Locked(Inbox())
  private let thread = Locked<JoinableThread?>(nil)

  init() throws(ListenError) {
    guard let configuration = event_config_new() else {
      throw ListenError(code: .eventLoop, systemCode: ENOMEM)
    }
    defer { event_config_free(configuration) }
    event_config_set_flag(configuration, Int32(EVENT_BASE_FLAG_NOLOCK.rawValue))
    guard let base = event_base_new_with_config(configuration) else {
      throw ListenError(code: .eventLoop, systemCode: errno)
    }
    self.base = base
  }

  // Runs the finalizers of bufferevents freed in the last round.
  deinit { event_base_free(base) }

  func start() {
    let started = Threads.start("http-loop") { [self] in run() }
    thread.withLock { $0 = started }
  }

  /// Ends the loop after what already waits; call from any thread.
  func stop() {
    inbox.withLock { $0.isStopped = true }
    wake.signal()
  }

  /// Waits for the thread's end. Never on the loop thread itself, hence concurrent.
  @concurrent func join() async {
    let thread = thread.withLock { started -> JoinableThread? in
      defer { started = nil }
      return started
    }
    thread?.join()
  }

  func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

  /// Runs `body` on the loop thread, soon; after the loop's end never.
  func call(_ body: @escaping @Sendable () -> Void) {
    guard !inbox.withLock({ $0.isStopped }) else { return }
    add(.call(body))
  }

  private func add(_ work: Work) {
    let isFirstFromOutside = inbox.withLock { box in
      let isFirst = box.work.isEmpty
      box.work.append(work)
      guard isFirst, let thread = box.loopThread else { return isFirst }
      return pthread_equal(thread, pthread_self()) == 0
    }
    if isFirstFromOutside { wake.signal() }
  }

  private func run() {
    inbox.withLock { $0.loopThread = pthread_self() }
    let context = Unmanaged.passUnretained(self).toOpaque()
    let woken = event_new(base, wake.fd, Int16(EV_READ | EV_PERSIST), wakeFired, context)
    precondition(woken != nil && event_add(woken, nil) == 0, "libevent has no memory")
    while true {
      runWaiting()
      if inbox.withLock({ $0.isStopped }) { break }
      event_base_loop(base, EVLOOP_ONCE)
    }
    runWaiting()
    event_free(woken)
  }

  fileprivate func clearWake() { wake.clear() }

  /// Until nothing waits: jobs may enqueue jobs.
  private func runWaiting() {
    while true {
      let work = inbox.withLock { box in
        defer { box.work = [] }
        return box.work
      }
      if work.isEmpty { return }
      for item in work {
        switch item {
        case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
        case .call(let body): body()
        }
      }
    }
  }
}

private func wakeFired(_: Int32, _: Int16, _ context: UnsafeMutableRawPointer?) {
  guard let context else { return }
  Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue().clearWake()
}

/// An event without a descriptor, for one total deadline at a time. Loop thread only.
struct DeadlineTimer {
  private let event: OpaquePointer

  init?(
    _ loop: EventLoop, _ context: UnsafeMutableRawPointer, _ fired: @escaping event_callback_fn
  ) {
    guard let event = event_new(loop.base, -1, Int16(EV_TIMEOUT), fired, context) else {
      return nil
    }
    self.event = event
  }

  /// Replaces the deadline that was set before.
  func set(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    var time = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    event_add(event, &time)
  }

  /// Ends the timer; it must not be used again.
  func free() { event_free(event) }
}
