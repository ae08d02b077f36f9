/// One partner asked step by step: name, connection, TLS, our certificate, its clock, its material.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Fetch
import OpenSSL
import Outbox
import Platform
import Register
import Sending

extension Health {
  private static let totalMilliseconds = 8_000
  private static let triesAfterReset = 3

  /// Nil for a partner that is not in the register. Sends one GET without content.
  func partner(_ code: String, now: Instant) async -> [HealthCheck]? {
    guard let partner = configuration.partners.first(where: { $0.code.text == code }),
      let link = links[code]
    else { return nil }
    var checks: [HealthCheck] = []
    checks.append(
      partner.isEnabled
        ? .good("enabled", "the register lets it get documents")
        : .unknown("enabled", "its file says enabled = false"))
    checks += await road(link)
    checks += certificates(of: partner, now)
    checks += revocation(of: link, now)
    checks += await fetching.sources(of: partner).compactMap(\.check)
    let common = partner.versions(among: schemaVersions)
    checks.append(
      common.isEmpty
        ? .bad(
          "schema", "no schema version is known to both sides",
          "widen schema in its file once the partner reads another version")
        : .good("schema", "both know \(common.map(\.description).joined(separator: ", "))"))
    if let found = await sender.suspension(of: code) {
      checks.append(.bad("held-up", found.cause.message, found.cause.hint))
    } else {
      checks.append(.good("held-up", "nothing holds it up"))
    }
    return checks.map { check in
      var check = check
      check.partner = code
      return check
    }
  }

  private func road(_ link: PartnerLink) async -> [HealthCheck] {
    let id = UniversalID.v7(at: clock.now(), random: SecureRandom.octets(16))
    var request = Courier.request(for: [], body: [], by: link.road, transactionID: id)
    request.method = .get
    request.timeouts.totalMilliseconds = Health.totalMilliseconds
    var asked = clock.now()
    var result = await fetcher.get(request)
    // In TLS 1.3 the alert about our certificate comes after our handshake, and a reset may
    // overtake it: another try usually tells one from the other.
    for _ in 0..<Health.triesAfterReset {
      guard case .failure(let failure) = result, failure.kind == .reset else { break }
      asked = clock.now()
      result = await fetcher.get(request)
    }
    switch result {
    case .failure(let failure): return RoadCheck.steps(failure)
    case .answer(let answer):
      let heard = clock.now()
      let reading = ClockReading(asked: asked, heard: heard, date: answer.clock)
      clock.hear(link.partner.code.text, reading)
      return RoadCheck.steps(answer) + [skew(reading)]
    }
  }

  private func skew(_ reading: ClockReading) -> HealthCheck {
    guard let theirs = reading.date, let ahead = reading.aheadMilliseconds else {
      return .unknown("clock", "the answer has no Date field")
    }
    return ClockSkew.standing(ahead) == .good
      ? .good("clock", "ours and its differ by \(abs(ahead) / 1_000) s")
      : .bad(
        "clock", "ours says \(reading.heard), its \(theirs)",
        "compare both with a time server; a wrong clock makes deliveries wait")
  }

  private func certificates(of partner: Partner, _ now: Instant) -> [HealthCheck] {
    let client = partner.tls.client ?? configuration.tlsClient
    let uses: [(String, [Certificate])] = [
      ("its signature", partner.trust.anchors + partner.trust.pinned),
      ("its server", partner.tls.anchors), ("our client", client.certificates),
      ("our signature", partner.signing.key.certificates),
    ]
    return uses.compactMap { use, certificates in
      guard let end = certificates.map(\.notAfter).min() else { return nil }
      let days = end.since(now) / 86_400_000
      return days >= certificateWarningDays
        ? .good("certificates", "\(use): \(days) days left")
        : .bad(
          "certificates", "\(use): ends at \(end)",
          "get the new one now, and put it into the configuration before that day")
    }
  }

