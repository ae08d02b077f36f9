/// The connections of one TLS identity: a multi handle of its own, its slots and its timer.
// SPDX-License-Identifier: Apache-2.0
import CCurl
import Glibc
import OpenSSL

/// What one thread waits for: the sockets and timers of every pool, and the wake of the inbox.
final class PollSet {
  private let fd: Int32
  private var pools: [Int32: Pool] = [:]

  init() {
    fd = epoll_create1(Int32(EPOLL_CLOEXEC))
    precondition(fd >= 0, "epoll_create1: \(errno)")
  }
  deinit { close(fd) }

  func pool(of fd: Int32) -> Pool? { pools[fd] }

  func watch(_ watched: Int32, for events: UInt32, pool: Pool?) {
    var event = epoll_event(events: events, data: epoll_data_t(fd: watched))
    if epoll_ctl(fd, EPOLL_CTL_ADD, watched, &event) != 0, errno == EEXIST {
      epoll_ctl(fd, EPOLL_CTL_MOD, watched, &event)
    }
    pools[watched] = pool
  }

  func forget(_ watched: Int32) {
    var event = epoll_event()
    epoll_ctl(fd, EPOLL_CTL_DEL, watched, &event)
    pools[watched] = nil
  }

  /// Blocks until something is ready, or looks once when `isBusy`.
  func wait(isBusy: Bool) -> [(fd: Int32, events: UInt32)] {
    var events = [epoll_event](repeating: epoll_event(), count: Limits.eventsAtOnce)
    let count = epoll_wait(fd, &events, Int32(events.count), isBusy ? 0 : -1)
    return events.prefix(max(0, Int(count))).map { ($0.data.fd, $0.events) }
  }
}

/// Touched on the loop's thread only.
final class Pool {
  let key: PoolKey
  let identity: TLSClientIdentity?
  /// Sockets with the identity for which each was opened, and by the name of their connection.
  private var owners: [Int32: [UInt8]] = [:]
  private var connections: [String: Int32] = [:]
  /// Set when libcurl wants to run at once.
  var isDue = false
  /// When the pool was last used, as a count of uses of all pools.
  var lastUse = 0
  private let multi: UnsafeMutableRawPointer
  private let timer: Int32
  private let polls: PollSet
  private var idle: [Slot] = []
  private var active: [UnsafeMutableRawPointer: (slot: Slot, job: Job)] = [:]

