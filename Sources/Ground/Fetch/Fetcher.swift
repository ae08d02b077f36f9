/// HTTPS out: the only door through which octets leave for a partner.
// SPDX-License-Identifier: Apache-2.0
import Curl
import OpenSSL

package final class Fetcher: Sendable {
  private let loop = CurlLoop()

  /// Starts the thread that carries all transfers. Close it before dropping it.
  package init() {}

  /// Carries out the request as it is; cancelling the task ends it. Nothing is tried twice, except
  /// that a kept connection which turns out dead is replaced before anything was answered on it.
  package func push(_ request: FetchRequest) async -> FetchResult {
    switch Fetcher.order(request) {
    case .failure(let refusal): return .failure(refusal)
    case .success(let order): return Fetcher.result(await loop.run(order))
    }
  }

  /// The same with the method GET and no body.
  package func get(_ request: FetchRequest) async -> FetchResult {
    var request = request
    request.method = .get
    request.body = []
    return await push(request)
  }

  /// Closes the connections of older generations of the register once nothing runs on them.
  package func retire(generationsBelow generation: Int) {
    loop.retire(generationsBelow: generation)
  }

  /// Ends what runs, its callers get `.aborted`, and joins the thread.
  package func close() async { await loop.close() }

  private static func result(_ report: TransferReport) -> FetchResult {
    guard report.code == 0, report.refusal == nil else { return .failure(FetchFailure(report)) }
    return .answer(
      FetchAnswer(
        status: report.status, fields: report.fields.map { ($0.name, $0.value) },
        body: report.body, peerAddress: report.peerAddress,
        newConnections: report.newConnections, milliseconds: report.totalMilliseconds,
        handshakeMilliseconds: report.handshakeMilliseconds))
  }

  /// Checks all that libcurl would take without a word or complain about too late.
  static func order(_ request: FetchRequest) -> Result<TransferOrder, FetchFailure> {
    guard let target = URLParts.parse(request.url) else { return refused("the URL is not usable") }
    switch target.scheme {
    case "https":
      guard request.identity != nil else { return refused("https needs an identity") }
    default:
      guard request.allowsPlainHTTP else { return refused("plain http is not allowed here") }
    }
    guard let addresses = AddressList(request.allowedAddresses) else {
      return refused("an allowed address is not an address")
    }
    if let proxy = request.proxy {
      guard URLParts.parse(proxy)?.scheme == "http", request.unixSocket == nil else {
        return refused("the proxy is not usable")
      }
    }
    guard request.fields.count <= Limits.fields, request.fields.allSatisfy(isUsable) else {
      return refused("a field is not usable")
    }
    guard request.body.count <= Limits.bodyOctets, request.method == .post || request.body.isEmpty
    else { return refused("the body is not usable") }
    let timeouts = request.timeouts
    guard timeouts.connectMilliseconds > 0, timeouts.totalMilliseconds > 0,
      timeouts.silenceSeconds > 0,
      (1...Limits.largestAnswerOctets).contains(request.maxAnswerOctets)
    else { return refused("a limit is not usable") }
    return .success(
      TransferOrder(
        isPost: request.method == .post, url: request.url, target: target,
        fields: request.fields.map { (name: $0.0, value: $0.1) }, body: request.body,
        identity: request.identity, generation: request.generation, allowedAddresses: addresses,
        proxy: request.proxy, unixSocket: request.unixSocket,
        connectMilliseconds: timeouts.connectMilliseconds,
        totalMilliseconds: timeouts.totalMilliseconds, silenceSeconds: timeouts.silenceSeconds,
        maxAnswerOctets: request.maxAnswerOctets, sink: request.sink))
  }

  /// A field may not smuggle a second one, nor frame the message in our place.
  private static func isUsable(_ field: (String, String)) -> Bool {
    let (name, value) = field
    let framing = ["content-length", "transfer-encoding", "connection", "expect", "host"]
    return !name.isEmpty && name.utf8.allSatisfy(AnswerHead.isToken)
      && !framing.contains(name.lowercased())
      && name.utf8.count + value.utf8.count <= Limits.fieldOctets
      && value.utf8.allSatisfy { $0 == 0x09 || $0 >= 0x20 && $0 < 0x7F }
  }

  private static func refused(_ detail: String) -> Result<TransferOrder, FetchFailure> {
    .failure(
      FetchFailure(
        kind: .request, curlCode: 0, detail: detail, bytesSent: false, peerAddress: "",
        newConnections: 0))
  }
}
