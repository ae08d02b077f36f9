/// What each exit status means; help lists the same rows.
// SPDX-License-Identifier: Apache-2.0
import Arguments

/// After sysexits.h; of several results the highest is the one to report.
enum ExitCode: Int32, CaseIterable, Comparable, Error {
  case done = 0
  case negative = 1
  case usage = 64
  case badData = 65
  case notFound = 66
  case unavailable = 69
  case failed = 70
  case stateConflict = 73
  case tryAgain = 75
  case denied = 77
  case configuration = 78

  static func < (a: ExitCode, b: ExitCode) -> Bool { a.rawValue < b.rawValue }

  /// For an answer that does not name a status itself.
  init(httpStatus: Int) {
    switch httpStatus {
    case 400, 405, 414: self = .usage
    case 403: self = .denied
    case 404: self = .notFound
    case 409: self = .stateConflict
    case 413, 422: self = .badData
    case 408, 429, 503: self = .tryAgain
    default: self = .failed  // OPEN: statuses of RFC 9110
    }
  }

  private var meaning: String {
    switch self {
    case .done: "done"
    case .negative: "checked, and the answer is no: ended without a receipt, an alarm, a bad check"
    case .usage: "the command line is not understood"
    case .badData: "a file cannot be used, or the referral is refused"
    case .notFound: "no such delivery, job or partner"
    case .unavailable: "a partner or a service is not available"
    case .failed: "the gateway failed; see its journal"
    case .stateConflict: "the present state does not allow it"
    case .tryAgain: "try again: the daemon does not answer, or the time is over"
    case .denied: "you may not do this; the hint names the group that may"
    case .configuration: "the configuration is wrong"
    }
  }

  static var table: [ExitStatus] { allCases.map { ExitStatus($0.rawValue, $0.meaning) } }
}
