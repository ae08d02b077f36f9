/// What the admin socket answers, and what each refusal is called.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import JSON

/// One answer: a status and JSON Lines.
struct AdminAnswer {
  let status: Int
  let lines: [JSONObject]

  init(_ status: Int, _ lines: [JSONObject]) {
    self.status = status
    self.lines = lines
  }

  /// A refusal or failure; `exit` is the status that the CLI ends with (sysexits.h).
  static func error(_ problem: AdminProblem, before lines: [JSONObject] = []) -> AdminAnswer {
    AdminAnswer(
      problem.status,
      lines + [
        [
          "v": 1, "kind": "error", "code": .string(problem.rawValue),
          "message": .string(problem.text.message), "hint": .string(problem.text.hint),
          "exit": .number(JSONNumber(problem.exit)),
        ]
      ])
  }

  var response: Response {
    var body: [UInt8] = []
    for line in lines { body += JSONWriter.write(.object(line)) + [0x0A] }
    return Response(
      status: status, fields: [HTTPField("Content-Type", "application/jsonl")], body: body)
  }
}

/// Everything that can be wrong with a request of the CLI.
enum AdminProblem: String, CaseIterable {
  case badRequest = "bad-request"
  case notFound = "not-found"
  case unknownPartner = "unknown-partner"
  case refused
  case revisionConflict = "revision-conflict"
  case stateConflict = "state-conflict"
  case reasonMissing = "reason-missing"
  case storeFull = "store-full"
  case busy
  case stopping
  case `internal`

  var exit: Int64 {
    switch self {
    case .badRequest, .reasonMissing: 64
    case .notFound, .unknownPartner: 66
    case .refused: 65
    case .revisionConflict, .stateConflict: 73
    case .storeFull, .busy, .stopping: 75
    case .internal: 70
    }
  }

  var status: Int {
    switch self {
    case .badRequest, .reasonMissing: 400
    case .notFound, .unknownPartner: 404
    case .refused: 422
    case .revisionConflict, .stateConflict: 409
    case .storeFull, .busy, .stopping: 503
    case .internal: 500
    }
  }

  var text: (message: String, hint: String) {
    switch self {
    case .badRequest: ("the request is not understood", "use the referralctl of this version")
    case .notFound: ("there is no such delivery", "see: referralctl list")
    case .unknownPartner: ("there is no such partner", "see: referralctl partner list")
    case .refused: ("the submission is refused", "each reason says what to do")
    case .revisionConflict:
      ("the revision does not follow those before it", "each reason says what to do")
    case .stateConflict:
      ("the delivery's state does not allow this", "see: referralctl show ID")
    case .reasonMissing: ("a reason is missing", "add --reason with a few words for the audit")
    case .storeFull:
      ("the disk is full, nothing was accepted", "free space; recording goes on by itself")
    case .busy: ("somebody else changes the same referral", "try again")
    case .stopping: ("the gateway is stopping", "try again when it runs")
    case .internal: ("the gateway failed", "see: journalctl -u referral-gateway")
    }
  }
}
