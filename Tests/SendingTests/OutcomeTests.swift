/// Every row of the table of outcomes (docs/states.md), from the answer to state, reason, alarm.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import Outbox
import Platform
import Referrals
import Register
import Sending
import Testing
import Wire

private let now = Instant(milliseconds: 1_800_000_000_000)

private func answer(
  _ status: Int, problem: String? = nil, fields: [(String, String)] = []
) -> FetchAnswer {
  let type = problem.map { "{\"type\":\"https://referral-gateway.example/problems/\($0)\"}" }
  return FetchAnswer.made(
    status,
    fields: (problem == nil ? [] : [("content-type", "application/problem+json")]) + fields,
    body: Array((type ?? "").utf8))
}

private let older = SchemaVersion("1.0.0")
private let nothingElse = VersionChoice(sent: "1.1.0", possible: [], isReissue: false)

private func outcome(
  _ answer: FetchAnswer, waits: Instant? = nil, outway: Bool = false,
  versions: VersionChoice = nothingElse
) -> AttemptOutcome {
  AttemptOutcome(
    answer: answer, verdict: nil, waitsForReceipt: waits, throughOutway: outway,
    versions: versions)
}

/// A delivery that is being sent for the first time.
private func sending(attempts: Int = 1, scale: Double = 1) -> DeliveryMachine {
  var progress = DeliveryProgress(queuedAt: now)
  progress.state = .sending
  progress.attempts = attempts
  progress.epoch = attempts
  return DeliveryMachine(
    progress, priority: .urgent, expires: now.adding(seconds: 86_400),
    backoff: Backoff(scale: scale))
}

struct Row: Sendable {
  let outcome: AttemptOutcome
  let state: DeliveryState
  let reason: DeliveryReason?
  let actions: [DeliveryAction]
  /// Until the next attempt.
  var waitSeconds: Int64?
}

private let table: [Row] = [
  Row(outcome: .receipt, state: .delivered, reason: nil, actions: []),
  Row(outcome: .rejection, state: .dead, reason: .rejected, actions: [.alarm(.rejected)]),
  Row(outcome: .rejectedAsSuperseded, state: .cancelled, reason: .superseded, actions: []),
  Row(
    outcome: .undecided, state: .awaiting, reason: .revocation, actions: [],
    waitSeconds: 3_600),
  Row(
    outcome: .serverUndecided, state: .deferred, reason: .revocation,
    actions: [.alarm(.revocationUndecided)], waitSeconds: 5),
  Row(outcome: .unverified, state: .deferred, reason: .unverified, actions: [], waitSeconds: 5),
  Row(
    outcome: .accepted(due: now.adding(seconds: 300)), state: .awaiting, reason: .receiptDue,
    actions: [], waitSeconds: 300),
  Row(
    outcome: .busy(retryAfterSeconds: nil), state: .deferred, reason: .busy, actions: [],
    waitSeconds: 5),
  Row(
    outcome: .busy(retryAfterSeconds: 20), state: .deferred, reason: .busy, actions: [],
    waitSeconds: 20),
  Row(outcome: .conflict, state: .dead, reason: .conflict, actions: [.alarm(.conflict)]),
  Row(
    outcome: .clock, state: .deferred, reason: .clockSuspect,
    actions: [.alarm(.clockSuspect)], waitSeconds: 5),
  Row(
    outcome: .version(next: nil), state: .held, reason: .schemaVersion,
    actions: [.alarm(.schemaVersion)]),
  Row(outcome: .version(next: older), state: .cancelled, reason: .reissued, actions: []),
  Row(
    outcome: .credentials, state: .held, reason: .credentials,
    actions: [.alarm(.credentials), .suspendPartner(.credentials)]),
  Row(outcome: .gone, state: .held, reason: .gone, actions: [.alarm(.gone), .disablePartner]),
  Row(
    outcome: .refusedUnsigned, state: .deferred, reason: .refusedUnsigned, actions: [],
    waitSeconds: 60),
  Row(
    outcome: .transient(retryAfterSeconds: nil), state: .deferred, reason: .transient,
    actions: [], waitSeconds: 5),
  Row(
    outcome: .transient(retryAfterSeconds: 120), state: .deferred, reason: .transient,
    actions: [], waitSeconds: 120),
  Row(
    outcome: .transient(retryAfterSeconds: 86_400), state: .deferred, reason: .transient,
    actions: [], waitSeconds: 3_600),
  Row(
    outcome: .outway(retryAfterSeconds: 7), state: .deferred, reason: .outway, actions: [],
    waitSeconds: 7),
  Row(
    outcome: .security, state: .held, reason: .security,
    actions: [.alarm(.security), .suspendPartner(.security)]),
]

