/// What operators may order, state by state, and how fast jobs go.
// SPDX-License-Identifier: Apache-2.0
import Outbox
import Platform
import Referrals
import Sending
import Testing

private let now = Instant(milliseconds: 1_800_000_000_000)
private let expires = now.adding(seconds: 86_400)

private func delivery(
  _ state: DeliveryState, attempts: Int = 1, overtaken: Bool = false, settled: Bool = false,
  answer: DeliveryAnswer = .none, changeIsOverdue: Bool = false, expires: Instant = expires
) -> OrderedDelivery {
  var progress = DeliveryProgress(queuedAt: now)
  progress.state = state
  progress.attempts = attempts
  progress.unverified = 2
  return OrderedDelivery(
    row: 1, id: UniversalID.v4(random: [UInt8](repeating: 7, count: 16)), partner: "emm",
    progress: progress, priority: .routine, acceptedAt: now, expires: expires, answer: answer,
    isSettled: settled, isOvertaken: overtaken, octets: 100,
    changeIsOverdue: changeIsOverdue)
}

@Test func `settles an overdue change, and nothing where all is well`() {
  #expect(judge(.settle, delivery(.delivered, changeIsOverdue: true)) == .settled)
  #expect(
    judge(.settle, delivery(.delivered))
      == .refused(OrderRefusal.nothingToSettle.rawValue))
}

private func judge(_ order: OperatorOrder, _ delivery: OrderedDelivery) -> OrderEffect {
  order.judge(delivery, now: now, backoff: Backoff())
}

extension OrderEffect {
  /// The new state, "settled", or the word of the refusal.
  fileprivate var word: String {
    switch self {
    case .progress(let next): next.state.rawValue
    case .settled: "settled"
    case .refused(let word): word
    }
  }
}

@Test(arguments: OperatorOrder.allCases)
func `an order moves exactly the states of its row`(_ order: OperatorOrder) {
  let ended: [DeliveryState: String] = [
    .sending: "sending", .delivered: "delivered", .expired: "expired", .cancelled: "cancelled",
  ]
  let rows: [OperatorOrder: [DeliveryState: String]] = [
    .resend: [
      .queued: "QUEUED", .awaiting: "QUEUED", .deferred: "QUEUED", .held: "QUEUED",
      .dead: "QUEUED",
    ],
    .hold: [
      .queued: "HELD", .awaiting: "HELD", .deferred: "HELD", .held: "already-held", .dead: "dead",
    ],
    .release: [
      .queued: "not-held", .awaiting: "not-held", .deferred: "not-held", .held: "QUEUED",
      .dead: "not-held",
    ],
    .cancel: [
      .queued: "may-have-reached", .awaiting: "may-have-reached",
      .deferred: "may-have-reached", .held: "may-have-reached", .dead: "dead",
    ],
  ]
  for state in DeliveryState.allCases {
    let settles =
      [.dead, .expired].contains(state) ? "settled" : OrderRefusal.nothingToSettle.rawValue
    let expected = order == .settle ? settles : rows[order]?[state] ?? ended[state] ?? "?"
    #expect(judge(order, delivery(state)).word == expected, "\(order) in \(state)")
  }
}

@Test func `cancel ends what no attempt can have brought to anybody`() {
  for state in [DeliveryState.queued, .held, .deferred] {
    #expect(judge(.cancel, delivery(state, attempts: 0)).word == "CANCELLED")
  }
}

@Test(arguments: [OperatorOrder.resend, .release])
func `what goes again begins to count anew, and never follows a later revision or its time`(
  _ order: OperatorOrder
) {
  guard case .progress(let next) = judge(order, delivery(.held)) else {
    Issue.record("refused")
    return
  }
  #expect(next.unverified == 0)
  #expect(next.nextAt == now)
  #expect(judge(order, delivery(.held, overtaken: true)).word == "overtaken")
  #expect(judge(order, delivery(.held, expires: now)).word == "expired")
}

@Test func `settle is for bad ends, once`() {
  #expect(judge(.settle, delivery(.dead, settled: true)) == .refused("settled"))
  #expect(judge(.settle, delivery(.delivered, answer: .rejected)) == .settled)
  #expect(judge(.settle, delivery(.delivered, answer: .accepted)).word == "nothing-to-settle")
}

@Test func `a selection without states names only what the order is about`() {
  for order in OperatorOrder.allCases {
    for state in order.states where state != .sending {
      let effect = judge(order, delivery(state, attempts: 0))
      if case .refused(let word) = effect { Issue.record("\(order) in \(state): \(word)") }
    }
  }
}

@Test func `a job gives a partner no more than its rate, and no burst after a pause`() {
  var pace = JobPace()
  var given = 0
  for tick in 0..<100 {
    given += pace.take(
      "emm", wanted: 1_000, perSecond: 10, now: now.adding(milliseconds: Int64(tick) * 200))
  }
  #expect((198...200).contains(given), "\(given) in 20 s")
  let later = now.adding(seconds: 3_600)
  #expect(pace.take("emm", wanted: 1_000, perSecond: 10, now: later) == 10)
  #expect(pace.take("emm", wanted: 1_000, perSecond: 10, now: later) == 0)
  #expect(pace.take("emm", wanted: 1_000, perSecond: 10, now: now) == 0, "the clock went back")
  #expect(pace.take("other", wanted: 5, perSecond: 10, now: later) == 1)
}

@Test func `what an operator has paused stays paused until it is resumed`() {
  var turns = Scheduler()
  turns.configure("p", window: 4, limit: 20)
  turns.add(Scheduler.Entry(id: 1, partner: "p", priority: .immediateDanger, expires: expires))
  turns.suspend("p", .paused, until: nil)
  turns.suspend("p", .credentials, until: now.adding(seconds: 900))
  #expect(turns.suspension(of: "p")?.cause == .paused)
  #expect(turns.suspension(of: "p")?.until == nil)
  #expect(turns.pick(now: now.adding(seconds: 1_000_000)) == nil)
  turns.resume("p")
  #expect(turns.pick(now: now)?.id == 1)
  #expect(turns.load(of: "p") == PartnerLoad(window: 4, windowLimit: 20, sending: 1, ready: 0))
}
