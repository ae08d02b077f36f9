/// One easy handle: it carries one transfer at a time and remembers its TLS sessions between them.
// SPDX-License-Identifier: Apache-2.0
import CCurl
import Glibc
import OpenSSL

/// Touched on the loop's thread only.
final class Slot {
  let easy: UnsafeMutableRawPointer
  private unowned let pool: Pool
  private let errorText: UnsafeMutablePointer<CChar>
  private var headerLines: UnsafeMutablePointer<curl_slist>?
  private var head = AnswerHead(bodyLimit: 0)
  private var body: [UInt8] = []
  private var bodyLimit = 0
  private var sink: (@Sendable ([UInt8]) -> Bool)?
  private var sunkOctets = 0
  /// Sockets made for the running transfer.
  private var opened: [Int32] = []
  private var requestBegun = false
  private var refusal: TransferReport.Refusal?

  /// Nil when libcurl refuses an option that every transfer needs.
  init?(pool: Pool) {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    self.pool = pool
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    guard setConstants(), setCallbacks() else { return nil }
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(headerLines)
    errorText.deallocate()
  }

  private func setConstants() -> Bool {
    let key = pool.key
    let numbers: [(CURLoption, Int)] = [
      (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_NOSIGNAL, 1), (CURLOPT_SSL_VERIFYPEER, 1),
      (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_HTTP_CONTENT_DECODING, 0),
      (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
      (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
      (CURLOPT_MAXLIFETIME_CONN, Limits.connectionLifetimeSeconds),
      (CURLOPT_LOW_SPEED_LIMIT, 1), (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
      // The store of anchors comes with each TLS context; libcurl must not share one.
      (CURLOPT_CA_CACHE_TIMEOUT, 0),
      (CURLOPT_TCP_KEEPALIVE, 1), (CURLOPT_HTTPPROXYTUNNEL, key.proxy == nil ? 0 : 1),
    ]
    let texts: [(CURLoption, String?)] = [
      (CURLOPT_PROTOCOLS_STR, key.endpoint.hasPrefix("https:") ? "https" : "http"),
      // With its default folder of anchors libcurl takes 30 ms for each connection.
      (CURLOPT_CAPATH, nil), (CURLOPT_CAINFO, nil),
      (CURLOPT_SSL_CIPHER_LIST, "ECDHE+AESGCM:ECDHE+CHACHA20"),
      // "" and "*" also keep http_proxy, https_proxy and all_proxy out.
      (CURLOPT_PROXY, key.proxy ?? ""), (CURLOPT_NOPROXY, key.proxy == nil ? "*" : ""),
      (CURLOPT_UNIX_SOCKET_PATH, key.unixSocket),
      (CURLOPT_PINNEDPUBLICKEY, pool.identity?.pinOption),
    ]
    return numbers.allSatisfy { ccurl_set_long(easy, $0.0, $0.1) == CURLE_OK }
      && texts.allSatisfy { ccurl_set_string(easy, $0.0, $0.1) == CURLE_OK }
  }

  private func setCallbacks() -> Bool {
    let me = Unmanaged.passUnretained(self).toOpaque()
    let codes = [
      ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText),
      ccurl_set_write(easy, CURLOPT_WRITEFUNCTION, bodyArrived),
      ccurl_set_pointer(easy, CURLOPT_WRITEDATA, me),
      ccurl_set_write(easy, CURLOPT_HEADERFUNCTION, headerArrived),
      ccurl_set_pointer(easy, CURLOPT_HEADERDATA, me),
      ccurl_set_ssl_ctx(easy, contextMade),
      ccurl_set_pointer(easy, CURLOPT_SSL_CTX_DATA, me),
      ccurl_set_open_socket(easy, socketWanted),
      ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me),
      // A connection outlives its slot, so its end is told to the pool.
      ccurl_set_close_socket(easy, socketEnded),
      ccurl_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(pool).toOpaque()),
      ccurl_set_prereq(easy, requestReady),
      ccurl_set_pointer(easy, CURLOPT_PREREQDATA, me),
    ]
    return codes.allSatisfy { $0 == CURLE_OK }
  }

  // MARK: One transfer

