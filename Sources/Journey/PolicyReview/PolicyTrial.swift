/// Tries the examples of a policy: the gateway's own decision, held against the expectation.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Intake
package import JSON
import Platform
import Referrals
package import Register
package import Wire

/// How one example came out.
package struct ExampleVerdict: Sendable {
  package let question: String
  package let answer: String?
  package let place: ConfigurationPlace
  /// What is not as expected, in words; empty when all is.
  package let failures: [String]

  package var passed: Bool { failures.isEmpty }

  init(_ example: PolicyExample, failures: [String]) {
    question = example.question
    answer = example.answer
    place = example.place
    self.failures = failures
  }

  package init(failing example: PolicyExample, because reason: String) {
    self.init(example, failures: [reason])
  }
}

package struct PolicyTrial {
  let policy: Policy
  let partner: Addressee
  let schemas: BuiltInSchemas

  package init(_ policy: Policy, for partner: Addressee, schemas: BuiltInSchemas) {
    self.policy = policy
    self.partner = partner
    self.schemas = schemas
  }

  /// - Parameter submission: the file that the example names; nil where it cannot be read.
  package func run(_ example: PolicyExample, on submission: JSONValue?) -> ExampleVerdict {
    let failures: [String]
    if let submission {
      switch (prepared(submission, for: example), example.outcome) {
      case (.failure(let mistake), _): failures = [mistake.text]
      case (.success(let octets), .refused(let rules)):
        failures = held(refused: rules.map(\.value), against: outcome(of: octets))
      case (.success(let octets), .disclosed(let level, let whole, let coarser, let withheld)):
        failures = held(
          level, [(.disclosed, whole), (.generalised, coarser), (.removed, withheld)],
          against: outcome(of: octets))
      }
    } else {
      failures = ["\(example.referral) cannot be read as a submission"]
    }
    return ExampleVerdict(example, failures: failures)
  }

  private struct Mistake: Error { let text: String }

  /// The submission for this partner alone, as an exercise, with the changes of the example.
  private func prepared(_ submission: JSONValue, for example: PolicyExample)
    -> Result<[UInt8], Mistake>
  {
    guard var members = submission.members, var referral = members["referral"] else {
      return .failure(Mistake(text: "\(example.referral) is no submission"))
    }
    for pointer in example.without {
      guard let changed = referral.setting(pointer.value.tokens[...], to: nil) else {
        return .failure(Mistake(text: "'without' names \(pointer.value), which is not there"))
      }
      referral = changed
    }
    for setting in example.set {
      guard let changed = referral.setting(setting.pointer.tokens[...], to: setting.value) else {
        return .failure(Mistake(text: "'set' names \(setting.pointer), which cannot be there"))
      }
      referral = changed
    }
    members["recipients"] = [.string(policy.partner.text)]
    members["exercise"] = true
    members["withdraws"] = nil
    members["referral"] = referral
    return .success(JSONWriter.write(.object(members)))
  }

  private enum Tried {
    case refused([Reason])
    case disclosed(DisclosedReferral, DisclosureReport)
  }

  private func outcome(of octets: [UInt8]) -> Tried {
    let intake = Intake(
      schema: schemas.submission, reference: ReferenceData(codeLists: schemas.codeLists))
    let submission: ReadSubmission
    switch intake.read(octets, files: nil) {
    case .refused(let reasons): return .refused(reasons)
    case .read(let read): submission = read
    }
    let situation = DisclosureSituation(
      partner: partner, policy: policy, exercisesOnly: true, predecessor: nil,
      pseudonyms: PseudonymKey(octets: [UInt8](repeating: 0, count: 32)),
      shuffle: [UInt8](repeating: 0, count: 16), today: policy.validFrom)
    switch disclose(submission.referral, in: situation) {
    case .refused(let reasons): return .refused(reasons)
    case .disclosed(let disclosed, let report):
      switch WireDocument.encode(disclosed, in: envelope, schemas: schemas.wire) {
      case .document: return .disclosed(disclosed, report)
      case .invalid(let violations):
        return .refused(
          violations.map { Reason(.documentInvalid, at: $0.pointer, detail: $0.message) })
      case .tooLarge: return .refused([Reason(.tooLarge, at: JSONPointer())])
      case .unknownVersion: return .refused([Reason(.noCommonVersion, at: JSONPointer())])
      case .misleading(let losses):
        return .refused(losses.map { Reason(.versionLoss, at: $0.pointer) })
      }
    }
  }

  private var version: String {
    let known = schemas.wire.documentVersions
    return (partner.versions(among: known).max() ?? partner.schema.lowerBound).description
  }

  /// Only to see whether a valid document would come of it.
  private var envelope: Envelope {
    Envelope(
      source: "urn:nld:oin:00000099000000001000:systeem:policy",
      recordedAt: Instant(seconds: Int64(policy.validFrom.daysSince1970) * 86_400),
      lifetimeSeconds: 86_400, answerWithinSeconds: 3_600,
      schemaVersion: version,
      idOctets: [UInt8](repeating: 0, count: 16), nonceOctets: [UInt8](repeating: 0, count: 16))
  }

  private func held(refused rules: [String], against outcome: Tried) -> [String] {
    switch outcome {
    case .disclosed(let disclosed, _):
      return ["expected a refusal; it goes at level \(disclosed.detailLevel.rawValue)"]
    case .refused(let reasons):
      let given = Set(reasons.map(\.rule.rawValue))
      return rules.filter { !given.contains($0) }.map {
        "expected a refusal by \($0); it is refused by \(given.sorted().joined(separator: ", "))"
      }
    }
  }

  private func held(
    _ level: Policy.Detail?,
    _ expected: [(DisclosureReport.Effect, [PolicyExample.Expected])], against outcome: Tried
  ) -> [String] {
    switch outcome {
    case .refused(let reasons):
      return reasons.map {
        "refused by \($0.rule.rawValue) at \($0.pointer)" + ($0.detail.map { ": \($0)" } ?? "")
      }
    case .disclosed(let disclosed, let report):
      var failures: [String] = []
      if let level, level.rawValue != disclosed.detailLevel.rawValue {
        failures.append(
          "expected level \(level.rawValue); it goes at \(disclosed.detailLevel.rawValue)")
      }
      for (effect, patterns) in expected {
        failures += patterns.compactMap { report.breach(of: effect, at: $0.pattern) }
      }
      return failures
    }
  }
}

