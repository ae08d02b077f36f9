/// How far a file that a document names has come, and what an answer makes of it.
// SPDX-License-Identifier: Apache-2.0

package enum AttachmentState: String, Sendable, CaseIterable {
  case waiting
  /// It is the file that the signed document says.
  case kept
  /// What came was another file, several times; the sender has been told.
  case unreadable
  /// The sender knows no such file.
  case missing
  /// Here or at the sender: the referral was withdrawn, or the time of the file is over.
  case erased
}

/// What one attempt brought.
package enum AttachmentAnswer: Sendable, Equatable {
  /// A whole answer with status 200; whether it is the file.
  case file(matches: Bool)
  /// More octets than the document says.
  case tooLong
  case status(Int)
  /// No answer, or one that was broken off.
  case none
}

/// One of a document's files, as far as it has come.
package struct AttachmentProgress: Sendable, Equatable {
  package private(set) var state: AttachmentState
  package private(set) var attempts: Int
  package private(set) var mismatches: Int

  package init(state: AttachmentState = .waiting, attempts: Int = 0, mismatches: Int = 0) {
    self.state = state
    self.attempts = attempts
    self.mismatches = mismatches
  }

  /// docs/wire.md, attachments. What may change is asked for again.
  package mutating func take(_ answer: AttachmentAnswer) {
    attempts += 1
    switch answer {
    case .file(matches: true): state = .kept
    case .file(matches: false), .tooLong:
      mismatches += 1
      if mismatches >= Limits.attachmentMismatches { state = .unreadable }
    case .status(404): state = .missing
    case .status(410): state = .erased
    case .status, .none: break
    }
  }
}
