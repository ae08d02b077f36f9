/// The one clock of the gateway; it tells when the wall clock has jumped.
// SPDX-License-Identifier: Apache-2.0
import Log
import Platform
import Sending

final class GatewayClock: Sendable {
  private let watch: Locked<ClockWatch>
  private let log: EventLog

  init(log: EventLog) {
    self.log = log
    let (wall, steady) = SystemClock.reading()
    watch = Locked(ClockWatch(wall: wall, steadyMilliseconds: steady))
  }

  func now() -> Instant {
    let (wall, steady) = SystemClock.reading()
    #if DEBUG
      if PlantedFault.current == .believeTheClock { return wall }
    #endif
    let (before, after) = watch.withLock { watch in
      let before = watch
      watch.look(wall: wall, steadyMilliseconds: steady)
      return (before, watch)
    }
    if before.isInDoubt != after.isInDoubt {
      log.write(after.isInDoubt ? .clockSuspect(wall, after.time) : .clockAgrees(after.time))
    }
    return after.time
  }

  /// How far the wall clock is from `now()`; nil while it is believed.
  var doubtMilliseconds: Int64? {
    _ = now()
    return watch.withLock { $0.doubtMilliseconds }
  }
  var isInDoubt: Bool { doubtMilliseconds != nil }
}
