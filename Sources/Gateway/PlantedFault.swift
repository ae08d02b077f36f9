/// Faults that the tests plant to see themselves fail; they exist in debug builds only.
// SPDX-License-Identifier: Apache-2.0
import Platform

#if DEBUG
  enum PlantedFault: String {
    /// The request leaves before the attempt is on record.
    case pushBeforeBegin = "push-before-begin"

    /// The case system hears "accepted" before that is durable.
    case answerBeforeCommit = "answer-before-commit"
    /// Every time that the wall clock shows is taken for true.
    case believeTheClock = "believe-the-clock"
    /// The process dies when an acknowledgement is kept and not yet answered.
    case dieBeforeAnswer = "die-before-answer"

    /// Named by the environment variable REFERRAL_PLANT.
    static let current = Standard.variable("REFERRAL_PLANT").flatMap(PlantedFault.init)
  }
#endif
