/// One connection's life: handshake, head, body, handling, answer, again or goodbye.
// SPDX-License-Identifier: Apache-2.0
import CLibevent
import Glibc
import OpenSSL
import Platform

/// Loop thread only. The listener keeps it until its descriptor is closed; libevent's callbacks
/// hold it without a count and are taken away before that.
final class Connection {
  private enum Phase { case handshake, idle, head, body, handling, answering, lingering, closed }

  let peer: Peer
  /// The request in handling.
  private(set) var exchange: Int?
  private let listener: Listener
  private let fd: Int32
  private var stream: OpaquePointer?
  private var ssl: OpaquePointer?
  private var timer: DeadlineTimer?
  private var lingerEvent: OpaquePointer?
  private var phase: Phase
  private var certificate: Certificate?
  private var authorities: [Certificate] = []
  private var input: [UInt8] = []
  private var scanner = HeadScanner()
  private var head: RequestHead?
  private var body: BodyReader?
  private var closesAfterAnswer = false
  /// The streamed body under way.
  private var feed: Feed?

  /// Takes `stream` and `ssl`, and `fd` unless it returns nil.
  init?(_ listener: Listener, fd: Int32, stream: OpaquePointer, ssl: OpaquePointer?, peer: Peer) {
    self.listener = listener
    self.fd = fd
    self.stream = stream
    self.ssl = ssl
    self.peer = peer
    phase = ssl == nil ? .idle : .handshake
    timer = DeadlineTimer(listener.loop, context, deadlinePassed)
    guard timer != nil else {
      freeStream()
      return nil
    }
    bufferevent_setcb(stream, readable, written, happened, context)
    bufferevent_setwatermark(stream, Int16(EV_READ), 0, HTTPServerLimits.bufferedOctets)
    bufferevent_enable(stream, Int16(EV_READ | EV_WRITE))
    timer?.set(ssl == nil ? deadlines.idle : deadlines.handshake)
  }

  private var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
  private var deadlines: Deadlines { listener.options.deadlines }

  private func enter(_ phase: Phase, _ deadline: Duration) {
    self.phase = phase
    timer?.set(deadline)
  }

  // MARK: Receiving

  func read() {
    guard let stream, let buffer = bufferevent_get_input(stream) else { return }
    let count = evbuffer_get_length(buffer)
    let octets = [UInt8](unsafeUninitializedCapacity: count) { target, used in
      used = max(0, Int(evbuffer_remove(buffer, target.baseAddress, count)))
    }
    guard !octets.isEmpty else { return }
    // A quick client may ask again before libevent has told that the last answer is out.
    if phase == .answering { drained() }
    do throws(RequestRefusal) {
      switch phase {
      case .idle, .head: try readHead(octets)
      case .body: try readBody(octets[...])
      case .handling: throw .pipelining
      case .answering: closesAfterAnswer = true
      case .handshake, .lingering, .closed: break
      }
    } catch { refuse(error) }
  }

