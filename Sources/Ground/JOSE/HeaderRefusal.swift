/// Why a protected header is not taken, by a closed list of names.
// SPDX-License-Identifier: Apache-2.0

package struct HeaderRefusal: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// Not canonical base64url.
    case encoding = "header-encoding"
    case tooLarge = "header-too-large"
    /// Not strict JSON, or not an object.
    case syntax = "header-syntax"
    case duplicateName = "header-duplicate-name"
    /// A member of another type or form than its standard gives it.
    case malformedMember = "header-malformed-member"
    /// jku, jwk, x5u, x5t or zip.
    case forbiddenMember = "header-forbidden-member"
    case missingMember = "header-missing-member"
    /// `crit` names something else than b64 and sigD.
    case unknownCritical = "header-unknown-critical"
    /// A signature algorithm outside the profile.
    case algorithm = "header-algorithm"
    /// A value that the detached binding does not allow.
    case notDetachedBinding = "header-not-detached-binding"
  }
  package let code: Code
  /// The member meant, always one of the names that the profile knows; empty for the whole header.
  package let member: String

  init(_ code: Code, _ member: String = "") {
    self.code = code
    self.member = member
  }

  package var description: String { member.isEmpty ? code.rawValue : "\(code.rawValue): \(member)" }
}
