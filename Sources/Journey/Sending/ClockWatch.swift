/// Whether the wall clock may be believed: it must move as the steady clock does.
// SPDX-License-Identifier: Apache-2.0
package import Platform

/// A wall clock that jumps is doubted, and time goes on as the steady clock says: nothing expires
/// or waits because of the jump. The doubt ends when the wall clock is back, or when the partners'
/// answers say that the new time is the right one; a restart takes it over too.
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
  ///
  /// - Parameter partnersAhead: milliseconds by which partners' clocks are ahead of `time`.
  /// - Returns: true when a jump was followed because it leads to the partners' time.
  @discardableResult
  package mutating func look(
    wall: Instant, steadyMilliseconds: Int64, partnersAhead: Int64? = nil
  ) -> Bool {
    let expected = time.adding(milliseconds: steadyMilliseconds - self.steadyMilliseconds)
    let jump = wall.since(expected)
    // A small step is a clock that is put right.
    let step = SendingLimits.clockStepSeconds * 1000
    let isSmall = abs(jump) <= step
    let isWitnessed = !isSmall && partnersAhead.map { abs(jump - $0) <= step } == true
    let isBelieved = isSmall || isWitnessed
    time = isBelieved ? wall : expected
    doubtMilliseconds = isBelieved ? nil : jump
    self.steadyMilliseconds = steadyMilliseconds
    return isWitnessed
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
