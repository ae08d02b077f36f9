/// What is wrong in the configuration, where, and what to do about it.
// SPDX-License-Identifier: Apache-2.0

/// The place of a value: file relative to the configuration folder, line and column from 1.
package struct ConfigurationPlace: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let file: String
  package let line: Int, column: Int

  package var description: String { "\(file):\(line):\(column)" }

  package static func < (a: ConfigurationPlace, b: ConfigurationPlace) -> Bool {
    (a.file, a.line, a.column) < (b.file, b.line, b.column)
  }
}

package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    case unreadable, syntax
    case unknownKey = "unknown-key"
    case missingKey = "missing-key"
    case wrongType = "wrong-type"
    case badValue = "bad-value"
    case contradiction
    case duplicateCode = "duplicate-code"
    case duplicateIdentity = "duplicate-identity"
    case nameMismatch = "name-mismatch"
    case partnerWithoutPolicy = "partner-without-policy"
    case policyWithoutPartner = "policy-without-partner"
    case unknownPartner = "unknown-partner"
    case sampleKey = "sample-key"
    case testIdentity = "test-identity"
    case insecureEndpoint = "insecure-endpoint"
    case keyMismatch = "key-mismatch"
    case algorithmMismatch = "algorithm-mismatch"
    case expiredCertificate = "expired-certificate"
  }
  package let code: Code
  package let place: ConfigurationPlace
  package let problem: String
  /// What the operator can do.
  package let remedy: String

  /// "partners.d/police.toml:3:8: unknown key 'nmae'; did you mean 'name'?"
  package var description: String { "\(place): \(problem); \(remedy)" }
}

/// All errors at once, sorted by place; never empty.
package struct ConfigurationErrors: Error, Sendable {
  package let errors: [ConfigurationError]
}

extension ConfigurationError: Equatable {
  package static func == (a: ConfigurationError, b: ConfigurationError) -> Bool {
    a.code == b.code && a.place == b.place
  }
}

/// Collects errors while one load reads on.
final class Findings {
  private(set) var errors: [ConfigurationError] = []

  func add(
    _ code: ConfigurationError.Code, at place: ConfigurationPlace, _ problem: String,
    _ remedy: String
  ) {
    guard errors.count < Limits.errors else { return }
    errors.append(
      ConfigurationError(code: code, place: place, problem: problem, remedy: remedy))
  }
}