  /// Sets what differs from transfer to transfer; false when libcurl refuses one of it.
  func prepare(_ order: TransferOrder, onNewConnection: Bool) -> Bool {
    head = AnswerHead(bodyLimit: order.maxAnswerOctets)
    body = []
    bodyLimit = order.maxAnswerOctets
    sink = order.sink
    sunkOctets = 0
    opened = []
    requestBegun = false
    refusal = nil
    errorText[0] = 0
    curl_slist_free_all(headerLines)
    headerLines = nil
    var lines = ["Expect:", "Accept-Encoding:"]
    if !order.fields.contains(where: { $0.name.lowercased() == "content-type" }) {
      lines.append("Content-Type:")
    }
    // "Name;" is libcurl's spelling of a field without a value.
    lines += order.fields.map { $0.value.isEmpty ? $0.name + ";" : "\($0.name): \($0.value)" }
    for line in lines {
      guard let longer = curl_slist_append(headerLines, line) else { return false }
      headerLines = longer
    }
    let numbers: [(CURLoption, Int)] = [
      (CURLOPT_CONNECTTIMEOUT_MS, order.connectMilliseconds),
      (CURLOPT_TIMEOUT_MS, order.totalMilliseconds),
      (CURLOPT_LOW_SPEED_TIME, order.silenceSeconds),
      (CURLOPT_FRESH_CONNECT, onNewConnection ? 1 : 0),
      (order.isPost ? CURLOPT_POST : CURLOPT_HTTPGET, 1),
    ]
    return numbers.allSatisfy { ccurl_set_long(easy, $0.0, $0.1) == CURLE_OK }
      && ccurl_set_string(easy, CURLOPT_URL, order.url) == CURLE_OK
      && ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headerLines) == CURLE_OK
      && (!order.isPost || setBody(order.body))
  }

  private func setBody(_ octets: [UInt8]) -> Bool {
    // The size comes first, or libcurl would look for the end of a C string.
    guard ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(octets.count)) == CURLE_OK
    else { return false }
    return octets.isEmpty
      ? ccurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, "") == CURLE_OK
      : ccurl_set_octets(easy, CURLOPT_COPYPOSTFIELDS, octets) == CURLE_OK
  }

  /// What came of it; the slot is then free, and forgets both bodies.
  func finish(_ end: CURLcode) -> TransferReport {
    // libcurl takes a connection that ends within the head for the end of the head.
    let code = end == CURLE_OK && refusal == nil && !head.isWhole ? CURLE_PARTIAL_FILE : end
    var report = TransferReport()
    report.code = Int(code.rawValue)
    report.refusal = refusal
    report.requestBegun = requestBegun
    report.newConnections = number(CURLINFO_NUM_CONNECTS)
    report.totalMilliseconds = microseconds(CURLINFO_TOTAL_TIME_T) / 1000
    report.handshakeMilliseconds = microseconds(CURLINFO_APPCONNECT_TIME_T) / 1000
    report.peerAddress = text(CURLINFO_PRIMARY_IP)
    if code == CURLE_OK, refusal == nil {
      report.status = head.status
      report.fields = head.fields
      report.body = body
    } else {
      let own = String(cString: errorText)
      report.detail = printable(own.isEmpty ? String(cString: curl_easy_strerror(code)) : own)
    }
    body = []
    sink = nil
    head = AnswerHead(bodyLimit: 0)
    _ = ccurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, nil)
    return report
  }

  private func number(_ info: CURLINFO) -> Int {
    var value = 0
    return ccurl_get_long(easy, info, &value) == CURLE_OK ? value : 0
  }
  private func microseconds(_ info: CURLINFO) -> Int {
    var value: curl_off_t = 0
    return ccurl_get_offset(easy, info, &value) == CURLE_OK ? Int(value) : 0
  }
  private func text(_ info: CURLINFO) -> String {
    var value: UnsafePointer<CChar>?
    guard ccurl_get_string(easy, info, &value) == CURLE_OK, let value else { return "" }
    return String(cString: value)
  }

  // MARK: Callbacks

  fileprivate func take(body octets: UnsafeRawBufferPointer) -> Bool {
    if let sink, head.status == 200 { return give(octets, to: sink) }
    let limit = sink == nil ? bodyLimit : min(bodyLimit, Limits.heldBodyOctets)
    guard body.count + octets.count <= limit else {
      refusal = .tooLarge
      return false
    }
    body.append(contentsOf: octets)
    return true
  }

  private func give(
    _ octets: UnsafeRawBufferPointer, to sink: @Sendable ([UInt8]) -> Bool
  ) -> Bool {
    sunkOctets += octets.count
    guard sunkOctets <= bodyLimit else {
      refusal = .tooLarge
      return false
    }
    guard sink(Array(octets)) else {
      refusal = .cancelled
      return false
    }
    return true
  }

  fileprivate func take(header line: UnsafeRawBufferPointer) -> Bool {
    switch head.take(line) {
    case .fine: return true
    case .tooLarge: refusal = .tooLarge
    case .badFraming: refusal = .badFraming
    }
    return false
  }

  fileprivate func install(on context: OpaquePointer) -> Bool {
    pool.identity?.install(on: context) ?? false
  }

  fileprivate func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
    let wanted = address.pointee
    if wanted.family != AF_UNIX || pool.key.unixSocket == nil {
      // The address is longer than the structure says: read it in place.
      let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0
      let start = UnsafeRawPointer(address) + offset
      guard let octets = AddressList.octets(of: start, family: wanted.family),
        pool.key.allowedAddresses.allows(octets)
      else {
        refusal = .address
        return CURL_SOCKET_BAD
      }
    }
    refusal = nil
    let type = wanted.socktype | Int32(SOCK_CLOEXEC.rawValue)
    let fd = socket(wanted.family, type, wanted.protocol)
    if fd >= 0 {
      pool.opened(fd)
      opened.append(fd)
    }
    return fd
  }

  /// The last check before the first octet: this connection was made for this very identity.
  fileprivate func begin(peer: String, localPort: Int32) -> Bool {
    guard pool.owns(opened, peer: peer, localPort: localPort, identity: pool.identity) else {
      refusal = .wrongConnection
      return false
    }
    guard !pool.hasUnasked(opened, peer: peer, localPort: localPort) else {
      refusal = .usedConnection
      return false
    }
    opened = []
    refusal = nil
    requestBegun = true
    return true
  }
}