@Test(arguments: table) func `an outcome leads to the state of its row`(_ row: Row) {
  var machine = sending()
  let actions = machine.on(.finished(row.outcome), now: now)
  #expect(machine.record.state == row.state)
  #expect(machine.record.reason == row.reason)
  #expect(actions == row.actions)
  if let wait = row.waitSeconds {
    #expect(machine.record.nextAt == now.adding(seconds: wait))
  }
}

@Test func `every outcome has a row in this table`() {
  let names = Set(table.map(\.outcome.name))
  #expect(
    names == [
      "done", "rejected", "undecided", "unverified", "wait", "busy", "conflict", "clock",
      "version", "credentials", "gone", "refused-unsigned", "transient", "outway", "security",
      "server-undecided",
    ])
}

@Test func `the third unverified answer holds the delivery and tells somebody`() {
  var machine = sending()
  for attempt in 1...3 {
    let actions = machine.on(.finished(.unverified), now: machine.record.nextAt)
    #expect(actions == (attempt < 3 ? [] : [.alarm(.unverifiedReceipt)]))
    #expect(machine.record.state == (attempt < 3 ? .deferred : .held))
    if attempt < 3 { _ = machine.on(.claimed, now: machine.record.nextAt) }
  }
  #expect(machine.record.attempts == 3)
}

@Test func `the second unsigned refusal holds the delivery and suspends the partner`() {
  var machine = sending()
  _ = machine.on(.finished(.refusedUnsigned), now: now)
  _ = machine.on(.claimed, now: machine.record.nextAt)
  let actions = machine.on(.finished(.refusedUnsigned), now: machine.record.nextAt)
  #expect(machine.record.state == .held)
  #expect(machine.record.reason == .refusedUnsigned)
  #expect(actions == [.alarm(.refusedUnsigned), .suspendPartner(.refusedUnsigned)])
}

@Test func `a 202 after the answer was due waits before it asks again`() {
  var machine = sending(attempts: 3)
  _ = machine.on(.finished(.accepted(due: now)), now: now)
  #expect(machine.record.nextAt == now.adding(seconds: 60))
}

@Test(
  arguments: [
    (200, .unverified), (204, .unverified), (202, .unverified), (301, .refusedUnsigned),
    (307, .refusedUnsigned), (400, .refusedUnsigned), (401, .credentials), (403, .credentials),
    (404, .refusedUnsigned), (405, .refusedUnsigned), (407, .credentials),
    (408, .transient(retryAfterSeconds: nil)), (409, .refusedUnsigned), (410, .gone),
    (413, .refusedUnsigned), (415, .refusedUnsigned), (422, .refusedUnsigned),
    (425, .transient(retryAfterSeconds: nil)), (429, .transient(retryAfterSeconds: nil)),
    (500, .transient(retryAfterSeconds: nil)), (501, .refusedUnsigned),
    (502, .transient(retryAfterSeconds: nil)), (503, .transient(retryAfterSeconds: nil)),
    (504, .transient(retryAfterSeconds: nil)), (505, .refusedUnsigned),
    (599, .transient(retryAfterSeconds: nil)),
  ] as [(Int, AttemptOutcome)]) func `an unsigned answer means what its status says`(
    _ status: Int, _ expected: AttemptOutcome
  )
{
  #expect(outcome(answer(status)) == expected)
}

