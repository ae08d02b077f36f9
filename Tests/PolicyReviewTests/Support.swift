/// Policies for one test: an example policy with a few places changed.
// SPDX-License-Identifier: Apache-2.0
import JSON
import PolicyReview
import Referrals
import Register
import TestSupport
import Testing
import Wire

let kinds = ReferralKind.allCases.map(\.rawValue)

enum BuiltIn {
  static func schemas() throws -> BuiltInSchemas { try loaded.get() }
  static func model() throws -> ReferralModel { try grown.get() }

  private static let loaded = Result { try BuiltInSchemas.load() }
  private static let grown = Result {
    let all = try schemas()
    return try #require(
      ReferralModel(schemas: all.documents, provisions: all.codeLists["provisions"]))
  }
}

func text(_ partner: String) throws -> String {
  String(
    decoding: try PackageFolder.read("partners/policies.d/\(partner).toml"), as: UTF8.self)
}

/// The example policies of this repository.
func examplePolicies() throws -> PolicyFolder {
  try PolicyFolder.read(PackageFolder.path + "/partners", knownKinds: kinds).get()
}

/// An example policy with `old` replaced everywhere, alone with its partner.
func folder(
  _ partner: String, _ changes: [(old: String, new: String)] = [], adding more: String = ""
) throws -> PolicyFolder {
  var text = try text(partner)
  for (old, new) in changes {
    try #require(text.contains(old), "'\(old)' does not stand in the policy of \(partner)")
    text = text.replacing(old, with: new)
  }
  return try PolicyFolder.read(
    file: "\(partner).toml", octets: Array((text + more).utf8),
    partner: try PackageFolder.read("partners/partners.d/\(partner).toml"), knownKinds: kinds
  ).get()
}

func policy(_ folder: PolicyFolder) throws -> (Policy, Addressee?) {
  let (code, versions) = try #require(folder.policies.first)
  return (try #require(versions.all.last), folder.addressees[code])
}

func line(
  _ pointer: String, _ action: String, rule: String = "TEST-1", table: String = "field"
) -> String {
  """

  [[\(table)]]
  pointer = "\(pointer)"
  action = "\(action)"
  rule = "\(rule)"
  reason = "For a test."

  """
}
