/// Accepts connections within the caps, keeps them, and ends them when the server stops.
// SPDX-License-Identifier: Apache-2.0
import CLibevent
import Glibc
import OpenSSL
import Platform

final class Listener: @unchecked Sendable {
  // SAFETY: mutable state is touched on the loop thread only, but for `counters`, which is locked.
  let loop: EventLoop
  let options: HTTPServer.Options
  let channel = Channel()
  let counters = Locked(Counters())
  private var tls: TLSServerContext?
  /// Ours until libevent's listener owns it; -1 then.
  private var fd: Int32
  private var accepting: OpaquePointer?
  private var pauseTimer: DeadlineTimer?
  private var stopTimer: DeadlineTimer?
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var countByKey: [[UInt8]: Int] = [:]
  /// Requests whose handlers run; no connection once the client has gone.
  private var exchanges: [Int: Connection?] = [:]
  private var nextExchange = 0
  private var isStopping = false

  init(loop: EventLoop, fd: Int32, tls: TLSServerContext?, options: HTTPServer.Options) {
    self.loop = loop
    self.fd = fd
    self.tls = tls
    self.options = options
  }

  deinit { if fd >= 0 { close(fd) } }

  func listen() {
    guard !isStopping else { return }
    let context = Unmanaged.passUnretained(self).toOpaque()
    let flags = UInt32(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC)
    guard let timer = DeadlineTimer(loop, context, pauseEnded),
      let accepting = evconnlistener_new(loop.base, accepted, context, flags, 0, fd)
    else { preconditionFailure("libevent has no memory") }
    fd = -1
    pauseTimer = timer
    evconnlistener_set_error_cb(accepting, acceptFailed)
    self.accepting = accepting
  }

  /// For connections from now on.
  func use(_ tls: TLSServerContext) { self.tls = tls }

  // MARK: Connections

  fileprivate func accept(_ fd: Int32, _ peer: Peer) {
    counters.withLock { $0.accepted += 1 }
    let sameAddress = peer.capKey.map { countByKey[$0, default: 0] } ?? 0
    guard connections.count < options.limits.connections,
      sameAddress < options.limits.connectionsPerAddress
    else {
      counters.withLock { $0.refusedByCap += 1 }
      close(fd)
      return options.report(.connectionRefused(address: peer.address))
    }
    guard let connection = connection(fd, peer) else {
      close(fd)
      return acceptError()
    }
    connections[ObjectIdentifier(connection)] = connection
    if let key = peer.capKey { countByKey[key, default: 0] += 1 }
  }

  /// Not BEV_OPT_CLOSE_ON_FREE: socket and SSL outlive the bufferevent, for close_notify and
  /// linger.
  private func connection(_ fd: Int32, _ peer: Peer) -> Connection? {
    let flags = Int32(BEV_OPT_DEFER_CALLBACKS.rawValue)
    guard let tls else {
      guard let stream = bufferevent_socket_new(loop.base, fd, flags) else { return nil }
      return Connection(self, fd: fd, stream: stream, ssl: nil, peer: peer)
    }
    guard let ssl = tls.makeConnection() else { return nil }
    guard
      let stream = bufferevent_openssl_socket_new(
        loop.base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, flags)
    else {
      TLSConnection.free(ssl)
      return nil
    }
    return Connection(self, fd: fd, stream: stream, ssl: ssl, peer: peer)
  }

  /// EMFILE and the like: the socket stays readable, so pause instead of spinning.
  fileprivate func acceptError() {
    counters.withLock { $0.acceptErrors += 1 }
    options.report(.acceptFailed)
    guard let accepting, let pauseTimer else { return }
    evconnlistener_disable(accepting)
    pauseTimer.set(options.deadlines.acceptPause)
  }

  fileprivate func endPause() { if let accepting { evconnlistener_enable(accepting) } }

  /// Called by the connection when its descriptor is closed.
  func remove(_ connection: Connection) {
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    if let id = connection.exchange, exchanges[id] != nil { exchanges[id] = .some(nil) }
    if let key = connection.peer.capKey, let count = countByKey[key] {
      countByKey[key] = count > 1 ? count - 1 : nil
    }
    endIfDone()
  }

  // MARK: Requests

  func submit(_ request: Request, of connection: Connection) -> Int {
    counters.withLock { $0.requests += 1 }
    let id = nextExchange
    nextExchange += 1
    exchanges[id] = connection
    channel.push(Exchange(id: id, request: request, listener: self))
    return id
  }

  func answer(_ id: Int, _ response: Response, _ feed: Feed?) {
    if let connection = exchanges.removeValue(forKey: id), let connection {
      connection.answer(response, feed)
    } else {
      feed?.end()
    }
    endIfDone()
  }

  func noteRefusal(_ refusal: RequestRefusal, _ address: String) {
    counters.withLock { $0.refused += 1 }
    options.report(.requestRefused(address: address, refusal))
  }

  func noteFailedHandshake(_ address: String, reason: String, verifyCode: Int) {
    counters.withLock {
      $0.handshakesFailed += 1
      $0.lastHandshakeFailure = reason
    }
    options.report(
      .handshakeFailed(address: address, reason: reason, verifyCode: verifyCode))
  }

  // MARK: The end

  func stop(gracefully: Bool) {
    if !isStopping {
      isStopping = true
      if let accepting { evconnlistener_free(accepting) }
      accepting = nil
      pauseTimer?.free()
      pauseTimer = nil
      let context = Unmanaged.passUnretained(self).toOpaque()
      stopTimer = DeadlineTimer(loop, context, stopDeadlinePassed)
      stopTimer?.set(options.deadlines.stop)
    }
    if gracefully, stopTimer != nil {
      for connection in Array(connections.values) { connection.finish() }
      endIfDone()
    } else {
      endNow()
    }
  }

  fileprivate func endNow() {
    stopTimer?.free()
    stopTimer = nil
    for connection in Array(connections.values) { connection.close(isOrderly: true) }
    channel.close()
  }

  private func endIfDone() {
    guard isStopping, stopTimer != nil, connections.isEmpty, exchanges.isEmpty else { return }
    endNow()
  }
}

private func listener(_ context: UnsafeMutableRawPointer?) -> Listener? {
  context.map { Unmanaged<Listener>.fromOpaque($0).takeUnretainedValue() }
}
private func accepted(
  _: OpaquePointer?, _ fd: Int32, _ address: UnsafeMutablePointer<sockaddr>?, _: Int32,
  _ context: UnsafeMutableRawPointer?
) {
  listener(context)?.accept(fd, Peer(fd, address))
}
private func acceptFailed(_: OpaquePointer?, _ context: UnsafeMutableRawPointer?) {
  listener(context)?.acceptError()
}
private func pauseEnded(_: Int32, _: Int16, _ context: UnsafeMutableRawPointer?) {
  listener(context)?.endPause()
}
private func stopDeadlinePassed(_: Int32, _: Int16, _ context: UnsafeMutableRawPointer?) {
  listener(context)?.endNow()
}
