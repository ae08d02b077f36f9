/// What the operator sees: states, attempts, partners, days left. No content.
// SPDX-License-Identifier: Apache-2.0
import Digest
import JSON
import OpenSSL
import Outbox
import Platform
import Referrals
import Register
import Sending
import Wire

struct Inspection: Sendable {
  let inForce: InForce
  let schemas: SchemaFolder
  let outbox: OutboxStore
  let sender: Sender
  let fetching: ListFetching
  let clock: GatewayClock
  let startedAt: Instant
  var version: String { GatewayService.version }
  var configuration: Configuration { inForce.configuration }
  var links: [String: PartnerLink] { inForce.links }
  var backoff: Backoff { Backoff(scale: configuration.retryScale) }

  func status() async throws(OutboxError) -> JSONObject {
    let now = clock.now()
    let depths = try await outbox.depths()
    var line: JSONObject = [
      "v": 1, "kind": "status", "version": .string(version),
      "profile": .string(configuration.profile.rawValue),
      "identity": .string(configuration.identity.source),
      "organisation": .string(configuration.identity.organisation),
      "storeVersion": .integer(OutboxStore.schemaVersion),
      "started": .moment(startedAt), "clock": .moment(now),
      "uptimeSeconds": .integer(Int(now.since(startedAt) / 1_000)),
      "generation": .integer(configuration.generation),
      "accepting": .bool(outbox.isAccepting && !clock.isInDoubt),
      "accepted": .integer(try await outbox.acceptedCount()),
      "schemaVersions": .array(schemas.wire.documentVersions.map { .string($0) }),
      "depths": .array(
        depths.map {
          .object([
            "partner": .string($0.partner), "state": .string($0.state.rawValue),
            "count": .integer($0.count),
          ])
        }),
      "signingKeys": .array(
        configuration.signingKeys.map { key in
          .object([
            "name": .string(key.name), "algorithm": .string(key.algorithm.rawValue),
            "daysLeft": .integer(daysLeft(key.certificates, now)),
          ])
        }),
    ]
    if let doubt = clock.doubtMilliseconds {
      line["clockSuspect"] = [
        "wall": .moment(now.adding(milliseconds: doubt)), "believed": .moment(now),
      ]
    }
    if let ahead = clock.partnersAheadMilliseconds {
      line["clockSkew"] = [
        "standing": .string(ClockSkew.standing(ahead).rawValue),
        "partnersAheadSeconds": .integer(Int(ahead / 1_000)),
      ]
    }
    if let oldest = try await outbox.oldestOpen() {
      line["oldestOpenSeconds"] = .integer(Int(now.since(oldest) / 1000))
    }
    let receipts = try await outbox.lastReceipts()
    var partners: [JSONValue] = []
    for partner in configuration.partners {
      partners.append(.object(await health(of: partner, receipts[partner.code.text], now)))
    }
    line["partners"] = .array(partners)
    return line
  }

  private func health(of partner: Partner, _ lastReceipt: Instant?, _ now: Instant) async
    -> JSONObject
  {
    var line: JSONObject = [
      "code": .string(partner.code.text), "name": .string(partner.name),
      "enabled": .bool(partner.isEnabled),
      "certificateDaysLeft": .integer(daysLeft(partner.trust.anchors, now)),
    ]
    if let suspension = await suspended(partner) { line["suspended"] = suspension }
    if let ahead = clock.aheadMilliseconds(of: partner.code.text) {
      line["clockAheadSeconds"] = .integer(Int(ahead / 1_000))
    }
    if let lastReceipt { line["lastReceipt"] = .moment(lastReceipt) }
    line["revocation"] = .object(revocation(of: partner, now))
    return line
  }

  func suspended(_ partner: Partner) async -> JSONValue? {
    guard let found = await sender.suspension(of: partner.code.text) else { return nil }
    var line: JSONObject = ["cause": .string(found.cause.rawValue)]
    if let until = found.until { line["until"] = .moment(until) }
    return .object(line)
  }

  private func daysLeft(_ certificates: [Certificate], _ now: Instant) -> Int {
    let end = certificates.map(\.notAfter).min() ?? now
    return Int(end.since(now) / 86_400_000)
  }

  func list(_ filter: DeliveryFilter) async throws(OutboxError) -> [JSONObject] {
    try await outbox.list(filter).map(\.line)
  }

