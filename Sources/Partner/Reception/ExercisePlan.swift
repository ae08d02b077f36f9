/// What a partner shall do wrong, and when: "slow=5, unsigned-200, 503*3" as a value.
// SPDX-License-Identifier: Apache-2.0
package import Register
import Platform
import Wire

/// A receipt that is wrong in one respect; what is signed is really signed.
enum FalseReceipt: String, Sendable, CaseIterable {
  case unsigned = "unsigned-200"
  case wrongDigest = "wrong-digest"
  case foreignKey = "foreign-key"
  case early = "early-receipt"
  case ofAnotherPartner = "other-partners-receipt"
}

/// A refusal without a signature (RFC 9457).
struct PlannedProblem: Sendable, Equatable {
  let status: Int
  let word: String
  var retryAfterSeconds: Int?
  /// Of a 415.
  var supported: [String] = []
}

/// What happens to one document.
enum Misdeed: Sendable, Equatable {
  case honest
  case slow(seconds: Int)
  case down(seconds: Int)
  case lostAnswer
  case forget
  case falseReceipt(FalseReceipt)
  case rejection(RejectionCode)
  case problem(PlannedProblem)
}

package struct ExercisePlan: Sendable, Equatable {
  struct Step: Sendable, Equatable {
    let misdeed: Misdeed
    /// Nil: for ever.
    let times: Int?
  }
  let steps: [Step]

  /// Steps with commas between; each a word of `vocabulary` or a status, perhaps with `=value`,
  /// then perhaps with `*times`.
  package static func read(_ text: String) -> Result<ExercisePlan, ExerciseRefusal> {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    do throws(ExerciseRefusal) {
      guard parts.count <= Limits.exerciseSteps else {
        throw ExerciseRefusal("there are more than \(Limits.exerciseSteps) steps")
      }
      var steps: [Step] = []
      for part in parts { steps.append(try step(part.filter { $0 != " " })) }
      return .success(ExercisePlan(steps: steps))
    } catch {
      return .failure(error)
    }
  }

  private static func step(_ text: String) throws(ExerciseRefusal) -> Step {
    let halves = text.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let misdeed = try Misdeed(String(parts[0]), parts.count == 2 ? String(parts[1]) : nil)
    guard halves.count == 2 else { return Step(misdeed: misdeed, times: 1) }
    guard !halves[1].isEmpty else { return Step(misdeed: misdeed, times: nil) }
    return Step(
      misdeed: misdeed, times: try number(halves[1], in: 1...Limits.exerciseTimes, "times"))
  }

  fileprivate static func number(
    _ text: some StringProtocol, in range: ClosedRange<Int>, _ what: String
  ) throws(ExerciseRefusal) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw ExerciseRefusal(
        "\(what) must be \(range.lowerBound) to \(range.upperBound), not '\(shown(text))'")
    }
    return number
  }

  fileprivate static func shown(_ text: some StringProtocol) -> String {
    Printable.text(String(text), limitCharacters: 40)
  }
}

/// Why a plan is not carried out.
package struct ExerciseRefusal: Error, Sendable, Equatable {
  package let reason: String

  init(_ reason: String) { self.reason = reason }
}

extension ExercisePlan {
  /// Every word with its value and its meaning, as help and docs/exercises.md show them.
  package static let vocabulary: [(usage: String, meaning: String)] = [
    ("honest", "take it and answer with a true receipt"),
    ("slow[=SECONDS]", "the same, after a pause (5)"),
    ("down[=SECONDS]", "close the connection unanswered, and all others for so long (0)"),
    ("lost-answer", "take it, then close the connection unanswered"),
    ("unsigned-200", "take it and answer 200 with a receipt that has no signature"),
    ("wrong-digest", "sign a receipt for other octets"),
    ("foreign-key", "sign a receipt with a fresh key under our certificate's name"),
    ("early-receipt", "sign a receipt as of 301 seconds before the document"),
    ("other-partners-receipt", "sign a receipt in the name of another partner"),
    ("rejection[=CODE]", "sign a rejection (not-competent)"),
    ("forget", "forget the document first, so that a repeat takes effect twice"),
    ("clock-skew", "refuse with 400 clock-skew"),
    ("5xx", "the same as 503"),
    ("STATUS[=SECONDS]", "refuse with 300 to 599, unsigned, with Retry-After"),
    ("415[=VERSION+VERSION]", "refuse the schema version and name others (2.0.0)"),
  ]
}

