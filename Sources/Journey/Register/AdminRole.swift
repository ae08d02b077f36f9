/// What somebody may be at the admin socket, and the group of the system that says so.
// SPDX-License-Identifier: Apache-2.0

/// The words are the keys of `[admin.groups]`.
package enum AdminRole: String, CaseIterable, Sendable {
  case readers, operators, keys, privacy, auditors, submitters

  /// Where gateway.toml names no other.
  package var standardGroup: String { "referral-" + rawValue }

  /// For people.
  package var allows: String {
    switch self {
    case .readers: "look at deliveries, partners, alarms and health; no content"
    case .operators: "look, order, make jobs, pause and test partners, reload"
    case .keys: "look, reload, and ask partners whether our certificates do"
    case .privacy: "look, read the audit, and preview with content"
    case .auditors: "look, and read the audit"
    case .submitters: "hand in and preview, and follow a delivery by its id"
    }
  }
}
