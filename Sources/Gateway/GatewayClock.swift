/// The one clock of the gateway; it tells when the wall clock has jumped, or cannot be right.
// SPDX-License-Identifier: Apache-2.0
import Log
import Platform
import Sending

final class GatewayClock: Sendable {
  private struct State {
    var watch: ClockWatch
    var skew = ClockSkew()
    /// As it was told last.
    var standing = ClockSkew.Standing.unknown
  }
  private let state: Locked<State>
  private let log: EventLog

  init(log: EventLog) {
    self.log = log
    let (wall, steady) = SystemClock.reading()
    state = Locked(State(watch: ClockWatch(wall: wall, steadyMilliseconds: steady)))
  }

  func now() -> Instant {
    let (wall, steady) = SystemClock.reading()
    #if DEBUG
      if PlantedFault.current == .believeTheClock { return wall }
    #endif
    let (before, after) = state.withLock { state in
      let before = state.watch
      let ahead = state.skew.aheadMilliseconds(at: before.time)
      if state.watch.look(wall: wall, steadyMilliseconds: steady, partnersAhead: ahead) {
        state.skew.forget()
      }
      return (before, state.watch)
    }
    if before.isInDoubt != after.isInDoubt {
      log.write(after.isInDoubt ? .clockSuspect(wall, after.time) : .clockAgrees(after.time))
    }
    return after.time
  }

  /// What an answer says about its giver's clock, and so about ours.
  func hear(_ partner: String, _ reading: ClockReading) {
    let told: (ClockSkew.Standing, Int64)? = state.withLock { state in
      state.skew.hear(partner, reading)
      let standing = state.skew.standing(at: reading.heard)
      guard standing != state.standing, standing != .unknown else { return nil }
      let isNews = standing != .good || state.standing != .unknown
      state.standing = standing
      let ahead = state.skew.aheadMilliseconds(at: reading.heard) ?? 0
      return isNews ? (standing, ahead) : nil
    }
    guard let (standing, ahead) = told else { return }
    let partners = reading.heard.adding(milliseconds: ahead)
    log.write(
      standing == .good
        ? .clockAgrees(reading.heard)
        : .clockDiffers(reading.heard, partners: partners, standing))
  }

  /// How far the wall clock is from `now()`; nil while it is believed.
  var doubtMilliseconds: Int64? {
    _ = now()
    return state.withLock { $0.watch.doubtMilliseconds }
  }

  /// What the partners' answers say; nil while too few were heard.
  var partnersAheadMilliseconds: Int64? {
    let now = now()
    return state.withLock { $0.skew.aheadMilliseconds(at: now) }
  }

  func aheadMilliseconds(of partner: String) -> Int64? {
    let now = now()
    return state.withLock { $0.skew.aheadMilliseconds(of: partner, at: now) }
  }

  /// It jumped, or the partners say that it is wrong: what is signed now may carry a wrong time.
  var isInDoubt: Bool {
    doubtMilliseconds != nil
      || partnersAheadMilliseconds.map(ClockSkew.standing) == .some(.wrong)
  }
}