extension Misdeed {
  fileprivate init(_ word: String, _ value: String?) throws(ExerciseRefusal) {
    func seconds(_ standard: Int) throws(ExerciseRefusal) -> Int {
      guard let value else { return standard }
      return try ExercisePlan.number(value, in: 0...Limits.exerciseSeconds, "seconds")
    }
    switch word {
    case "slow": self = .slow(seconds: try seconds(5))
    case "down": self = .down(seconds: try seconds(0))
    case "rejection":
      guard let code = RejectionCode(rawValue: value ?? RejectionCode.notCompetent.rawValue) else {
        let near = Spelling.nearest(
          to: value ?? "", among: RejectionCode.allCases.map(\.rawValue))
        throw ExerciseRefusal.unknown("reason", value ?? "", near: near)
      }
      self = .rejection(code)
    case "5xx": self = .problem(try PlannedProblem(status: 503, value))
    default:  // OPEN: a plan is text
      if let status = Int(word), (300...599).contains(status), word.utf8.count == 3 {
        self = .problem(try PlannedProblem(status: status, value))
        return
      }
      guard let plain = Misdeed.plain[word] else {
        let words = ExercisePlan.vocabulary.map { String($0.usage.prefix { $0 != "[" }) }
        throw ExerciseRefusal.unknown(
          "step", word, near: Spelling.nearest(to: word, among: words))
      }
      guard value == nil else { throw ExerciseRefusal("'\(word)' takes no value") }
      self = plain
    }
  }

  private static let plain: [String: Misdeed] = {
    var words: [String: Misdeed] = [
      "honest": .honest, "lost-answer": .lostAnswer, "forget": .forget,
      "clock-skew": .problem(PlannedProblem(status: 400, word: ProblemType.clockSkew.rawValue)),
    ]
    for lie in FalseReceipt.allCases { words[lie.rawValue] = .falseReceipt(lie) }
    return words
  }()
}

extension ExerciseRefusal {
  fileprivate static func unknown(_ what: String, _ word: String, near: String?)
    -> ExerciseRefusal
  {
    let meant = near.map { "; did you mean '\($0)'?" } ?? ""
    return ExerciseRefusal("unknown \(what) '\(ExercisePlan.shown(word))'\(meant)")
  }
}

extension PlannedProblem {
  fileprivate init(status: Int, _ value: String?) throws(ExerciseRefusal) {
    self.init(status: status, word: PlannedProblem.words[status] ?? "temporarily-unavailable")
    guard status != 415 else {
      supported = (value ?? "2.0.0").split(separator: "+").map(String.init)
      guard !supported.isEmpty, supported.allSatisfy({ SchemaVersion($0) != nil }) else {
        throw ExerciseRefusal("415 names versions such as 2.0.0+2.1.0")
      }
      return
    }
    retryAfterSeconds = try value.map { (text) throws(ExerciseRefusal) in
      try ExercisePlan.number(text, in: 0...Limits.exerciseRetryAfterSeconds, "Retry-After")
    }
  }

  /// docs/wire.md, problems; statuses of 500 and more say "temporarily-unavailable".
  private static let words = [
    400: "malformed", 401: "client-certificate", 403: "not-authorized", 404: "unknown-endpoint",
    405: "method-not-allowed", 407: "client-certificate", 409: "in-progress",
    410: "unknown-endpoint", 413: "too-large", 415: "unsupported-schema-version",
    422: "idempotency-key-reused",
  ]
}

/// A plan between test identities. Only `permitted` makes one, and only with one does a partner
/// misbehave.
package struct PermittedExercise: Sendable {
  let plan: ExercisePlan

  fileprivate init(_ plan: ExercisePlan) { self.plan = plan }

  /// A request in handling may take so much longer.
  var longestPauseSeconds: Int {
    plan.steps.map { step in if case .slow(let seconds) = step.misdeed { seconds } else { 0 } }
      .max() ?? 0
  }

  var needsForeignKey: Bool {
    plan.steps.contains { $0.misdeed == .falseReceipt(.foreignKey) }
  }
}

extension ExercisePlan {
  /// Both sides must have a test OIN: nobody's real document meets an exercise.
  package func permitted(for identity: PartnerIdentity, from sender: PartnerIdentity)
    -> Result<PermittedExercise, ExerciseRefusal>
  {
    for one in [identity, sender] where one.oin?.isTest != true {
      return .failure(
        ExerciseRefusal("'\(one.uri)' has no test OIN (00000099...), so there is no exercise"))
    }
    return .success(PermittedExercise(self))
  }
}

/// Where an exercise stands in its plan; honest once all is done.
struct ExerciseCursor: Sendable {
  private let plan: ExercisePlan
  private var index = 0
  private var done = 0

  init(_ plan: ExercisePlan) { self.plan = plan }

  mutating func next() -> Misdeed {
    guard index < plan.steps.count else { return .honest }
    let step = plan.steps[index]
    done += 1
    if let times = step.times, done >= times {
      index += 1
      done = 0
    }
    return step.misdeed
  }
}