private func printable(_ text: String) -> String {
  let octets = text.utf8.prefix(Limits.detailOctets).map { $0 >= 0x20 && $0 < 0x7F ? $0 : 0x3F }
  return String(decoding: octets, as: UTF8.self)
}

// libcurl hands back what it was given: a slot or a pool that lives longer than its handle.
private func slot(_ context: UnsafeMutableRawPointer?) -> Slot? {
  context.map { Unmanaged<Slot>.fromOpaque($0).takeUnretainedValue() }
}
private func bodyArrived(
  _ start: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let octets = UnsafeRawBufferPointer(start: start, count: size * count)
  return slot(context)?.take(body: octets) == true ? octets.count : 0
}
private func headerArrived(
  _ start: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let line = UnsafeRawBufferPointer(start: start, count: size * count)
  return slot(context)?.take(header: line) == true ? line.count : 0
}
private func contextMade(
  _: UnsafeMutableRawPointer?, _ tls: UnsafeMutableRawPointer?, _ context: UnsafeMutableRawPointer?
) -> CURLcode {
  guard let tls, slot(context)?.install(on: OpaquePointer(tls)) == true else {
    return CURLE_SSL_CERTPROBLEM
  }
  return CURLE_OK
}
private func socketWanted(
  _ context: UnsafeMutableRawPointer?, _: curlsocktype,
  _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let address, let slot = slot(context) else { return CURL_SOCKET_BAD }
  return slot.open(address)
}
private func socketEnded(_ context: UnsafeMutableRawPointer?, _ fd: curl_socket_t) -> Int32 {
  if let context {
    Unmanaged<Pool>.fromOpaque(context).takeUnretainedValue().ended(fd)
  }
  return close(fd)
}
private func requestReady(
  _ context: UnsafeMutableRawPointer?, _ peer: UnsafeMutablePointer<CChar>?,
  _: UnsafeMutablePointer<CChar>?, _: Int32, _ localPort: Int32
) -> Int32 {
  let peer = peer.map { String(cString: $0) } ?? ""
  return slot(context)?.begin(peer: peer, localPort: localPort) == true
    ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}
