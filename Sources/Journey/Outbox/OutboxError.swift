/// What can go wrong with the durable record itself; refusals are results, not errors.
// SPDX-License-Identifier: Apache-2.0
import SQLite

package struct OutboxError: Error, Equatable, Sendable {
  package enum Code: String, Sendable, CaseIterable {
    /// The disk failed: the process ends.
    case broken
    /// The disk is full: accepting stops, recording goes on when space is back.
    case full
    /// The store belongs to another profile.
    case otherProfile = "other-profile"
    /// A record does not open under the store key.
    case sealed
    /// The file is not one of ours, or a newer gateway wrote it.
    case foreign
    /// Another process has the store open.
    case inUse = "in-use"
    case other
  }
  package let code: Code
  package let place: String

  init(_ code: Code, _ place: String) {
    self.code = code
    self.place = place
  }

  init(_ error: StoreError) {
    let code: Code =
      switch error.code {
      case .ioError: .broken
      case .full: .full
      case .notOurs, .newer: .foreign
      case .busy: .inUse
      case .constraint, .misuse, .other: .other
      }
    self.init(code, error.place)
  }
}
