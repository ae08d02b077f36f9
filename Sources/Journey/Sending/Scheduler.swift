/// Whose turn it is: fair between partners, urgent first, slow on a partner that is down.
// SPDX-License-Identifier: Apache-2.0
package import Platform
package import Referrals

/// Why a partner gets nothing for a while.
package enum SuspensionCause: String, Sendable, CaseIterable {
  case down, credentials, security, gone
  case refusedUnsigned = "refused-unsigned"
  case paused
}

/// What an attempt says about the partner's health.
package enum PartnerFeedback: Sendable, Equatable {
  /// Any answer but 429 and 5xx.
  case healthy
  /// Connect, TLS, time-out, 429, 502, 503, 504.
  case congested
}

/// What a partner may get at once, and what it gets now.
package struct PartnerLoad: Sendable, Equatable {
  package let window: Int
  package let windowLimit: Int
  package let sending: Int
  /// Due and in memory; the rest of a long queue waits in the store.
  package let ready: Int

  package init(window: Int, windowLimit: Int, sending: Int, ready: Int) {
    self.window = window
    self.windowLimit = windowLimit
    self.sending = sending
    self.ready = ready
  }
}

/// The model is Postfix's queue manager: a window for each partner that grows by one over its size
/// and shrinks alike, and a break after whole windows of failures (docs/states.md).
package struct Scheduler: Sendable {
  package struct Entry: Sendable, Equatable {
    package let id: Int64
    package let partner: String
    package let priority: Priority
    package let expires: Instant

    package init(id: Int64, partner: String, priority: Priority, expires: Instant) {
      self.id = id
      self.partner = partner
      self.priority = priority
      self.expires = expires
    }
  }

  private struct Lane: Sendable {
    var urgent: [Entry] = []
    var lower: [Entry] = []
    var busy = 0
    var window: Double
    var limit: Double
    var succeeded = 0.0
    var failed = 0.0
    var failedCohorts = 0.0
    var suspensions = 0
    var deadUntil: Instant?
    var cause: SuspensionCause?
    /// The time that the partner asked for by Retry-After.
    var breather: (from: Instant, until: Instant)?
    /// The one delivery under way is the question whether the suspension may end.
    var isProbing = false
    var picks = 0

    var isEmpty: Bool { urgent.isEmpty && lower.isEmpty }
  }

  private var lanes: [String: Lane] = [:]
  private var ring: [String] = []
  private var queued: Set<Int64> = []
  private var busyTotal = 0

  private let suspensionScale: Double

  /// - Parameter suspensionScale: 1 in service; less in the profile development only.
  package init(suspensionScale: Double = 1) { self.suspensionScale = suspensionScale }

  /// Deliveries that wait or are under way.
  package var activeCount: Int { queued.count + busyTotal }

  package mutating func configure(_ partner: String, window: Int, limit: Int) {
    var lane = lanes[partner] ?? Lane(window: Double(window), limit: Double(limit))
    lane.limit = Double(limit)
    lane.window = min(lane.window, lane.limit)
    lanes[partner] = lane
  }

  /// Whether a partner's lane has room for more.
  package func wants(_ partner: String) -> Bool {
    guard queued.count + busyTotal < SendingLimits.activeDeliveries else { return false }
    guard let lane = lanes[partner] else { return true }
    return lane.urgent.count + lane.lower.count < SendingLimits.laneLow
  }

  /// Twice the same delivery is once.
  package mutating func add(_ entry: Entry) {
    guard queued.insert(entry.id).inserted else { return }
    var lane = lanes[entry.partner] ?? Scheduler.freshLane
    if lane.isEmpty, !ring.contains(entry.partner) { ring.append(entry.partner) }
    switch entry.priority {
    case .immediateDanger:
      let first = lane.urgent.firstIndex { $0.priority != .immediateDanger }
      lane.urgent.insert(entry, at: first ?? lane.urgent.count)
    case .urgent: lane.urgent.append(entry)
    case .routine: lane.lower.append(entry)
    }
    lanes[entry.partner] = lane
  }

  /// The next delivery that may go now.
  package mutating func pick(now: Instant) -> Entry? {
    guard busyTotal < SendingLimits.slots else { return nil }
    for _ in 0..<ring.count {
      let partner = ring.removeFirst()
      guard var lane = lanes[partner], !lane.isEmpty else { continue }
      ring.append(partner)
      guard Double(lane.busy) < lane.window.rounded(.down), isAwake(lane, now) else { continue }
      lane.isProbing = lane.deadUntil != nil
      lane.picks += 1
      // Four of five turns are for the urgent, so that the rest ages but moves.
      let ages = lane.picks % 5 == 0 && !lane.lower.isEmpty && !lane.isProbing
      let takesLower = lane.urgent.isEmpty || ages
      let entry = takesLower ? lane.lower.removeFirst() : lane.urgent.removeFirst()
      lane.busy += 1
      busyTotal += 1
      queued.remove(entry.id)
      lanes[partner] = lane
      return entry
    }
    return nil
  }

  /// A suspended partner gets one probe, and that only when nothing is under way any more.
  private func isAwake(_ lane: Lane, _ now: Instant) -> Bool {
    if let end = breatherEnd(lane), now < end { return false }
    guard let time = wakeTime(lane) else { return true }
    return now >= time && lane.busy == 0
  }

  private func breatherEnd(_ lane: Lane) -> Instant? {
    lane.breather.map { given in
      lane.urgent.first?.priority == .immediateDanger
        ? min(given.until, given.from.adding(seconds: SendingLimits.urgentProbeSeconds))
        : given.until
    }
  }

  /// When a suspended partner is probed; sooner while somebody is in immediate danger.
  private func wakeTime(_ lane: Lane) -> Instant? {
    guard let until = lane.deadUntil else { return nil }
    guard lane.urgent.first?.priority == .immediateDanger, lane.cause == .down else {
      return until
    }
    let begun = until.adding(milliseconds: -suspensionMilliseconds(lane))
    return min(until, begun.adding(milliseconds: scaled(SendingLimits.urgentProbeSeconds)))
  }

  private func suspensionMilliseconds(_ lane: Lane) -> Int64 {
    let doubled = SendingLimits.suspensionSeconds << Int64(min(max(lane.suspensions - 1, 0), 4))
    return scaled(min(doubled, SendingLimits.longestSuspensionSeconds))
  }

  /// Milliseconds of a wait of ours.
  private func scaled(_ seconds: Int64) -> Int64 {
    Int64(Double(seconds) * 1000 * suspensionScale)
  }

  package mutating func finished(_ partner: String, _ feedback: PartnerFeedback?, now: Instant) {
    guard var lane = lanes[partner] else { return }
    lane.busy = max(0, lane.busy - 1)
    busyTotal = max(0, busyTotal - 1)
    let answersProbe = lane.isProbing
    lane.isProbing = false
    // What was sent before a suspension began says nothing about whether it may end.
    if lane.deadUntil == nil || answersProbe {
      switch feedback {
      case .healthy: grow(&lane)
      case .congested: shrink(&lane, now)
      case nil: break
      }
    }
    lanes[partner] = lane
  }

  private func grow(_ lane: inout Lane) {
    lane.failedCohorts = 0
    if lane.deadUntil != nil { wakeUp(&lane) }
    guard lane.window < lane.limit else { return }
    lane.succeeded += 1 / lane.window
    if lane.succeeded >= 1 {
      lane.window += 1
      lane.succeeded -= 1
      lane.failed = 0
    }
  }

  private func wakeUp(_ lane: inout Lane) {
    lane.deadUntil = nil
    lane.cause = nil
    lane.suspensions = 0
    lane.isProbing = false
    lane.window = min(max(lane.window, Double(SendingLimits.windowInitial)), lane.limit)
  }

  private func shrink(_ lane: inout Lane, _ now: Instant) {
    lane.failedCohorts += 1 / lane.window
    if lane.failedCohorts >= SendingLimits.cohorts || lane.deadUntil != nil {
      lane.suspensions += 1
      lane.deadUntil = now.adding(milliseconds: suspensionMilliseconds(lane))
      lane.cause = lane.cause ?? .down
      lane.window = 1
      lane.failedCohorts = 0
      return
    }
    lane.failed -= 1 / lane.window
    if lane.failed < 0 {
      lane.window = max(1, lane.window - 1)
      lane.failed += 1
      lane.succeeded = 0
    }
  }

  /// `until` nil: until `resume`. What an operator has paused stays paused.
  package mutating func suspend(_ partner: String, _ cause: SuspensionCause, until: Instant?) {
    var lane = lanes[partner] ?? Scheduler.freshLane
    guard lane.cause != .paused else { return }
    lane.deadUntil = until ?? Scheduler.never
    lane.cause = cause
    lane.isProbing = false
    lanes[partner] = lane
  }

  /// The partner asked for time. What it asked for before is not made shorter by a later answer.
  package mutating func giveTime(_ partner: String, from now: Instant, until: Instant) {
    guard var lane = lanes[partner], lane.breather.map({ $0.until < until }) ?? true else {
      return
    }
    lane.breather = (now, until)
    lanes[partner] = lane
  }

  package mutating func resume(_ partner: String) {
    guard var lane = lanes[partner] else { return }
    wakeUp(&lane)
    lane.breather = nil
    lanes[partner] = lane
  }

  /// Without `until` it lasts until `resume`.
  package func suspension(of partner: String) -> (cause: SuspensionCause, until: Instant?)? {
    guard let lane = lanes[partner], let cause = lane.cause, let until = lane.deadUntil else {
      return nil
    }
    return (cause, until == Scheduler.never ? nil : until)
  }

  package func load(of partner: String) -> PartnerLoad? {
    lanes[partner].map {
      PartnerLoad(
        window: Int($0.window.rounded(.down)), windowLimit: Int($0.limit), sending: $0.busy,
        ready: $0.urgent.count + $0.lower.count)
    }
  }

  /// When a partner with work wakes next; nil when nothing waits for a clock.
  package func nextWake(after now: Instant) -> Instant? {
    lanes.values.filter { !$0.isEmpty && $0.busy == 0 }
      .compactMap { [wakeTime($0), breatherEnd($0)].compactMap { $0 }.max() }
      .filter { $0 > now }.min()
  }

  private static let never = Instant(milliseconds: .max / 2)

  private static var freshLane: Lane {
    Lane(
      window: Double(SendingLimits.windowInitial), limit: Double(SendingLimits.windowLimit))
  }
}