@Test func `a problem document says more than its status`() {
  #expect(outcome(answer(400, problem: "clock-skew")) == .clock)
  #expect(outcome(answer(409, problem: "in-progress")) == .busy(retryAfterSeconds: nil))
  #expect(outcome(answer(415, problem: "unsupported-schema-version")) == .version(next: nil))
  #expect(outcome(answer(422, problem: "idempotency-key-reused")) == .conflict)
}

@Test func `a problem type counts only with its status and in a problem document`() {
  #expect(outcome(answer(404, problem: "clock-skew")) == .refusedUnsigned)
  let text = FetchAnswer.made(
    422, fields: [("content-type", "text/html")],
    body: Array("{\"type\":\"idempotency-key-reused\"}".utf8))
  #expect(outcome(text) == .refusedUnsigned)
}

@Test func `Retry-After is taken in seconds, never negative, never as a date`() {
  func after(_ text: String) -> AttemptOutcome {
    outcome(answer(503, fields: [("retry-after", text)]))
  }
  #expect(after("7") == .transient(retryAfterSeconds: 7))
  #expect(after("-7") == .transient(retryAfterSeconds: 0))
  #expect(after("Fri, 31 Dec 2027 23:59:59 GMT") == .transient(retryAfterSeconds: nil))
  #expect(
    outcome(answer(409, problem: "in-progress", fields: [("retry-after", "3")]))
      == .busy(retryAfterSeconds: 3))
}

@Test func `a 202 waits only where the partner is asynchronous`() {
  let due = now.adding(seconds: 300)
  #expect(outcome(answer(202), waits: due) == .accepted(due: due))
  #expect(outcome(answer(200), waits: due) == .unverified)
  #expect(outcome(answer(202)) == .unverified)
}

@Test func `an error of the outway is not an error of the partner`() {
  for status in [401, 403, 500, 502] {
    let error = answer(status, fields: [("fsc-error-code", "ERROR_CODE_X")])
    #expect(outcome(error, outway: true) == .outway(retryAfterSeconds: nil))
  }
}

@Test func `a partner that is called directly cannot hide behind an outway`() {
  let gone = answer(410, fields: [("fsc-error-code", "ERROR_CODE_X")])
  #expect(outcome(gone) == .gone)
}

@Test func `waits of ours are scaled, what a partner asks for is not`() {
  func wait(_ outcome: AttemptOutcome) -> Int64 {
    var machine = sending(scale: 0.01)
    _ = machine.on(.finished(outcome), now: now)
    return machine.record.nextAt.since(now)
  }
  #expect(wait(.refusedUnsigned) == 600)
  #expect(wait(.busy(retryAfterSeconds: nil)) == 50)
  #expect(wait(.busy(retryAfterSeconds: 7)) == 7_000)
  #expect(wait(.transient(retryAfterSeconds: 7)) == 7_000)
}

