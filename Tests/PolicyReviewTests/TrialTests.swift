/// Examples of policies: those of this repository come out as expected, and one that lies does not.
// SPDX-License-Identifier: Apache-2.0
import JSON
import PolicyReview
import Register
import TestSupport
import Testing

private func verdicts(_ folder: PolicyFolder) throws -> [ExampleVerdict] {
  try folder.policies.sorted { $0.key < $1.key }.flatMap { code, versions in
    try versions.all.flatMap { policy in
      let partner = try #require(folder.addressees[code])
      let trial = PolicyTrial(policy, for: partner, schemas: try BuiltIn.schemas())
      return policy.examples.map { example in
        let octets = try? PackageFolder.read("partners/\(example.referral)")
        return trial.run(example, on: octets.flatMap { try? JSONReader.read($0) })
      }
    }
  }
}

@Test func `keeps every promise of the example policies`() throws {
  let all = try verdicts(try examplePolicies())
  #expect(all.count >= 10)
  for verdict in all { #expect(verdict.failures == [], "\(verdict.place) \(verdict.question)") }
}

/// An example for the policy of comensha.
private func example(_ lines: String, on file: String = "23-two-scripts") -> String {
  """

  [[example]]
  question = "For a test?"
  referral = "../examples/\(file).json"
  \(lines)

  """
}

@Test(arguments: [
  (#"disclosed = ["/persons/*/contact/phone"]"#, "is removed by"),
  (#"removed = ["/persons/0/gender"]"#, "is disclosed by POL-44"),
  (#"generalised = ["/persons/0/gender"]"#, "is disclosed by POL-44"),
  (#"removed = ["/smuggling"]"#, "has nothing at /smuggling"),
  (#"level = "full""#, "expected level full; it goes at deidentified"),
  (#"refused = ["R11"]"#, "expected a refusal; it goes at level deidentified"),
  ("without = [\"/nowhere\"]\nlevel = \"full\"", "'without' names /nowhere"),
  (
    "set = [{ pointer = \"/header/kind/x\", value = 1 }]\nlevel = \"full\"",
    "'set' names /header/kind/x"
  ),
  (
    "set = [{ pointer = \"/header/kind\", value = \"SMUGGLING_SIGNAL\" }]\nlevel = \"full\"",
    "refused by"
  ),
]) func `reports an expectation that does not hold`(_ lines: String, _ says: String) throws {
  let found = try verdicts(try folder("comensha", adding: example(lines)))
  let failures = try #require(found.first { $0.question == "For a test?" }).failures
  #expect(failures.contains { $0.contains(says) }, "\(failures)")
}

@Test func `reports a refusal by another rule, and a file that is not there`() throws {
  let other = try verdicts(
    try folder("comensha", adding: example(#"refused = ["R18"]"#, on: "04-smuggling-route")))
  let failures = other.first { $0.question == "For a test?" }?.failures
  #expect(failures?.first?.contains("it is refused by kind-not-agreed") == true)
  let none = try verdicts(
    try folder("comensha", adding: example(#"level = "full""#, on: "none")))
  #expect(none.first { !$0.passed }?.failures.first?.contains("cannot be read") == true)
}

/// What a policy file cannot say of an example.
@Test(arguments: [
  (#"refused = ["R11"]"# + "\n" + #"level = "full""#, ConfigurationError.Code.contradiction),
  ("answer = \"nothing\"", .missingKey), (#"removed = ["persons"]"#, .badValue),
  (#"without = ["persons"]"# + "\n" + #"level = "full""#, .badValue),
  (#"level = "none""#, .badValue),
]) func `refuses an example that says nothing or two things`(
  _ lines: String, _ code: ConfigurationError.Code
) throws {
  let text = try text("comensha") + example(lines)
  let read = PolicyFolder.read(
    file: "comensha.toml", octets: Array(text.utf8), partner: nil, knownKinds: kinds)
  guard case .failure(let found) = read else {
    Issue.record("it was read")
    return
  }
  #expect(found.errors.contains { $0.code == code }, "\(found.errors)")
}
