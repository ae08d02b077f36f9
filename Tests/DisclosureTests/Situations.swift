/// Situations in which the gateway decides: example partners, policies written for one test.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing

/// A situation of an example partner with its own policy, or with another.
func situation(
  _ partner: String, policy: Policy? = nil, in configuration: Configuration? = nil,
  exercisesOnly: Bool = true, isShippedExercise: Bool = false,
  predecessor: Predecessor? = nil, key: UInt8 = 1, shuffle: UInt8 = 0,
  today: String = "2026-11-23"
) throws -> DisclosureSituation {
  let configuration = try configuration ?? ExampleRegister.configuration()
  let day = try #require(CivilDate(iso: today))
  return DisclosureSituation(
    partner: try #require(configuration.partners.first { $0.code.text == partner }).addressee,
    policy: try #require(policy ?? configuration.policies[partner]?.deciding(on: day)),
    exercisesOnly: exercisesOnly, isShippedExercise: isShippedExercise, predecessor: predecessor,
    pseudonyms: PseudonymKey(octets: [UInt8](repeating: key, count: 32)),
    shuffle: [UInt8](repeating: shuffle, count: 16), today: day)
}

/// A policy for comensha with these lines of top-level keys and these rules.
func policy(
  _ lines: [String] = [], full: [(String, String)] = [], named: [(String, String)] = [],
  pseudonymised: [(String, String)] = []
) throws -> Policy {
  var keys = [
    "partner": #""comensha""#, "version": "1", "author": #""a""#, "approver": #""b""#,
    "reason": #""test""#, "valid_from": "2026-01-01",
    "kinds": #"["TRAFFICKING_SIGNAL", "SMUGGLING_SIGNAL"]"#,
    "purposes": #"["investigation", "victim-protection"]"#, "detail": #""full""#,
    "consent_scope": #""care-placement""#, "without_consent": #""deidentified""#,
    "legal_basis": #"["EU-DIR-2011-36-11@2024"]"#, "hide_suspects": "true", "id_schemes": "[]",
    "handling_codes": #"["H0", "H1", "H2", "H3"]"#,
  ]
  for line in lines {
    let parts = line.split(separator: "=", maxSplits: 1)
      .map { $0.drop { $0 == " " }.split(separator: " ").joined(separator: " ") }
    keys[parts[0]] = parts[1]
  }
  var text = keys.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
  for (table, rules) in [
    ("field", full), ("pseudonymised", pseudonymised), ("deidentified", named),
  ] {
    for (number, rule) in rules.enumerated() {
      text += "[[\(table)]]\npointer = \"\(rule.0)\"\naction = \"\(rule.1)\"\n"
      text += "rule = \"\(table)-\(number + 1)\"\nreason = \"test\"\n"
    }
  }
  return try Policy.read(
    Array(text.utf8), file: "comensha.toml", knownKinds: ReferralKind.allCases.map(\.rawValue)
  ).get()
}

/// An example as an accepted referral, after changes to its `referral` member.
func referral(
  _ example: String, exercise: Bool = true, _ change: (JSONValue) -> JSONValue = { $0 }
) throws -> Referral {
  let content = try #require(try Examples.submission(example)["referral"])
  return try accepted(change(content), exercise: exercise)
}

func accepted(_ content: JSONValue, exercise: Bool = true) throws -> Referral {
  let reading = Referral.read(
    content, exercise: exercise, reference: try PublishedSchemas.reference())
  switch reading {
  case .referral(let referral): return referral
  case .refused(let reasons):
    throw BrokenTestSupport(
      description: reasons.map { "\($0.rule.rawValue) \($0.pointer)" }.joined(separator: "; "))
  }
}

/// What goes out; a refusal is the failure of the test.
func disclosed(_ referral: Referral, _ situation: DisclosureSituation) throws
  -> (referral: DisclosedReferral, report: DisclosureReport)
{
  switch disclose(referral, in: situation) {
  case .disclosed(let disclosed, let report): return (disclosed, report)
  case .refused(let reasons):
    throw BrokenTestSupport(
      description: reasons.map { "\($0.rule.rawValue) \($0.pointer)" }.joined(separator: "; "))
  }
}

/// The refusals, one line each; empty when something goes out.
func refusals(_ referral: Referral, _ situation: DisclosureSituation) -> [String] {
  switch disclose(referral, in: situation) {
  case .disclosed: []
  case .refused(let reasons): reasons.map { "\($0.rule.rawValue) \($0.pointer)" }
  }
}

extension DisclosedReferral {
  /// The value in `data` at a pointer.
  func at(_ pointer: String) -> JSONValue? {
    JSONPointer(pointer).flatMap { JSONValue.object(data).at($0) }
  }
}