@Test func `what is ready is held when the partner is gone, and nothing else`() {
  for state in DeliveryState.allCases {
    var progress = DeliveryProgress(queuedAt: now)
    progress.state = state
    var machine = DeliveryMachine(
      progress, priority: .urgent, expires: now.adding(seconds: 86_400), backoff: Backoff())
    #expect(machine.on(.partnerGone, now: now) == [])
    #expect(machine.record.state == (state.isReady ? .held : state))
    if state.isReady { #expect(machine.record.reason == .gone) }
  }
}

@Test func `the newest version that both know is tried, once`() throws {
  func next(
    _ supported: [String], of possible: [String] = ["1.0.0", "1.1.0", "1.2.0"],
    sent: String = "1.2.0", isReissue: Bool = false
  ) -> String? {
    let list = supported.map { "\"\($0)\"" }.joined(separator: ",")
    let body =
      "{\"type\":\"https://referral-gateway.example/problems/unsupported-schema-version\","
      + "\"supported\":[\(list)]}"
    let choice = VersionChoice(
      sent: sent, possible: possible.compactMap(SchemaVersion.init), isReissue: isReissue)
    let answer = FetchAnswer.made(
      415, fields: [("content-type", "application/problem+json")], body: Array(body.utf8))
    guard case .version(let next) = outcome(answer, versions: choice) else {
      Issue.record("a 415 with versions is another outcome")
      return nil
    }
    return next?.description
  }
  #expect(next(["1.0.0", "1.1.0"]) == "1.1.0")
  #expect(next(["1.0.0"]) == "1.0.0")
  #expect(next(["1.10.0", "1.1.0"], of: ["1.10.0", "1.1.0", "2.0.0"], sent: "2.0.0") == "1.10.0")
  // A newer one too, where the partner's file was late.
  #expect(next(["1.2.0"], sent: "1.0.0") == "1.2.0")
  #expect(next(["1.2.0"]) == nil)
  #expect(next(["3.0.0"]) == nil)
  #expect(next([]) == nil)
  #expect(next(["1.0.0"], of: ["1.1.0", "1.2.0"]) == nil)
  #expect(next(["1.0.0", "1.1.0"], isReissue: true) == nil)
}

@Test func `a later revision that waits counts more than a version`() {
  var progress = DeliveryProgress(queuedAt: now)
  progress.state = .sending
  progress.attempts = 1
  progress.epoch = 1
  progress.superseded = true
  var machine = DeliveryMachine(
    progress, priority: .urgent, expires: now.adding(seconds: 86_400), backoff: Backoff())
  #expect(machine.on(.finished(.version(next: older)), now: now) == [])
  #expect(machine.record.state == .cancelled && machine.record.reason == .superseded)
}

@Test func `of a problem document only a known word is shown`() {
  for type in ProblemType.allCases {
    #expect(answer(400, problem: type.rawValue).problem == .known(type))
  }
  #expect(answer(400, problem: "\\u001b[2J<b>").problem == .other)
  #expect(answer(400).problem == nil)
}

@Test func `versions and the clock of an answer are read strictly or not at all`() {
  func supported(_ list: String) -> [String] {
    let body = "{\"type\":\"unsupported-schema-version\",\"supported\":\(list)}"
    return FetchAnswer.made(
      415, fields: [("content-type", "application/problem+json")], body: Array(body.utf8)
    ).supportedVersions.map(\.description)
  }
  #expect(supported(#"["1.1.0","2.0.0"]"#) == ["1.1.0", "2.0.0"])
  #expect(supported(#"["1.1","v2.0.0","ANNA",3,"2.0.0"]"#) == ["2.0.0"])
  #expect(supported(#""1.0.0""#) == [])
  #expect(
    supported("[" + Array(repeating: "\"1.0.0\"", count: 99).joined(separator: ",") + "]").count
      == 8)
  let dated = answer(400, fields: [("date", "Sun, 06 Nov 1994 08:49:37 GMT")])
  #expect(dated.clock == Instant(seconds: 784_111_777))
  for text in ["06 Nov 1994", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT"] {
    #expect(answer(400, fields: [("date", text)]).clock == nil)
  }
  #expect(Instant(seconds: 784_111_777).httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
  #expect(Instant(milliseconds: -1).httpDate == "Wed, 31 Dec 1969 23:59:59 GMT")
}

@Test(arguments: FetchFailure.Kind.allCases)
func `a failure is the network, our certificate or somebody else`(_ kind: FetchFailure.Kind) {
  let expected: AttemptOutcome =
    switch kind {
    case .tlsVerify, .tlsPin, .addressRefused: .security
    case .tlsPeerRefused: .credentials
    case .tlsRevocation: .serverUndecided
    case .resolve, .connect, .tlsOther, .timeout, .reset, .badFraming, .tooLarge, .http2,
      .aborted, .request, .other:
      .transient(retryAfterSeconds: nil)
    }
  #expect(AttemptOutcome(failure: .made(kind)) == expected)
}
