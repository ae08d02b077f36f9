/// The numbers that a monitoring system collects from the admin socket (docs/monitoring.md).
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Outbox
import Platform
import Referrals
import Register

struct Monitoring: Sendable {
  let inForce: InForce
  let outbox: OutboxStore
  let sender: Sender
  let fetching: ListFetching
  let counts: Counts
  let clock: GatewayClock
  let startedAt: Instant
  var version: String { GatewayService.version }
  var configuration: Configuration { inForce.configuration }
  var links: [String: PartnerLink] { inForce.links }

  func answer() async throws(OutboxError) -> AdminAnswer {
    AdminAnswer(text: try await exposition(at: clock.now()).text, type: Exposition.contentType)
  }

  private func exposition(at now: Instant) async throws(OutboxError) -> Exposition {
    var page = Exposition()
    page.add(
      "build_info", .gauge, "Version and profile of the running gateway; always 1.",
      [.init(1, ("version", version), ("profile", configuration.profile.rawValue))])
    page.add(
      "start_time_seconds", .gauge, "When the gateway started, in seconds since 1970.",
      [.init(startedAt.seconds)])
    addCounts(to: &page)
    try await addQueues(to: &page, now)
    await addSuspensions(to: &page)
    addClocks(to: &page)
    await addSources(to: &page)
    addDates(to: &page)
    return page
  }

  private func addCounts(to page: inout Exposition) {
    let totals = counts.totals
    page.add(
      "acknowledgements_total", .counter,
      "Acknowledgements judged, by verdict: verified, or the code of what is wrong.",
      samples(totals.acknowledgements, "verdict"))
    page.add(
      "attempts_total", .counter, "Attempts that ended, by outcome.",
      samples(totals.attempts, "outcome"))
    page.add(
      "callbacks_total", .counter,
      "Acknowledgements that partners brought by themselves: kept, repeated, or the problem.",
      samples(totals.callbacks, "result"))
    page.add(
      "alarms_total", .counter, "Alarms about deliveries, by kind.",
      samples(totals.alarms, "alarm"))
    page.add(
      "revocation_fetches_total", .counter,
      "Revocation lists asked for, by what came of it.", samples(totals.fetches, "outcome"))
  }

  private func samples(_ totals: [Counts.Label: Int], _ name: String) -> [Exposition.Sample] {
    totals.sorted { $0.key < $1.key }.map {
      .init(Int64($0.value), ("partner", $0.key.partner), (name, $0.key.word))
    }
  }

  private func addQueues(to page: inout Exposition, _ now: Instant) async throws(OutboxError) {
    page.add(
      "outbox_deliveries", .gauge, "Deliveries in the store, by state.",
      try await outbox.depths().map {
        .init(Int64($0.count), ("partner", $0.partner), ("state", $0.state.rawValue))
      })
    let oldest = try await outbox.oldestOpenByPartner()
    page.add(
      "outbox_oldest_seconds", .gauge,
      "Age of the oldest delivery that is QUEUED, DEFERRED, AWAITING or HELD; 0 without one.",
      configuration.partners.map { partner in
        let age = oldest[partner.code.text].map { max(0, now.since($0) / 1_000) }
        return .init(age ?? 0, ("partner", partner.code.text))
      })
  }

  private func addSuspensions(to page: inout Exposition) async {
    var samples: [Exposition.Sample] = []
    for partner in configuration.partners {
      let isSuspended = await sender.suspension(of: partner.code.text) != nil
      samples.append(.init(isSuspended ? 1 : 0, ("partner", partner.code.text)))
    }
    page.add("partner_suspended", .gauge, "1 while nothing is sent to the partner.", samples)
  }

  /// By the last answers; nothing before there are enough.
  private func addClocks(to page: inout Exposition) {
    page.add(
      "partner_clock_ahead_seconds", .gauge,
      "How far a partner's clock is ahead of ours, by its last three answers.",
      configuration.partners.compactMap { partner in
        clock.aheadMilliseconds(of: partner.code.text).map {
          .init($0 / 1_000, ("partner", partner.code.text))
        }
      })
    page.add(
      "clock_in_doubt", .gauge,
      "1 while our own clock is not believed and nothing new is accepted.",
      [.init(clock.isInDoubt ? 1 : 0)])
  }

  private func addSources(to page: inout Exposition) async {
    var samples: [Exposition.Sample] = []
    for partner in configuration.partners where !partner.revocation.sources.isEmpty {
      let failing = await fetching.sources(of: partner).count(where: \.isBad)
      samples.append(.init(Int64(failing), ("partner", partner.code.text)))
    }
    page.add(
      "revocation_sources_failing", .gauge,
      "Sources of revocation lists whose last answer was no good.", samples)
  }

  /// Ends that somebody must act before: of lists and of certificates.
  private func addDates(to page: inout Exposition) {
    var lists: [Exposition.Sample] = []
    var ends: [Exposition.Sample] = []
    for partner in configuration.partners {
      let code = partner.code.text
      for list in links[code]?.revocationLists ?? [] {
        guard let end = list.nextUpdate else { continue }
        lists.append(.init(end.seconds, ("partner", code), ("issuer", list.issuer)))
      }
      let uses = [
        ("sign", partner.signing.key.certificates),
        ("tls-client", partner.tls.client?.certificates ?? configuration.tlsClient.certificates),
        ("tls-anchor", partner.tls.anchors),
        ("verify-anchor", partner.trust.anchors),
        ("verify-intermediate", partner.trust.intermediates),
        ("verify-pinned", partner.trust.pinned),
      ]
      for (use, certificates) in uses {
        guard let end = certificates.map(\.notAfter).min() else { continue }
        ends.append(.init(end.seconds, ("partner", code), ("use", use)))
      }
    }
    page.add(
      "revocation_list_next_update_timestamp_seconds", .gauge,
      "Next update of each revocation list in force, in seconds since 1970.", lists)
    page.add(
      "certificate_expiry_timestamp_seconds", .gauge,
      "Earliest end of the certificates of one use, in seconds since 1970.", ends)
  }
}