  private func readHead(_ octets: [UInt8]) throws(RequestRefusal) {
    if phase == .idle { enter(.head, deadlines.head) }
    input += octets
    guard let end = try scanner.scan(input) else { return }
    let head = try RequestHead(input, lines: scanner.lines)
    self.head = head
    body = try BodyReader(head.framing, limit: listener.options.limits.bodyOctets)
    let rest = input[end...]
    input = []
    scanner = HeadScanner()
    enter(.body, deadlines.body)
    if head.expectsContinue, rest.isEmpty { send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
    try readBody(rest)
  }

  private func readBody(_ octets: ArraySlice<UInt8>) throws(RequestRefusal) {
    guard let head, let rest = try body?.take(octets) else { return }
    guard rest.isEmpty else { throw .pipelining }
    guard let body, body.isComplete else { return }
    self.body = nil
    self.head = nil
    closesAfterAnswer = closesAfterAnswer || head.closes
    enter(.handling, deadlines.handler)
    let request = Request(
      method: head.method, target: head.target, host: head.host, fields: head.fields,
      body: body.octets, peerCertificate: certificate, peerAuthorities: authorities,
      address: peer.address, peerUser: peer.user, peerGroups: peer.groups)
    exchange = listener.submit(request, of: self)
  }

  // MARK: Answering

  /// The handler's answer; nobody waits for it any more once the server has refused or the client
  /// has gone.
  func answer(_ response: Response, _ feed: Feed?) {
    exchange = nil
    guard phase == .handling else {
      feed?.end()
      return
    }
    if response.hangsUp { return close(isOrderly: false) }
    guard let feed else { return write(response) }
    enter(.answering, deadlines.answer)
    self.feed = feed
    feed.begin(self, head: octets(of: response), until: .now + deadlines.stream)
  }

  /// A piece of the streamed body, or why there is none. libevent holds one piece at most: the next
  /// is asked for when this one is out.
  func take(_ piece: Result<Feed.Piece, StreamFault>, of feed: Feed) {
    guard self.feed === feed else { return }
    switch piece {
    case .failure(let fault): breakOff(fault)
    case .success(let piece):
      if piece.isLast { endFeed() }
      timer?.set(max(.zero, min(deadlines.answer, feed.deadline - .now)))
      send(piece.octets)
      drained()
    }
  }

  /// In the middle of the body, so that the client sees that it is not whole.
  private func breakOff(_ fault: StreamFault) {
    listener.options.report(.streamBroken(address: peer.address, fault))
    close(isOrderly: false)
  }

  private func endFeed() {
    feed?.end()
    feed = nil
  }

  private func refuse(_ refusal: RequestRefusal) {
    listener.noteRefusal(refusal, peer.address)
    closesAfterAnswer = true
    input = []
    head = nil
    body = nil
    write(refusal.response)
  }

  private func write(_ response: Response) {
    enter(.answering, deadlines.answer)
    send(octets(of: response))
  }

  private func octets(of response: Response) -> [UInt8] {
    response.octets(closes: closesAfterAnswer, date: listener.options.date())
  }

  private func send(_ octets: [UInt8]) {
    guard let stream else { return }
    bufferevent_write(stream, octets, octets.count)
  }

  private var hasDrained: Bool {
    stream.map { evbuffer_get_length(bufferevent_get_output($0)) == 0 } ?? false
  }

  func drained() {
    guard phase == .answering, hasDrained else { return }
    if let feed { return feed.want() }
    if closesAfterAnswer { linger() } else { enter(.idle, deadlines.idle) }
  }

  // MARK: Events

  func noticed(_ what: Int32) {
    if what & BEV_EVENT_CONNECTED != 0 {
      certificate = ssl.flatMap { TLSConnection.peerCertificate($0) }
      authorities = ssl.map { TLSConnection.peerAuthorities($0) } ?? []
      enter(.idle, deadlines.idle)
    } else if phase == .handshake {
      failHandshake()
    } else if what & BEV_EVENT_EOF != 0 {
      inputEnded()
    } else {
      close(isOrderly: false)
    }
  }

  /// A client may end its side and still wait for the answer.
  private func inputEnded() {
    switch phase {
    case .head, .body: refuse(.incomplete)
    case .handling: closesAfterAnswer = true
    case .answering: closesAfterAnswer = true
    case .handshake, .idle, .lingering, .closed: return close(isOrderly: true)
    }
    // libevent stops a TLS stream both ways at the end of input.
    if let stream {
      bufferevent_disable(stream, Int16(EV_READ))
      bufferevent_enable(stream, Int16(EV_WRITE))
    }
  }

  private func failHandshake() {
    let code = stream.map { UInt(bufferevent_get_openssl_error($0)) } ?? 0
    let reason = code == 0 ? "connection ended" : TLSConnection.reason(code)
    let verifyCode = ssl.map { TLSConnection.verifyResult($0) } ?? 0
    listener.noteFailedHandshake(peer.address, reason: reason, verifyCode: verifyCode)
    linger()
  }

  func timeUp() {
    switch phase {
    case .handshake:
      listener.noteFailedHandshake(peer.address, reason: "timeout", verifyCode: 0)
      close(isOrderly: false)
    case .idle: close(isOrderly: true)
    case .head: refuse(.headTimeout)
    case .body: refuse(.bodyTimeout)
    case .handling: refuse(.handlerTimeout)
    case .answering:
      if let feed, feed.isAsked, hasDrained { breakOff(.late) } else { close(isOrderly: false) }
    case .lingering, .closed: close(isOrderly: false)
    }
  }

  // MARK: The end

  /// The server stops: what is in handling may finish, everything else ends here.
  func finish() {
    switch phase {
    case .handshake, .idle, .head, .body: close(isOrderly: true)
    case .handling, .answering: closesAfterAnswer = true
    case .lingering, .closed: break
    }
  }

  /// Ends writing and swallows what still comes: a reset would destroy the alert or the answer on
  /// its way (RFC 9112, section 9.6).
  private func linger() {
    if phase != .handshake, let ssl { TLSConnection.endWriting(ssl) }
    freeStream()
    enter(.lingering, deadlines.linger)
    guard shutdown(fd, Int32(SHUT_WR)) == 0,
      let event = event_new(
        listener.loop.base, fd, Int16(EV_READ | EV_PERSIST), lingerReadable, context)
    else { return close(isOrderly: false) }
    lingerEvent = event
    event_add(event, nil)
  }

  func swallow() {
    var octets = [UInt8](repeating: 0, count: 16_384)
    let count = Glibc.read(fd, &octets, octets.count)
    guard count > 0 || count < 0 && (errno == EAGAIN || errno == EINTR) else {
      return close(isOrderly: false)
    }
  }

  /// `isOrderly` sends close_notify first (RFC 8446, section 6.1).
  func close(isOrderly: Bool) {
    guard phase != .closed else { return }
    if isOrderly, phase != .handshake, let ssl { TLSConnection.sayGoodbye(ssl) }
    phase = .closed
    endFeed()
    timer?.free()
    timer = nil
    if let lingerEvent { event_free(lingerEvent) }
    lingerEvent = nil
    freeStream()
    Glibc.close(fd)
    listener.remove(self)
  }

  /// Without OPT_CLOSE_ON_FREE the bufferevent leaves SSL and socket to us; its own memory goes in
  /// the loop's next round and touches neither.
  private func freeStream() {
    if let stream {
      bufferevent_setcb(stream, nil, nil, nil, nil)
      bufferevent_free(stream)
    }
    stream = nil
    if let ssl { TLSConnection.free(ssl) }
    ssl = nil
    TLSConnection.clearErrors()
  }
}
