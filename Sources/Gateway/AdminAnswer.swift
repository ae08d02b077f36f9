/// What the admin socket answers, and what each refusal is called.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import JSON
import Sending

/// One answer: a status and JSON Lines, or a text in a form of its own.
struct AdminAnswer {
  let response: Response

  init(_ status: Int, _ lines: [JSONObject]) {
    var body: [UInt8] = []
    for line in lines { body += JSONWriter.write(.object(line)) + [0x0A] }
    response = Response(
      status: status, fields: [HTTPField("Content-Type", "application/jsonl")], body: body)
  }

  init(text: String, type: String) {
    response = Response(
      status: 200, fields: [HTTPField("Content-Type", type)], body: Array(text.utf8))
  }

  /// A refusal or failure; `exit` is the status that the CLI ends with (sysexits.h).
  static func error(_ problem: AdminProblem, before lines: [JSONObject] = []) -> AdminAnswer {
    AdminAnswer(problem.status, lines + [problem.line(problem.text)])
  }

  /// One line for each question; without a bad one the answer is yes.
  init(_ checks: [HealthCheck]) {
    let isGood = checks.allSatisfy { $0.verdict != .bad }
    self.init(isGood ? 200 : 503, checks.map(\.line))
  }

  /// The state does not allow it; `reason` says which of the ways to say so.
  static func error(_ refusal: OrderRefusal) -> AdminAnswer {
    var line = AdminProblem.stateConflict.line(refusal.text)
    line["reason"] = .string(refusal.rawValue)
    return AdminAnswer(AdminProblem.stateConflict.status, [line])
  }
}

/// Everything that can be wrong with a request of the CLI.
enum AdminProblem: String, CaseIterable {
  case badRequest = "bad-request"
  case notFound = "not-found"
  case unknownPartner = "unknown-partner"
  case unknownJob = "unknown-job"
  case refused
  case revisionConflict = "revision-conflict"
  case stateConflict = "state-conflict"
  case denied
  case reasonMissing = "reason-missing"
  case jobEnded = "job-ended"
  case tooMany = "too-many"
  case partMissing = "part-missing"
  case tooMuch = "too-much"
  case exerciseMissing = "exercise-missing"
  case badConfiguration = "bad-configuration"
  case storeFull = "store-full"
  case clockSuspect = "clock-suspect"
  case busy
  case stopping
  case `internal`

  var exit: Int64 {
    switch self {
    case .badRequest, .reasonMissing, .tooMany: 64
    case .notFound, .unknownPartner, .unknownJob: 66
    case .refused, .tooMuch: 65
    case .revisionConflict, .stateConflict, .jobEnded: 73
    case .partMissing, .storeFull, .clockSuspect, .busy, .stopping: 75
    case .denied: 77
    case .exerciseMissing, .badConfiguration: 78
    case .internal: 70
    }
  }

  var status: Int {
    switch self {
    case .badRequest, .reasonMissing, .tooMany: 400
    case .denied: 403
    case .notFound, .unknownPartner, .unknownJob: 404
    case .tooMuch: 413
    case .refused, .badConfiguration: 422
    case .revisionConflict, .stateConflict, .jobEnded, .partMissing: 409
    case .storeFull, .clockSuspect, .busy, .stopping: 503
    case .internal, .exerciseMissing: 500
    }
  }

  func line(_ text: (message: String, hint: String)) -> JSONObject {
    [
      "v": 1, "kind": "error", "code": .string(rawValue), "message": .string(text.message),
      "hint": .string(text.hint), "exit": .number(JSONNumber(exit)),
    ]
  }

  var text: (message: String, hint: String) {
    switch self {
    case .badRequest: ("the request is not understood", "use the referralctl of this version")
    case .notFound: ("there is no such delivery", "see: referralctl list")
    case .unknownPartner: ("there is no such partner", "see: referralctl partner list")
    case .unknownJob: ("there is no such job", "see: referralctl job list")
    case .refused: ("the submission is refused", "each reason says what to do")
    case .revisionConflict:
      ("the revision does not follow those before it", "each reason says what to do")
    case .stateConflict:
      ("the delivery's state does not allow this", "see: referralctl show ID")
    case .jobEnded: ("the job has ended", "see: referralctl job show ID")
    case .tooMany:
      (
        "more than \(SendingLimits.jobDeliveries) deliveries match",
        "take a part of them with --partner, --since or --kind"
      )
    case .partMissing:
      ("the parts of a file do not follow each other", "submit again; nothing was accepted")
    case .tooMuch:
      (
        "the files are too large, or too many",
        "a file has at most 16 MiB, a submission at most 20 files and 64 MiB together; files that "
          + "no submission has taken are forgotten after an hour"
      )
    case .exerciseMissing:
      (
        "the exercise of partner test is missing or was changed",
        "put exercise/1.0.0/submission.json of this version into the folder of the schemas"
      )
    case .badConfiguration:
      (
        "nothing was reloaded; the configuration before stays in force",
        "mend what is named above, then reload again"
      )
    case .denied:
      ("your groups do not allow this", "see your groups and roles with: referralctl whoami")
    case .reasonMissing: ("a reason is missing", "add --reason with a few words for the audit")
    case .storeFull:
      ("the disk is full, nothing was accepted", "free space; recording goes on by itself")
    case .clockSuspect:
      (
        "the gateway's clock is in doubt, nothing was accepted",
        "see: referralctl health ready; it says what the clocks are and what to do"
      )
    case .busy: ("somebody else changes the same referral", "try again")
    case .stopping: ("the gateway is stopping", "try again when it runs")
    case .internal: ("the gateway failed", "see: journalctl -u referral-gateway")
    }
  }
}
