/// From octets to an accepted referral, or every reason why not.
// SPDX-License-Identifier: Apache-2.0
package import Digest
import JSON
package import JSONSchema
import Platform
package import Referrals

/// One referral of a submission that passed everything but the question of its earlier revisions.
package struct ReadReferral: Sendable {
  package let referral: Referral
  /// SHA-256 of the octets of the member, from its first brace to its last: together with id and
  /// revision the identity of what was handed in (docs/rules.md).
  package let digest: SHA256Digest
  package let octets: [UInt8]

  fileprivate init(_ referral: Referral, octets: ArraySlice<UInt8>) {
    self.referral = referral
    self.octets = Array(octets)
    digest = SHA256Digest(of: self.octets)
  }
}

package struct ReadSubmission: Sendable {
  package let main: ReadReferral
  /// With a reclassification: the withdrawal of what the main referral replaces.
  package let withdrawal: ReadReferral?
  /// Partner codes as given, in order; those of the main referral. Nil: the routes decide.
  package let recipients: [String]?
  /// What would make the referral more useful; nothing of it is required.
  package let advice: [Advice]

  fileprivate init(
    main: ReadReferral, withdrawal: ReadReferral?, recipients: [String]?, advice: [Advice]
  ) {
    self.main = main
    self.withdrawal = withdrawal
    self.recipients = recipients
    self.advice = advice
  }

  package var referral: Referral { main.referral }
  package var digest: SHA256Digest { main.digest }
  package var octets: [UInt8] { main.octets }
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
  ///
  /// - Parameter files: what was handed in beside it, by attachment id; nil where nobody looks yet.
  package func read(_ octets: [UInt8], files: [String: FileFacts]? = [:]) -> IntakeReading {
    guard octets.count <= Intake.submissionOctets else { return .refused([Reason(.tooLarge)]) }
    let value: JSONValue
    let places: [String: Range<Int>]
    do {
      (value, places) = try JSONReader.read(octets, locating: ["referral", "withdraws"])
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
    let recipients = value["recipients"].map { ($0.elements ?? []).compactMap(\.text) }
    if let recipients, recipients.isEmpty {
      reasons.append(Reason(.noRecipient, at: "recipients"))
    }
    let main = member("referral", of: value, files: files, &reasons)
    let withdrawal =
      value["withdraws"] == nil
      ? nil : member("withdraws", of: value, files: nil, &reasons)
    if let main, let withdrawal { reasons += Reclassification.reasons(main, withdrawal) }
    guard reasons.isEmpty, let main, let place = places["referral"] else {
      return .refused(Array(reasons.prefix(Intake.reasonsAtMost)))
    }
    var withdrawn: ReadReferral?
    if let withdrawal, let place = places["withdraws"] {
      withdrawn = ReadReferral(withdrawal, octets: octets[place])
    }
    return .read(
      ReadSubmission(
        main: ReadReferral(main, octets: octets[place]), withdrawal: withdrawn,
        recipients: recipients, advice: Advice.all(on: main, reference)))
  }

  /// A `referral` member that was read before and kept; nil where a rule refuses it by now.
  package func reopen(_ octets: [UInt8], exercise: Bool) -> Referral? {
    guard let value = try? JSONReader.read(octets),
      case .referral(let referral) = Referral.read(value, exercise: exercise, reference: reference)
    else { return nil }
    return referral
  }

  /// Nil with every reason added that the rules find.
  private func member(
    _ name: String, of submission: JSONValue, files: [String: FileFacts]?,
    _ reasons: inout [Reason]
  ) -> Referral? {
    reasons += AttachmentRule.reasons(submission[name], in: name, files: files)
    let reading = Referral.read(
      submission[name] ?? .null, exercise: submission["exercise"]?.flag ?? false,
      reference: reference)
    switch reading {
    case .refused(let more):
      // A header that cannot be read is a schema violation, which names the member itself.
      reasons += more.filter { $0.rule != .schema || reasons.isEmpty }.map { $0.moved(to: name) }
      return nil
    case .referral(let referral):
      reasons += ReflectionPeriods.reasons(referral, reference).map { $0.moved(to: name) }
      return referral
    }
  }
}

extension Reason {
  fileprivate init(_ rule: Rule, at member: String? = nil) {
    self.init(rule, at: JSONPointer(tokens: member.map { [$0] } ?? []))
  }

  /// The same in another member of the submission than the rules take for granted.
  package func moved(to member: String) -> Reason {
    guard pointer.tokens.first == "referral" else { return self }
    return Reason(
      rule, at: JSONPointer(tokens: [member] + pointer.tokens.dropFirst()), partner: partner,
      detail: detail, proposal: proposal)
  }
}
