/// What one seed stands for: partners with their weaknesses, submissions, crashes, clock steps.
// SPDX-License-Identifier: Apache-2.0
import Referrals

/// A mistake built in on purpose; the invariants must find each.
enum PlantedBug: String, CaseIterable {
  case beginRecordedAfterPush = "T1 after the push"
  case unsignedCountsAsReceipt = "delivered on an unsigned 200"
  case freshIDOnRetry = "another id on each attempt"
  case noFence = "a result of an earlier claim counts"
  case orderIgnored = "revisions leave in any order"
  case overtakenSentAgain = "an earlier revision is sent again after a later one"
  case answeredBeforeCommit = "the producer is answered before T0"
  case outcomeForgottenWhenFull = "T2 is given up on a full disk"
  case wallClockBelieved = "every time of the wall clock is believed"
}

/// In percent, while faults happen at all.
struct Weaknesses {
  let requestLost, answerLost, duplicated, failing, unsigned, refusing, busy, slow: Int
  let asynchronous: Bool
  /// Virtual milliseconds.
  let down: [Range<Int64>]

  init(_ chance: inout Chance, until calm: Int64) {
    func some(_ limit: Int) -> Int { chance.happens(50) ? chance.below(limit) : 0 }
    requestLost = some(40)
    answerLost = some(40)
    duplicated = some(30)
    failing = some(40)
    unsigned = some(25)
    refusing = some(8)
    busy = some(15)
    slow = some(40)
    asynchronous = chance.happens(15)
    let periods = chance.happens(40) ? 1 + chance.below(2) : 0
    down = (0..<periods).map { _ in
      let start = chance.between(0, calm)
      return start..<min(start + chance.between(10_000, 7_200_000), calm)
    }
  }
}

struct Submission {
  let referral: Int
  let revision: Int
  let operation: Referrals.Operation
  let priority: Priority
  let partners: [Int]
  /// After the revision before it was accepted.
  let delay: Int64
}

struct Plan {
  /// From here on nothing fails any more.
  let calm: Int64
  let partners: [Weaknesses]
  /// By referral, in order of revision.
  let submissions: [[Submission]]
  let crashes: Int
  /// Virtual time and step in milliseconds; what is large is taken back.
  let clockSteps: [(at: Int64, by: Int64)]
  /// When the disk has no room.
  let full: [Range<Int64>]
  let lifetimeSeconds: Int64

  init(_ chance: inout Chance) {
    let calm = chance.between(600_000, 10_800_000)
    self.calm = calm
    let count = 1 + chance.below(3)
    partners = (0..<count).map { _ in Weaknesses(&chance, until: calm) }
    submissions = (0..<(1 + chance.below(6))).map { referral in
      let partners = (0..<count).filter { _ in chance.happens(70) }
      return Plan.revisions(of: referral, to: partners.isEmpty ? [0] : partners, &chance)
    }
    crashes = chance.below(6)
    clockSteps = (0..<chance.below(3)).flatMap { _ in Plan.clockStep(&chance, until: calm) }
    full = (0..<chance.below(3)).map { _ in
      let start = chance.between(0, calm)
      return start..<min(start + chance.between(1_000, 60_000), calm)
    }
    lifetimeSeconds = chance.happens(20) ? 5_400 : 30 * 86_400
  }

  private static func clockStep(_ chance: inout Chance, until calm: Int64)
    -> [(at: Int64, by: Int64)]
  {
    let start = chance.between(0, calm)
    guard chance.happens(60) else { return [(start, chance.between(-20_000, 20_000))] }
    let by: Int64 = chance.one(of: [-7_200_000, 2_592_000_000, -1_700_000_000_000])
    return [(start, by), (chance.between(start, calm), -by)]
  }

  private static func revisions(of referral: Int, to partners: [Int], _ chance: inout Chance)
    -> [Submission]
  {
    let priority = chance.one(of: Priority.allCases)
    var revisions: [Submission] = []
    var operation = Referrals.Operation.create
    for revision in 1...(1 + chance.below(3)) {
      revisions.append(
        Submission(
          referral: referral, revision: revision, operation: operation, priority: priority,
          partners: partners,
          delay: chance.happens(50)
            ? chance.between(0, 3_000) : chance.between(0, 900_000)))
      if operation == .withdraw { break }
      operation = chance.one(of: [.update, .correct, .withdraw])
    }
    return revisions
  }
}