  /// Nil when there is no descriptor or memory left.
  init?(key: PoolKey, identity: TLSClientIdentity?, polls: PollSet) {
    let timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK) | Int32(TFD_CLOEXEC))
    guard timer >= 0 else { return nil }
    guard let multi = curl_multi_init() else {
      Glibc.close(timer)
      return nil
    }
    self.key = key
    self.identity = identity
    self.polls = polls
    self.multi = multi
    self.timer = timer
    let me = Unmanaged.passUnretained(self).toOpaque()
    // Unset, libcurl keeps four connections for each transfer that runs just then.
    ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Limits.connectionsPerPool)
    ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    ccurl_multi_set_socket(multi, socketChanged)
    ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, me)
    ccurl_multi_set_timer(multi, timerChanged)
    ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, me)
    polls.watch(timer, for: EPOLLIN.rawValue, pool: self)
  }

  var isIdle: Bool { active.isEmpty }

  /// Closes the connections; nothing may be running. The slots go first: libcurl forbids to free a
  /// multi handle under them.
  func close() {
    idle = []
    curl_multi_cleanup(multi)
    polls.forget(timer)
    Glibc.close(timer)
  }

  /// Starts a transfer; nil, or the report of one that could not start.
  func start(_ job: Job, onNewConnection: Bool = false) -> TransferReport? {
    var report = TransferReport()
    report.refusal = .overloaded
    report.detail = "no memory for a transfer"
    guard let slot = idle.popLast() ?? Slot(pool: self) else { return report }
    guard slot.prepare(job.order, onNewConnection: onNewConnection),
      curl_multi_add_handle(multi, slot.easy) == CURLM_OK
    else {
      report.refusal = nil
      report.code = Int(CURLE_BAD_FUNCTION_ARGUMENT.rawValue)
      report.detail = "an option was refused"
      return report
    }
    active[slot.easy] = (slot, job)
    return nil
  }

  /// Lets libcurl work on a socket that is ready, or on what is due when there is none.
  func act(on fd: Int32?, events: UInt32) {
    var running: Int32 = 0
    guard let fd, fd != timer else {
      if fd != nil {
        var expirations: UInt64 = 0
        _ = read(timer, &expirations, 8)
      }
      curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
      return
    }
    var mask: Int32 = 0
    if events & EPOLLIN.rawValue != 0 { mask |= CURL_CSELECT_IN }
    if events & EPOLLOUT.rawValue != 0 { mask |= CURL_CSELECT_OUT }
    if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { mask |= CURL_CSELECT_ERR }
    curl_multi_socket_action(multi, fd, mask, &running)
  }

  /// The transfers that have ended since the last call.
  func finished() -> [(job: Job, report: TransferReport)] {
    var all: [(job: Job, report: TransferReport)] = []
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
        continue
      }
      let code = ccurl_message_result(message)
      guard let ended = end(easy, code) else { continue }
      guard ended.report.refusal == .usedConnection else {
        all.append(ended)
        continue
      }
      // Nothing of the request has left, and that connection is closed.
      if let report = start(ended.job, onNewConnection: true) { all.append((ended.job, report)) }
    }
    return all
  }

  /// Ends a running transfer; its connection is closed.
  func cancel(_ id: UInt64) -> (job: Job, report: TransferReport)? {
    guard let easy = active.first(where: { $0.value.job.id == id })?.key,
      var ended = end(easy, CURLE_ABORTED_BY_CALLBACK)
    else { return nil }
    ended.report.refusal = .cancelled
    return ended
  }

  func cancelAll() -> [(job: Job, report: TransferReport)] {
    active.values.map(\.job.id).compactMap(cancel)
  }

  private func end(_ easy: UnsafeMutableRawPointer, _ code: CURLcode)
    -> (job: Job, report: TransferReport)?
  {
    curl_multi_remove_handle(multi, easy)
    guard let (slot, job) = active.removeValue(forKey: easy) else { return nil }
    let report = slot.finish(code)
    if idle.count < Limits.idleSlotsPerPool { idle.append(slot) }
    return (job, report)
  }

  // MARK: Whose connection it is

  func opened(_ fd: Int32) { owners[fd] = key.fingerprint }

  func ended(_ fd: Int32) {
    owners[fd] = nil
    connections = connections.filter { $0.value != fd }
  }

  /// Whether a connection, known by its peer and its local port, was opened for `identity`.
  /// libcurl says neither which socket it chose nor which context: a connection gets its name at
  /// its first request, made by the transfer that opened one of `fresh`.
  func owns(_ fresh: [Int32], peer: String, localPort: Int32, identity: TLSClientIdentity?) -> Bool
  {
    guard key.unixSocket == nil else { return true }
    let name = "\(peer) \(localPort)"
    if let fd = fresh.first(where: { AddressList.localPort(of: $0) == localPort }) {
      connections[name] = fd
    }
    guard let fd = connections[name], let owner = owners[fd] else { return false }
    return owner == identity?.fingerprint ?? []
  }

  /// Whether something waits on a kept connection. libcurl 7.88 would take an answer that nobody
  /// asked for as the answer to the next request; from then on each would get the one before it.
  func hasUnasked(_ fresh: [Int32], peer: String, localPort: Int32) -> Bool {
    guard let fd = connections["\(peer) \(localPort)"], !fresh.contains(fd) else { return false }
    var octet: UInt8 = 0
    return recv(fd, &octet, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
  }

  fileprivate func watch(_ fd: Int32, _ what: Int32) {
    guard what != CURL_POLL_REMOVE else { return polls.forget(fd) }
    var events: UInt32 = 0
    if what & CURL_POLL_IN != 0 { events |= EPOLLIN.rawValue }
    if what & CURL_POLL_OUT != 0 { events |= EPOLLOUT.rawValue }
    polls.watch(fd, for: events, pool: self)
  }

  fileprivate func setTimer(milliseconds: Int) {
    isDue = milliseconds == 0
    var time = itimerspec()
    if milliseconds > 0 {
      time.it_value.tv_sec = milliseconds / 1000
      time.it_value.tv_nsec = milliseconds % 1000 * 1_000_000
    }
    timerfd_settime(timer, 0, &time, nil)
  }
}

private func pool(_ context: UnsafeMutableRawPointer?) -> Pool? {
  context.map { Unmanaged<Pool>.fromOpaque($0).takeUnretainedValue() }
}
private func socketChanged(
  _: UnsafeMutableRawPointer?, _ fd: curl_socket_t, _ what: Int32,
  _ context: UnsafeMutableRawPointer?, _: UnsafeMutableRawPointer?
) -> Int32 {
  pool(context)?.watch(fd, what)
  return 0
}
private func timerChanged(
  _: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  pool(context)?.setTimer(milliseconds: milliseconds)
  return 0
}
