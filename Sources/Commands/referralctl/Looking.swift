/// The verbs that look at everything at once: status and list.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

extension Session {
  func status() async -> ExitCode {
    if arguments.has("--watch") { return await watch() }
    guard !arguments.has("--interval"), !arguments.has("--count") else {
      return usage("--interval and --count go with --watch", "add --watch, or leave them out")
    }
    return present(await daemon.get("/v1/status")) { lines in lines.forEach(describe) }
  }

  /// For a monitoring system, in its own format whatever the terminal is.
  func metrics() async -> ExitCode {
    var exit = ExitCode.done
    let type = "text/plain; version=0.0.4"
    let text = await daemon.text("/v1/metrics", type: type) { exit = present($0) { _ in } }
    if let text { output.text(text) }
    return exit
  }

  private func describe(_ status: JSONValue) {
    let accepting =
      status["accepting"]?.flag == false ? "no: \(status.word("notAccepting"))" : "yes"
    let oldest = status["oldestOpenSeconds"]?.integer.map { Spans.words(seconds: $0) }
    let uptime = status["uptimeSeconds"]?.integer.map { ", \(Spans.words(seconds: $0))" } ?? ""
    let store = status["store"]?["octets"]?.integer.map { "\($0) octets" }
    output.facts([
      ("profile", status.word("profile")), ("version", status.word("version")),
      ("organisation", status.word("organisation")), ("identity", status.word("identity")),
      ("running since", status.word("started") + uptime), ("clock", status.word("clock")),
      ("accepting", accepting), ("schema versions", status.words("schemaVersions")),
      ("oldest open", oldest ?? "none open"), ("store version", status.word("storeVersion")),
      ("store", store ?? "-"),
    ])
    output.text("\n")
    partners(of: status)
    let keys = status.list("signingKeys")
    if keys.isEmpty { return }
    output.text("\n")
    output.table(
      [.init("SIGNING KEY"), .init("ALGORITHM"), .init("DAYS LEFT", .right)],
      keys.map { [$0.word("name"), $0.word("algorithm"), $0.word("daysLeft")] })
  }

  /// One row for each partner, one column for each state that occurs.
  private func partners(of status: JSONValue) {
    var counts: [String: [String: String]] = [:]
    for depth in status.list("depths") where depth["count"]?.integer != 0 {
      counts[depth.word("partner"), default: [:]][depth.word("state")] = depth.word("count")
    }
    let found = Set(counts.values.flatMap(\.keys))
    let states =
      DeliveryStates.inOrder.filter(found.contains)
      + found.subtracting(DeliveryStates.inOrder).sorted()
    let listed = status.list("partners")
    let gone = Set(counts.keys).subtracting(listed.map { $0.word("code") }).sorted()
    let rows = listed.map { partner in
      let queues = states.map { counts[partner.word("code")]?[$0] ?? "0" }
      let isEnabled = partner["enabled"]?.flag != false
      let rest = [
        partner.word("lastReceipt"), isEnabled ? suspension(of: partner) : "disabled",
        revocation(of: partner), partner.word("certificateDaysLeft"), partner.word("name"),
      ]
      return [partner.word("code")] + queues + rest
    }
    let rest = gone.map { code in
      [code] + states.map { counts[code]?[$0] ?? "0" }
        + ["-", "not in the register", "-", "-", "-"]
    }
    output.table(
      [.init("PARTNER")] + states.map { .init($0, .right) } + [
        .init("LAST RECEIPT"), .init("HELD UP"), .init("REVOCATION LISTS"),
        .init("CERTIFICATE DAYS", .right), .init("NAME"),
      ], rows + rest)
  }

  /// The standing, and how old the oldest list is.
  private func revocation(of partner: JSONValue) -> String {
    guard let revocation = partner["revocation"] else { return "-" }
    guard revocation["mode"]?.text == "crl" else { return "not asked" }
    let age = revocation.list("lists").compactMap { $0["ageSeconds"]?.integer }.max()
    return revocation.word("standing") + (age.map { ", \(Spans.words(seconds: $0)) old" } ?? "")
  }

  func suspension(of partner: JSONValue) -> String {
    guard let suspended = partner["suspended"] else { return "-" }
    let until = suspended["until"] == nil ? "" : " until \(suspended.word("until"))"
    return suspended.word("cause") + until
  }
}

/// The words of delivery-states.json, in the order of a delivery's life.
enum DeliveryStates {
  static let inOrder = [
    "QUEUED", "SENDING", "AWAITING", "DEFERRED", "HELD", "DELIVERED", "DEAD", "EXPIRED",
    "CANCELLED",
  ]
}

extension Session {
  /// RFC 3339; nil after saying so.
  func sinceMoment(_ text: String) -> String? {
    if let moment = Spans.moment(text, before: SystemClock.now()) { return moment.description }
    _ = usage(
      "--since is not a time", "give such as 2h or 3d, or 2026-11-23T12:00:00Z (RFC 3339)")
    return nil
  }

  /// Nil after saying so.
  func rowLimit() -> Int? {
    guard let text = arguments.value("--limit") else { return 1_000 }
    if let count = Int(text), Limits.listed.contains(count) { return count }
    _ = usage("--limit is not a number of rows", "give 1 to \(Limits.listed.upperBound)")
    return nil
  }

  func list() async -> ExitCode {
    var since: String?
    if let text = arguments.value("--since") {
      guard let moment = sinceMoment(text) else { return .usage }
      since = moment
    }
    guard let limit = rowLimit(), areIDs(arguments.values("--referral")) else { return .usage }
    let answer = await daemon.get(
      "/v1/deliveries",
      [
        ("partner", arguments.value("--partner")), ("state", arguments.value("--state")),
        ("since", since), ("kind", arguments.value("--kind")),
        ("referral", arguments.value("--referral")), ("limit", arguments.value("--limit")),
      ])
    return present(answer) { lines in
      guard !lines.isEmpty else { return output.text("no delivery matches\n") }
      output.table(
        [
          .init("ID"), .init("PARTNER"), .init("KIND"), .init("STATE"), .init("REASON"),
          .init("ANSWER"), .init("TRIES", .right), .init("DETAIL"), .init("PRIORITY"),
          .init("ACCEPTED"),
        ],
        lines.map { line in
          [
            "id", "partner", "referralKind", "state", "reason", "answer", "attempts",
            "detailLevel", "priority", "acceptedAt",
          ].map(line.word)
        })
      let many = lines.count == 1 ? "1 delivery" : "\(lines.count) deliveries"
      let cut = lines.count == limit ? "; there may be more, see --limit" : ""
      output.text("\n\(many)\(cut)\n")
    }
  }
}
