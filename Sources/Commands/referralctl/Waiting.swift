/// submit --wait: follows deliveries until each has come to rest.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

/// A delivery that is followed, with its newest known state.
struct Awaited {
  let id: String
  private(set) var partner: String
  private(set) var state: String
  private(set) var reason = "-"

  init?(_ line: JSONValue) {
    guard let id = line["id"]?.text, let state = line["state"]?.text else { return nil }
    self.id = id
    self.partner = line.word("partner")
    self.state = state
  }

  /// Nothing is known of it yet.
  init(id: String) {
    self.id = id
    partner = "-"
    state = "QUEUED"
  }

  mutating func learn(_ line: JSONValue) {
    partner = line.word("partner")
    state = line["state"]?.text ?? state
    reason = line.word("reason")
  }

  var rest: Rest { Rest(state: state, reason: reason) }
}

/// What a state means to somebody who waits for a receipt.
enum Rest {
  case moving, received, replaced
  /// The partner or a revocation list is to be waited for; it goes on by itself.
  case later
  /// Only a person changes it, or nobody.
  case without

  init(state: String, reason: String) {
    switch state {
    case "DELIVERED": self = .received
    case "CANCELLED": self = reason == "superseded" ? .replaced : .without
    case "AWAITING": self = .later
    case "HELD", "DEAD", "EXPIRED": self = .without
    default: self = .moving  // OPEN: states as text
    }
  }

  var exit: ExitCode {
    switch self {
    case .received, .replaced: .done
    case .without: .negative
    case .moving, .later: .tryAgain
    }
  }
}

extension Session {
  /// `.done` when all have a receipt, `.negative` when one will have none by itself, `.tryAgain`
  /// when one may still get it. With `untilReceipt` what waits for the partner is waited for too.
  func wait(for deliveries: [Awaited], seconds: Int64, untilReceipt: Bool = false) async
    -> ExitCode
  {
    func moves(_ one: Awaited) -> Bool {
      one.rest == .moving || untilReceipt && one.rest == .later
    }
    var deliveries = deliveries
    let end = SystemClock.monotonicNanoseconds() + seconds * 1_000_000_000
    var pauseMilliseconds: Int64 = 50
    while true {
      for place in deliveries.indices where moves(deliveries[place]) {
        if let failure = await refresh(&deliveries[place]) {
          output.progress("")
          return failure
        }
      }
      let moving = deliveries.filter(moves).count
      let left = end - SystemClock.monotonicNanoseconds()
      if moving == 0 || left <= 0 { break }
      output.progress(
        "\(deliveries.count - moving) of \(deliveries.count) came to rest, "
          + "\(left / 1_000_000_000) s left")
      try? await Task.sleep(for: .milliseconds(min(pauseMilliseconds, left / 1_000_000 + 1)))
      pauseMilliseconds = min(pauseMilliseconds * 2, 1_000)
    }
    output.progress("")
    return conclude(deliveries)
  }

  /// The failure that ends the waiting, after saying so.
  private func refresh(_ delivery: inout Awaited) async -> ExitCode? {
    switch await daemon.get("/v1/deliveries/\(PercentEncoding.encode(delivery.id))") {
    case .silence(let complaint):
      output.complain(complaint, about: .delivery(delivery.id))
      return complaint.exit
    case .problem(let lines, let exit):
      output.problem(lines, about: .delivery(delivery.id))
      return exit
    case .lines(let lines):
      if let line = lines.first { delivery.learn(line) }
      return nil
    }
  }

  private func conclude(_ deliveries: [Awaited]) -> ExitCode {
    if output.asJSON {
      output.lines(
        deliveries.map {
          .object([
            "v": 1, "kind": "waited", "id": .string($0.id), "partner": .string($0.partner),
            "state": .string($0.state), "reason": .string($0.reason),
          ])
        })
    } else {
      output.table(
        [.init("ID"), .init("PARTNER"), .init("STATE"), .init("REASON")],
        deliveries.map { [$0.id, $0.partner, $0.state, $0.reason] })
    }
    let without = deliveries.filter { $0.rest == .without }.count
    if without > 0 {
      output.complain(
        Complaint(
          exit: .negative, code: "no-receipt",
          message: "\(without) of \(deliveries.count) came to rest without a receipt",
          hint: "see why with: referralctl show ID"))
    }
    let open = deliveries.filter { $0.rest == .moving || $0.rest == .later }.count
    if open > 0 {
      output.complain(
        Complaint(
          exit: .tryAgain, code: "receipt-open",
          message: "\(open) of \(deliveries.count) have no receipt yet",
          hint: "they go on by themselves; look later with: referralctl show ID"))
    }
    return deliveries.map(\.rest.exit).max() ?? .done
  }
}