extension DisclosureReport {
  /// Nil where every field at a pattern met this effect, and there is one.
  fileprivate func breach(of effect: Effect, at pattern: PointerPattern) -> String? {
    let met = lines.filter { line in
      zip(pattern.tokens, line.pointer.tokens).allSatisfy { wanted, token in
        wanted == "*" || wanted.utf8.elementsEqual(token.utf8)
      }
    }
    guard !met.isEmpty else { return "the referral has nothing at \(pattern)" }
    return met.first { $0.effect != effect }.map {
      "expected \(pattern) \(effect.rawValue); \($0.pointer) is \($0.effect.rawValue) by \($0.rule)"
    }
  }
}

extension JSONValue {
  /// A copy with a value at a place, or without it; nil where the place cannot be reached. "-" is
  /// the end of a list.
  fileprivate func setting(_ path: ArraySlice<String>, to value: JSONValue?) -> JSONValue? {
    guard let token = path.first else { return value }
    let rest = path.dropFirst()
    switch self {
    case .object(var object):
      if rest.isEmpty, value == nil, object[token] == nil { return nil }
      let inner = object[token] ?? .object(JSONObject())
      object[token] = rest.isEmpty ? value : inner.setting(rest, to: value)
      return rest.isEmpty || object[token] != nil ? .object(object) : nil
    case .array(var elements):
      let index = token == "-" ? elements.count : Int(token) ?? -1
      guard (0...elements.count).contains(index) else { return nil }
      let inner = index < elements.count ? elements[index] : .object(JSONObject())
      guard let changed = rest.isEmpty ? value : inner.setting(rest, to: value) else {
        guard rest.isEmpty, index < elements.count else { return nil }
        elements.remove(at: index)
        return .array(elements)
      }
      if index < elements.count { elements[index] = changed } else { elements.append(changed) }
      return .array(elements)
    case .string, .number, .bool, .null: return nil
    }
  }
}
