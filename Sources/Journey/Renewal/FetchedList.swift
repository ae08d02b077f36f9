/// An answer from the network judged: only a list that a known authority signed comes out of here.
// SPDX-License-Identifier: Apache-2.0
import Digest
package import Fetch
package import OpenSSL
package import Platform
package import Register

package struct FetchedList: Sendable {
  package let list: RevocationList
  /// Where it is kept: the same for every list of one key about the same certificates.
  let keptName: String

  fileprivate init(_ list: RevocationList, signedBy issuer: Certificate) {
    self.list = list
    let parts = [issuer.publicKeySHA256] + list.scope
    let digests = parts.flatMap { SHA256Digest(of: $0).octets }
    keptName = SHA256Digest(of: digests).hex + KeptLists.ending
  }
}

/// What is known of one source before it is asked.
package struct ListQuestion: Sendable {
  package let url: ServiceURL
  package let anchors: [Certificate]
  /// Who may have signed its list.
  package let issuers: [Certificate]
  /// Lists known so far, of whatever authority.
  package let known: [RevocationList]

  package init(
    url: ServiceURL, anchors: [Certificate], issuers: [Certificate], known: [RevocationList]
  ) {
    self.url = url
    self.anchors = anchors
    self.issuers = issuers
    self.known = known
  }

  /// One GET, no redirect, nothing of ours shown.
  package func request(totalMilliseconds: Int) -> FetchRequest {
    var request = FetchRequest(
      .get, url.text, identity: url.isSecure ? TLSClientIdentity(anchors: anchors) : nil)
    request.allowsPlainHTTP = true
    request.maxAnswerOctets = RenewalLimits.listOctets
    request.timeouts.connectMilliseconds = RenewalLimits.connectMilliseconds
    request.timeouts.totalMilliseconds = totalMilliseconds
    request.timeouts.silenceSeconds = RenewalLimits.silenceSeconds
    return request
  }

  /// The list is there where it should be in force: `taken`, `unchanged` and `ended`.
  package func judge(_ result: FetchResult, at now: Instant) -> (FetchOutcome, FetchedList?) {
    switch result {
    case .failure(let failure): return (FetchOutcome(failure.kind), nil)
    case .answer(let answer):
      guard answer.status == 200 else {
        return ((300..<400).contains(answer.status) ? .redirect : .status, nil)
      }
      return judge(answer.body, at: now)
    }
  }

  private func judge(_ octets: [UInt8], at now: Instant) -> (FetchOutcome, FetchedList?) {
    guard let lists = RevocationFiles.lists(of: octets), lists.count == 1, let list = lists.first
    else { return (.noList, nil) }
    let named = issuers.filter { $0.subject == list.issuer }
    guard !named.isEmpty else { return (.stranger, nil) }
    guard let issuer = named.first(where: list.isSigned) else { return (.forged, nil) }
    guard list.thisUpdate <= now.adding(seconds: RenewalLimits.skewSeconds) else {
      return (.notYetValid, nil)
    }
    let fetched = FetchedList(list, signedBy: issuer)
    let rivals = known.filter { $0.isAboutTheSame(as: list) && $0.isSigned(by: issuer) }
    guard rivals.allSatisfy(list.isNoOlder) else { return (.older, nil) }
    guard let end = list.nextUpdate, now < end else { return (.ended, fetched) }
    return (rivals.contains { $0.der == list.der } ? .unchanged : .taken, fetched)
  }
}

extension FetchOutcome {
  init(_ kind: FetchFailure.Kind) {
    switch kind {
    case .timeout: self = .timeout
    case .tooLarge: self = .tooLarge
    case .tlsPeerRefused, .tlsVerify, .tlsPin, .tlsRevocation, .tlsOther: self = .tls
    case .badFraming, .http2: self = .noList
    case .resolve, .connect, .addressRefused, .reset, .aborted, .request, .other:
      self = .unreachable
    }
  }
}
