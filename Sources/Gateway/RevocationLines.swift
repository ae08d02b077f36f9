/// How a partner's revocation lists stand and where they come from, as operators see it.
// SPDX-License-Identifier: Apache-2.0
import JSON
import OpenSSL
import Platform
import Register
import Renewal

extension Inspection {
  /// The lists in force, each with its age.
  func revocation(of partner: Partner, _ now: Instant) -> JSONObject {
    var line: JSONObject = ["mode": .string(partner.revocation.mode.rawValue)]
    guard partner.revocation.mode == .crl else { return line }
    let lists = links[partner.code.text]?.revocationLists ?? partner.revocation.lists
    line["graceHours"] = .integer(partner.revocation.graceHours)
    line["standing"] = .string(RevocationStanding(lists, of: partner, at: now).rawValue)
    line["lists"] = .array(
      lists.sorted { $0.issuer < $1.issuer }.map { list in
        var entry: JSONObject = [
          "issuer": .string(list.issuer), "thisUpdate": .moment(list.thisUpdate),
          "ageSeconds": .integer(Int(now.since(list.thisUpdate) / 1_000)),
          "standing": .string(
            RevocationStanding(list, graceHours: partner.revocation.graceHours, at: now).rawValue),
        ]
        if let number = list.number { entry["number"] = .string("0x" + Hex.encode(number)) }
        if let end = list.nextUpdate { entry["nextUpdate"] = .moment(end) }
        return .object(entry)
      })
    return line
  }

  /// The same with every source and how it does.
  func lists(of partner: Partner) async -> JSONObject {
    [
      "v": 1, "kind": "crl", "partner": .string(partner.code.text),
      "revocation": .object(revocation(of: partner, clock.now())),
      "sources": .array(await fetching.sources(of: partner).map { .object($0.line) }),
    ]
  }
}

extension SourceStanding {
  /// Whoever fetched it last, it asks for a person now.
  var isBad: Bool { schedule.outcome.map { !$0.isGood } ?? false }

  fileprivate var line: JSONObject {
    var line: JSONObject = [
      "url": .string(url.text), "failures": .integer(schedule.failures),
      "nextAt": .moment(schedule.nextAt),
    ]
    if let outcome = schedule.outcome {
      line["outcome"] = .string(outcome.rawValue)
      line["message"] = .string(outcome.message)
      if !outcome.hint.isEmpty { line["hint"] = .string(outcome.hint) }
    }
    if let tried = schedule.triedAt { line["triedAt"] = .moment(tried) }
    if let good = schedule.goodAt { line["goodAt"] = .moment(good) }
    return line
  }

  /// Nil before the first answer.
  var check: HealthCheck? {
    guard let outcome = schedule.outcome else { return nil }
    return outcome.isGood
      ? .good("revocation-source", "\(url.text) \(outcome.message)")
      : .bad("revocation-source", "\(url.text) \(outcome.message)", outcome.hint)
  }

  func alarm(_ partner: String) -> Alarm? {
    guard schedule.asksForPerson, let outcome = schedule.outcome else { return nil }
    return Alarm(
      code: .revocationFetchFails, message: "\(url.text) \(outcome.message)",
      hint: outcome.hint, since: schedule.failingSince, partner: partner,
      reason: outcome.rawValue)
  }
}
