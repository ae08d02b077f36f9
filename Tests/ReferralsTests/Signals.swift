/// The smallest signals that every rule accepts, for tests to spoil.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals
import TestSupport

/// `referral` members; rules see them without a schema.
enum Signal {
  static let trafficking: JSONValue = [
    "header": [
      "referralId": "019ab1c2-7f01-7a01-8d01-000000000001", "revision": 1,
      "operation": "create", "kind": "TRAFFICKING_SIGNAL", "priority": "urgent",
      "language": "nl", "contact": ["function": "Duty desk", "phone": "+31700000001"],
    ],
    "handling": ["purpose": "investigation", "asylumInformation": false],
    "case": ["detection": ["date": "2026-11-10"]],
    "assessment": ["level": "indication", "indicators": [["scheme": "ind-local", "id": "x"]]],
    "trafficking": ["acts": [], "means": [], "forms": []],
  ]

  static let smuggling =
    trafficking
    .with("/header/kind", "SMUGGLING_SIGNAL").without("/trafficking")
    .with("/smuggling", ["acts": ["entry"], "financialGain": "unknown"])

  static let complete =
    trafficking
    .with("/assessment/level", "elements-complete")
    .with("/trafficking/acts", ["RECRUITMENT"]).with("/trafficking/means", ["DECEPTION"])
    .with("/trafficking/forms", [["code": "SERVITUDE"]])

  static let withdrawal: JSONValue = [
    "header": trafficking["header"] ?? .null, "handling": ["purpose": "investigation"],
    "change": ["type": "withdrawal"],
  ]

  /// A possible victim of whose age nothing is said.
  static let person: JSONValue = [
    "ref": "p1", "dataSubjectCategory": "possible-victim", "roles": ["possible-victim"],
    "minorStatus": "unknown",
  ]
}

/// What the rules say, one line for each reason: "R01 /referral/smuggling".
func reasons(_ referral: JSONValue) throws -> [String] {
  switch Referral.read(referral, exercise: true, reference: try PublishedSchemas.reference()) {
  case .referral: []
  case .refused(let reasons): reasons.map { "\($0.rule.rawValue) \($0.pointer)" }
  }
}