  private func revocation(of link: PartnerLink, _ now: Instant) -> [HealthCheck] {
    let lists = link.revocationLists
    guard link.partner.revocation.mode == .crl else {
      return [.unknown("revocation", "its file asks for no revocation lists")]
    }
    guard RevocationStanding(lists, of: link.partner, at: now) != .missing else {
      return [
        .bad(
          "revocation", "an authority in its file has no revocation list",
          "see: referralctl partner crl CODE; receipts stay undecided without it")
      ]
    }
    let stale = lists.filter { ($0.nextUpdate ?? now) < now }
    return [
      stale.isEmpty
        ? .good("revocation", "\(lists.count) lists, all current")
        : .bad(
          "revocation", "\(stale.count) of \(lists.count) lists are out of date",
          "see: referralctl partner crl CODE; receipts stay undecided meanwhile")
    ]
  }
}

/// What one exchange says about each step of the road.
enum RoadCheck {
  private static let steps = ["name", "connection", "tls", "our-certificate", "answer"]

  /// All good up to the step that failed; what comes after it is not known.
  static func steps(_ failure: FetchFailure) -> [HealthCheck] {
    let (step, message, hint) = reason(failure)
    let place = steps.firstIndex(of: step) ?? 0
    return steps.enumerated().map { index, name in
      if index < place { return good(name, "") }
      return index == place
        ? .bad(name, message, hint) : .unknown(name, "not reached: \(step) is bad")
    }
  }

  static func steps(_ answer: FetchAnswer) -> [HealthCheck] {
    let way = steps.prefix(3).map { good($0, answer.peerAddress) }
    let status = answer.status
    if [401, 403, 407].contains(status) {
      return way + [
        .bad(
          "our-certificate", "the partner answers \(status)",
          "ask the partner whether our certificate and OIN are on its list"),
        .unknown("answer", "not reached: our-certificate is bad"),
      ]
    }
    if answer.field("fsc-error-code") != nil {
      return way + [
        .unknown("our-certificate", "the outway answered"),
        .bad("answer", "the outway or inway failed", "see the outway's log and its grant"),
      ]
    }
    return way + [
      good("our-certificate", ""),
      status >= 500
        ? .bad(
          "answer", "the partner answers \(status)", "its service is in trouble: phone the partner")
        : .good("answer", "HTTP \(status) to a GET, which is in order"),
    ]
  }

  private static func good(_ name: String, _ address: String) -> HealthCheck {
    switch name {
    case "name": .good(name, "resolves")
    case "connection": .good(name, address.isEmpty ? "connects" : "connects to \(address)")
    case "tls": .good(name, "the server is the partner's")
    default: .good(name, "not refused")  // OPEN: names of steps
    }
  }

  private static func reason(_ failure: FetchFailure) -> (String, String, String) {
    switch failure.kind {
    case .resolve:
      ("name", "the host's name does not resolve", "see the endpoint in its file and our resolver")
    case .connect:
      (
        "connection", "nobody accepts the connection",
        "is the firewall open, and the partner's service up?"
      )
    case .addressRefused:
      (
        "connection", "the address is not one of those allowed",
        "if the partner has moved, confirm it by phone and change addresses in its file"
      )
    case .timeout where failure.peerAddress.isEmpty:
      (
        "connection", "no connection in time",
        "a firewall that drops packets looks like this; ask both networks"
      )
    case .tlsVerify:
      (
        "tls", "the server's certificate does not lead to the anchors, or names another host",
        "do not trust it before the partner has confirmed its new certificate by phone"
      )
    case .tlsPin:
      (
        "tls", "the server's key is not one of those pinned",
        "do not trust it before the partner has confirmed its new key by phone"
      )
    case .tlsRevocation:
      (
        "tls", "nobody can say whether the server's certificate is revoked",
        "fetch the newest revocation lists of the partner's authorities"
      )
    case .tlsOther:
      ("tls", "the handshake failed", "compare TLS versions and algorithms with the partner")
    case .tlsPeerRefused:
      (
        "our-certificate", "the partner's server refuses our certificate",
        "ask the partner whether it knows our authority and our certificate"
      )
    case .timeout:
      ("answer", "connected, but no answer in time", "the partner is overloaded: phone it")
    case .reset:
      (
        "answer", "the connection ends without an answer",
        "a server that refuses our certificate can look like this: ask the partner for its log"
      )
    case .badFraming, .tooLarge, .http2, .aborted, .request, .other:
      ("answer", "no usable answer (\(failure.kind.rawValue))", "ask the partner for its log")
    }
  }
}
