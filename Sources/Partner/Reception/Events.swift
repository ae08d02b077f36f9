/// What the partner reports: ids, codes and counts, never text of a referral.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import Log
import Platform
import Referrals
import SQLite
import Wire

extension LogEvent {
  static func listening(port: UInt16) -> LogEvent {
    LogEvent("partner-listening", .notice, [.count("port", Int(port))])
  }
  static var stopped: LogEvent { LogEvent("partner-stopped", .notice) }
  static func kept(_ document: ReceivedDocument) -> LogEvent {
    let content = document.content
    return LogEvent(
      "document-kept", .notice,
      [
        .id("document", content.id), .id("referral", content.referralID),
        .count("revision", content.revision), .code("operation", content.operation),
        .flag("exercise", content.exercise),
      ])
  }
  static func repeated(_ id: UniversalID) -> LogEvent {
    LogEvent("document-repeated", .notice, [.id("document", id)])
  }
  static func rejected(_ id: UniversalID, _ reason: RejectionCode) -> LogEvent {
    LogEvent("document-rejected", .warning, [.id("document", id), .code("reason", reason)])
  }
  /// Other octets under an id that is taken: somebody's mistake or somebody's attempt.
  static func idReused(_ id: UniversalID) -> LogEvent {
    LogEvent("document-id-reused", .alarm, [.id("document", id)])
  }
  /// Status 0: no answer.
  static func brought(_ id: UniversalID, _ state: SaidState, status: Int) -> LogEvent {
    LogEvent(
      "acknowledgement-brought", state == .taken ? .notice : .warning,
      [.id("acknowledgement", id), .code("state", state), .count("status", status)])
  }
  /// `place`: index in the document's attachments. Status 0: no answer.
  static func fetched(
    _ document: UniversalID, place: Int, _ state: AttachmentState, status: Int
  ) -> LogEvent {
    LogEvent(
      "attachment-fetched", state == .kept ? .notice : .warning,
      [
        .id("document", document), .count("place", place), .code("state", state),
        .count("status", status),
      ])
  }
  static func fileFailed(_ error: FileError) -> LogEvent {
    LogEvent("file-failed", .error, [.count("errno", Int(error.systemCode))])
  }
  static func problem(_ type: ProblemType) -> LogEvent {
    LogEvent("request-refused", .warning, [.code("problem", type)])
  }
  static func storeFailed(_ error: StoreError) -> LogEvent {
    LogEvent(
      "store-failed", .error,
      [.code("store", error.code), .count("sqlite_code", Int(error.extended))])
  }
  static func connection(_ event: ServerEvent) -> LogEvent {
    switch event {
    case .acceptFailed: LogEvent("accept-failed", .error)
    case .connectionRefused: LogEvent("connection-refused", .warning)
    case .handshakeFailed(_, _, let code):
      LogEvent("handshake-failed", .warning, [.count("verify_code", code)])
    case .requestRefused(_, let refusal):
      LogEvent("request-malformed", .warning, [.code("refusal", refusal)])
    case .streamBroken(_, let fault):
      LogEvent("answer-broken-off", .error, [.code("fault", fault)])
    }
  }
}