  func show(_ id: UniversalID) async throws(OutboxError) -> JSONObject? {
    guard let delivery = try await outbox.delivery(id) else { return nil }
    var line = delivery.line
    line["facts"] = try await outbox.facts(delivery.row)?.value
    line["attemptList"] = .array(try await outbox.attempts(of: delivery.row).map(\.value))
    line["acknowledgements"] = .array(
      try await outbox.acknowledgements(of: delivery.row).map(\.value))
    line["attachmentsFetched"] = .array(
      try await outbox.fetchedFiles(of: delivery.row).map(\.value))
    return line
  }

  func partners() async -> [JSONObject] {
    var lines: [JSONObject] = []
    for partner in configuration.partners { lines.append(await describe(partner)) }
    return lines
  }

  /// Open deliveries by partner and age; one line for each partner that has some.
  func shape(now: Instant) async throws(OutboxError) -> [JSONObject] {
    let cells = try await outbox.shape(at: now)
    return Set(cells.map(\.partner)).sorted().map { partner in
      let own = cells.filter { $0.partner == partner }
      var ages = [Int](repeating: 0, count: OutboxStore.shapeMinutes.count + 1)
      for cell in own { ages[cell.bucket] = cell.count }
      return [
        "v": 1, "kind": "shape", "partner": .string(partner),
        "total": .integer(ages.reduce(0, +)),
        "sending": .integer(own.reduce(0) { $0 + $1.sending }),
        "minutes": .array(OutboxStore.shapeMinutes.map { .number(JSONNumber($0)) }),
        "counts": .array(ages.map { .integer($0) }),
      ]
    }
  }

  func describe(_ partner: Partner) async -> JSONObject {
    let now = clock.now()
    let today = CivilDate(daysSince1970: Int(now.startOfDay.seconds / 86_400))
    let policies = configuration.policies[partner.code.text]
    var line: JSONObject = [
      "v": 1, "kind": "partner", "code": .string(partner.code.text),
      "name": .string(partner.name), "identity": .string(partner.identity.uri),
      "traits": .list(partner.traits.map(\.rawValue).sorted()),
      "endpoint": .string(partner.endpoint.text), "route": .string(partner.route.word),
      "enabled": .bool(partner.isEnabled), "languages": .list(partner.languages),
      "algorithm": .string(partner.signing.algorithm.rawValue),
      "accept": .list(partner.signing.accept.map(\.rawValue)),
      "binding": .string(partner.signing.binding.rawValue),
      "schemaMin": .string(partner.schema.lowerBound.description),
      "schemaMax": .string(partner.schema.upperBound.description),
      "requested": .list(partner.acknowledgements.requested.map(\.rawValue)),
      "partnerDigest": .string(partner.digest.hex),
      "certificates": .array(
        partner.trust.anchors.map { anchor in
          .object([
            "use": "anchor", "subject": .string(anchor.subject),
            "notAfter": .moment(anchor.notAfter), "daysLeft": .integer(daysLeft([anchor], now)),
          ])
        }),
      "revocation": .object(revocation(of: partner, now)),
    ]
    if let policy = policies?.inForce(on: today) {
      line["kinds"] = .list(policy.kinds.sorted())
      line["detail"] = .string(policy.detail.rawValue)
      line["policyVersion"] = .string(policy.version)
      line["policyDigest"] = .string(policy.digest.hex)
    }
    if let next = policies?.next(after: today) {
      line["policyNext"] = [
        "version": .string(next.version), "validFrom": .string(next.validFrom.description),
      ]
    }
    if let range = partner.statistics {
      line["statisticsMin"] = .string(range.lowerBound.description)
      line["statisticsMax"] = .string(range.upperBound.description)
      let tables = policies?.inForce(on: today)?.statistics?.tables ?? []
      line["statistics"] = .list(tables.map(\.rawValue))
    }
    line["routes"] = .list(
      configuration.routes.filter { $0.partners.contains(partner.code) }.map(\.name))
    line["projects"] = .list(
      configuration.projects.filter { $0.partners.contains(partner.code) }.map {
        "\($0.name) \($0.from)/\($0.to)"
      })
    if let phone = partner.dutyPhone { line["dutyPhone"] = .string(phone) }
    if let suspension = await suspended(partner) { line["suspended"] = suspension }
    return line
  }
}

extension Partner.Route {
  fileprivate var word: String {
    switch self {
    case .direct: "direct"
    case .fscOutway: "fsc-outway"
    case .proxy: "proxy"
    }
  }
}

extension JSONValue {
  static func list(_ words: [String]) -> JSONValue { .array(words.map { .string($0) }) }
}
