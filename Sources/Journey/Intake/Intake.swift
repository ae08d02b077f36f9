/// From octets to an accepted referral, or every reason why not.
// SPDX-License-Identifier: Apache-2.0
package import Digest
import JSON
package import JSONSchema
import Platform
package import Referrals

/// A submission that passed everything but the question of its earlier revisions.
package struct ReadSubmission: Sendable {
  package let referral: Referral
  /// SHA-256 of the octets of the `referral` member, from its first brace to its last: together
  /// with id and revision the submission's identity (docs/rules.md).
  package let digest: SHA256Digest
  package let octets: [UInt8]
  /// Partner codes as given, in order.
  package let recipients: [String]

  fileprivate init(
    referral: Referral, digest: SHA256Digest, octets: [UInt8], recipients: [String]
  ) {
    self.referral = referral
    self.digest = digest
    self.octets = octets
    self.recipients = recipients
  }
}

package enum IntakeReading: Sendable {
  case read(ReadSubmission)
  case refused([Reason])
}

package struct Intake: Sendable {
  package static let submissionOctets = 1_048_576
  private static let reasonsAtMost = 100

  private let schema: Schema
  private let reference: ReferenceData

  /// - Parameter schema: schemas/submission of the version in force.
  package init(schema: Schema, reference: ReferenceData) {
    self.schema = schema
    self.reference = reference
  }

  /// Collects every reason that can be seen at once; a syntax error hides the rest.
  package func read(_ octets: [UInt8]) -> IntakeReading {
    guard octets.count <= Intake.submissionOctets else { return .refused([Reason(.tooLarge)]) }
    let value: JSONValue
    let range: Range<Int>?
    do {
      value = try JSONReader.read(octets)
      range = try JSONReader.memberRange("referral", in: octets)
    } catch {
      return .refused([
        Reason(
          .malformed, at: JSONPointer(),
          detail: "\(error.code.rawValue) at line \(error.line), column \(error.column)")
      ])
    }
    var reasons = TextCheck.reasons(in: value)
    reasons += schema.violations(of: value, format: .assertion).map {
      Reason(.schema, at: $0.pointer, detail: $0.message)
    }
    let recipients = (value["recipients"]?.elements ?? []).compactMap(\.text)
    if recipients.isEmpty { reasons.append(Reason(.noRecipient, at: "recipients")) }
    let reading = Referral.read(
      value["referral"] ?? .null, exercise: value["exercise"]?.flag ?? false,
      reference: reference)
    switch reading {
    case .refused(let more):
      // A header that cannot be read is a schema violation, which names the member itself.
      reasons += more.filter { $0.rule != .schema || reasons.isEmpty }
    case .referral(let referral):
      guard reasons.isEmpty, let range else { break }
      let slice = Array(octets[range])
      return .read(
        ReadSubmission(
          referral: referral, digest: SHA256Digest(of: slice), octets: slice,
          recipients: recipients))
    }
    return .refused(Array(reasons.prefix(Intake.reasonsAtMost)))
  }
}

extension Reason {
  fileprivate init(_ rule: Rule, at member: String? = nil) {
    self.init(rule, at: JSONPointer(tokens: member.map { [$0] } ?? []))
  }
}
