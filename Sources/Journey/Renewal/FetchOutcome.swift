/// What came of asking a source for its list: a closed list of words, each with what to do.
// SPDX-License-Identifier: Apache-2.0

package enum FetchOutcome: String, Sendable, CaseIterable {
  /// Newer than what was known, and in force now.
  case taken
  /// The list that was known.
  case unchanged
  /// Newer than what was known and past its next update all the same; it is in force.
  case ended
  case unreachable
  case timeout
  case tls
  case tooLarge = "too-large"
  case redirect
  case status
  case noList = "no-list"
  case stranger
  case forged
  case older
  case notYetValid = "not-yet-valid"

  package var isGood: Bool {
    switch self {
    case .taken, .unchanged: true
    case .ended, .unreachable, .timeout, .tls, .tooLarge, .redirect, .status, .noList, .stranger,
      .forged, .older, .notYetValid:
      false
    }
  }

  package var message: String {
    switch self {
    case .taken: "gave a newer list"
    case .unchanged: "gave the list that is in force"
    case .ended: "gave a list past its next update"
    case .unreachable: "cannot be reached"
    case .timeout: "did not answer in time"
    case .tls: "its TLS certificate does not lead to source_anchors"
    case .tooLarge: "gave more octets than a list may have"
    case .redirect: "sends us to another address"
    case .status: "answers that it has no list"
    case .noList: "gave something that is no revocation list"
    case .stranger: "gave the list of an authority that the partner's file does not name"
    case .forged: "gave a list that somebody else signed in the authority's name"
    case .older: "gave an older list than the one in force"
    case .notYetValid: "gave a list that is not valid yet"
    }
  }

  /// Empty where nothing is to be done.
  package var hint: String {
    switch self {
    case .taken, .unchanged: ""
    case .ended, .older: "tell the authority: its server hands out an old list"
    case .unreachable, .timeout: "is the firewall open for the gateway, and the server up?"
    case .tls: "ask the authority for the root of its server; put it into source_anchors"
    case .tooLarge: "ask the authority whether this is its list"
    case .redirect: "write the address that it names into sources, if it is the authority's"
    case .status: "ask the authority where its list stands now; change sources"
    case .noList: "ask the authority what stands there; a proxy's page looks like this too"
    case .stranger: "add the authority to trust.intermediates, or remove the source"
    case .forged: "a matter of security: ask the authority on a known phone number"
    case .notYetValid: "compare our clock with a time server, then ask the authority"
    }
  }
}
