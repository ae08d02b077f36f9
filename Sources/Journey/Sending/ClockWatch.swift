/// Whether the wall clock may be believed: it must move as the steady clock does.
// SPDX-License-Identifier: Apache-2.0
package import Platform

/// A wall clock that jumps is doubted, and time goes on as the steady clock says: nothing expires
/// or waits because of the jump. The doubt ends when the wall clock is back; if it is the new time
/// that is right, a restart takes it over.
package struct ClockWatch: Sendable, Equatable {
  /// What the gateway goes by.
  package private(set) var time: Instant
  /// How far the wall clock is from that; nil while it is believed.
  package private(set) var doubtMilliseconds: Int64?
  private var steadyMilliseconds: Int64

  /// `steadyMilliseconds`: of a clock that nobody sets, from any origin.
  package init(wall: Instant, steadyMilliseconds: Int64) {
    time = wall
    self.steadyMilliseconds = steadyMilliseconds
  }

  package var isInDoubt: Bool { doubtMilliseconds != nil }

  /// Looks at both clocks. What is true now is in `time`.
  package mutating func look(wall: Instant, steadyMilliseconds: Int64) {
    let expected = time.adding(milliseconds: steadyMilliseconds - self.steadyMilliseconds)
    let jump = wall.since(expected)
    // A small step is a clock that is put right.
    let isBelieved = abs(jump) <= SendingLimits.clockStepSeconds * 1000
    time = isBelieved ? wall : expected
    doubtMilliseconds = isBelieved ? nil : jump
    self.steadyMilliseconds = steadyMilliseconds
  }
}

extension AttemptOutcome {
  /// While our clock is in doubt, what it may have made fail is held against nobody: the delivery
  /// waits (docs/states.md).
  package var withClockInDoubt: AttemptOutcome {
    switch self {
    case .security, .unverified, .serverUndecided: .clock
    case .receipt, .rejection, .rejectedAsSuperseded, .undecided, .accepted, .busy, .conflict,
      .clock, .version, .credentials, .gone, .refusedUnsigned, .transient, .outway:
      self
    }
  }
}
