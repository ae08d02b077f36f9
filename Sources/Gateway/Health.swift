/// Is the gateway alive, ready, and well: each question with its verdict and what to do.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import JSON
import Outbox
import Platform
import Register
import Sending
import Signing

/// One question asked and answered.
struct HealthCheck: Sendable {
  enum Verdict: String, Sendable {
    case good, bad
    /// Could not be asked, because something before it is bad, or there is nothing to ask.
    case unknown
  }
  let name: String
  let verdict: Verdict
  let message: String
  /// What to do; empty when nothing is.
  var hint = ""
  var partner: String?

  static func good(_ name: String, _ message: String) -> HealthCheck {
    HealthCheck(name: name, verdict: .good, message: message)
  }
  static func bad(_ name: String, _ message: String, _ hint: String) -> HealthCheck {
    HealthCheck(name: name, verdict: .bad, message: message, hint: hint)
  }
  static func unknown(_ name: String, _ message: String) -> HealthCheck {
    HealthCheck(name: name, verdict: .unknown, message: message)
  }

  var line: JSONObject {
    var line: JSONObject = ["v": 1, "kind": "check", "name": .string(name)]
    if let partner { line["partner"] = .string(partner) }
    line["verdict"] = .string(verdict.rawValue)
    line["message"] = .string(message)
    if !hint.isEmpty { line["hint"] = .string(hint) }
    return line
  }
}

struct Health: Sendable {
  let inForce: InForce
  let schemaVersions: [String]
  let outbox: OutboxStore
  let sender: Sender
  let fetcher: Fetcher
  let fetching: ListFetching
  let clock: GatewayClock
  var configuration: Configuration { inForce.configuration }
  var links: [String: PartnerLink] { inForce.links }
  private static let roundSeconds: Int64 = 60

  /// Whoever can ask this gets an answer.
  func live() -> [HealthCheck] { [.good("process", "answers")] }

  /// A commit to the store, a signature with every key and its verification, a loop that turns.
  func ready(now: Instant) async -> [HealthCheck] {
    var checks = [await store(now)]
    for key in configuration.signingKeys {
      checks.append(signature(with: key))
    }
    checks.append(wallClock(now))
    let stood = now.since(await sender.lastRound()) / 1000
    checks.append(
      stood <= Health.roundSeconds
        ? .good("sending", "the loop went round within \(Health.roundSeconds) s")
        : .bad(
          "sending", "the loop has stood still for \(stood) s",
          "restart it: systemctl restart referral-gateway; keep the journal for its makers"))
    return checks
  }

  /// Whether the gateway can work with every partner.
  func deep(now: Instant) async -> [HealthCheck] {
    let ready = await ready(now: now)
    let codes = configuration.partners.filter(\.isEnabled).map(\.code.text)
    let found = await withTaskGroup(of: (String, [HealthCheck]).self) { group in
      for code in codes {
        group.addTask { (code, await self.partner(code, now: now) ?? []) }
      }
      var all: [String: [HealthCheck]] = [:]
      for await (code, checks) in group { all[code] = checks }
      return all
    }
    return ready + codes.flatMap { found[$0] ?? [] }
  }

  private func store(_ now: Instant) async -> HealthCheck {
    do throws(OutboxError) {
      try await outbox.proveWritable(at: now)
      return .good("store", "a row was written and committed")
    } catch {
      return error.code == .full
        ? .bad("store", "the disk is full", "free space; recording goes on by itself")
        : .bad(
          "store", "the record cannot be written (\(error.code.rawValue))",
          "see: journalctl -u referral-gateway -n 50")
    }
  }

  /// By itself, and by most partners' answers.
  private func wallClock(_ now: Instant) -> HealthCheck {
    if let doubt = clock.doubtMilliseconds {
      return .bad(
        "clock", "it jumped to \(now.adding(milliseconds: doubt)); \(now) is believed",
        "put it right; if the new time is right: health deep, or restart the gateway")
    }
    guard let ahead = clock.partnersAheadMilliseconds else {
      return .unknown("clock", "fewer than \(SendingLimits.skewAnswers) answers of partners yet")
    }
    let message = "ours and the partners' differ by \(abs(ahead) / 1_000) s"
    switch ClockSkew.standing(ahead) {
    case .good, .unknown, .off: return .good("clock", message)
    case .wrong:
      return .bad(
        "clock", "ours says \(now), the partners' \(now.adding(milliseconds: ahead))",
        "put ours right, then: referralctl health deep")
    }
  }

  private func signature(with key: SigningKey) -> HealthCheck {
    let name = "signing-key"
    // Each key is opened once for every partner that it signs for; one of them stands for it.
    guard let link = links.values.first(where: { $0.partner.signing.key.name == key.name }) else {
      return .unknown(name, "\(key.name): no partner's file names it")
    }
    return link.signing.selfTest()
      ? .good(name, "\(key.name): signed and verified")
      : .bad(name, "\(key.name): does not sign", "see whether its file and certificate fit")
  }
}
