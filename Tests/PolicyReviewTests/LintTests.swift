/// Policies with one mistake each, and what lint says of them.
// SPDX-License-Identifier: Apache-2.0
import PolicyReview
import Register
import TestSupport
import Testing

private func findings(
  _ partner: String = "comensha", _ changes: [(old: String, new: String)] = [],
  adding more: String = ""
) throws -> [PolicyFinding] {
  let (policy, addressee) = try policy(try folder(partner, changes, adding: more))
  return PolicyLint(policy, for: addressee, model: try BuiltIn.model()).findings()
}

/// Where a text stands in the changed policy, as "line".
private func lineNumber(of needle: String, in text: String) -> Int {
  1 + text.prefix(upTo: text.firstRange(of: needle)?.lowerBound ?? text.startIndex)
    .count { $0 == "\n" }
}

@Test func `finds nothing in the example policies`() throws {
  let folder = try examplePolicies()
  for (code, versions) in folder.policies {
    for policy in versions.all {
      let found = PolicyLint(
        policy, for: folder.addressees[code], model: try BuiltIn.model()
      ).findings()
      #expect(found.map(\.description) == [])
    }
  }
  #expect(folder.policies.count >= 9)
}

/// One change and the code that lint must find it under.
private struct Fault: Sendable, CustomTestStringConvertible {
  let code: PolicyFinding.Code
  let partner: String
  let changes: [(old: String, new: String)]
  let more: String
  let says: String

  init(
    _ code: PolicyFinding.Code, in partner: String = "comensha", _ old: String = "",
    _ new: String = "", adding more: String = "", says: String
  ) {
    self.code = code
    self.partner = partner
    changes = old.isEmpty ? [] : [(old, new)]
    self.more = more
    self.says = says
  }

  var testDescription: String { "\(code.rawValue): \(says)" }
}

private let faults: [Fault] = [
  // Every field below stands in a longer line already.
  Fault(
    .unreachable, adding: line("/persons/*/victim/status", "remove")
      + line("/persons/*/contact/address/lines", "remove", rule: "TEST-2")
      + line("/persons/*/contact/address/postalCode", "remove", rule: "TEST-3")
      + line("/persons/*/contact/address/locality", "remove", rule: "TEST-4")
      + line("/persons/*/contact/address/country", "remove", rule: "TEST-5"),
    says: "/persons/*/contact/address never decides"),
  // A coarser place is not looked into.
  Fault(
    .unreachable, adding: line("/trafficking/events/*/place/locality", "disclose"),
    says: "/trafficking/events/*/place/locality never decides"),
  Fault(.unreachable, adding: line("/smuggling", "remove"), says: "no kind of this policy"),
  Fault(
    .unreachable, "detail = \"full\"", "detail = \"deidentified\"",
    says: "level full is never reached"),
  Fault(
    .unreachable, in: "politie-avim", adding: line("/header", "disclose", table: "deidentified"),
    says: "level deidentified is never reached"),
  Fault(
    .contradictory, "id_schemes = []", "id_schemes = [\"passport\"]", says: "no line lets any go"),
  Fault(
    .contradictory, in: "politie-avim",
    "id_schemes = [\"v-number\", \"bsn\", \"skn\", \"passport\", \"residence-document\"]",
    "id_schemes = []", says: "names none"),
  Fault(
    .contradictory, "consent_scope = \"care-placement\"\n", "", says: "no 'consent_scope'"),
  Fault(
    .contradictory, in: "politie-avim", "without_consent = \"refuse\"",
    "without_consent = \"refuse\"\nconsent_scope = \"registration\"", says: "never asked"),
  Fault(
    .contradictory, adding: line("/handling/handlingText", "remove"), says: "H3 is agreed"),
  Fault(
    .contradictory, adding: line("/persons/0/gender", "remove"), says: "one place of a list"),
  Fault(.duplicate, "rule = \"POL-02\"", "rule = \"POL-01\"", says: "names two lines"),
  Fault(.missing, "pointer = \"/case\"", "pointer = \"/case/caseNumbers\"", says: "/case/linked"),
  Fault(
    .missing, in: "politie-avim", "detail = \"full\"", "detail = \"pseudonymised\"",
    says: "has no [[pseudonymised]] line"),
  Fault(.noSuchField, adding: line("/persons/*/nmaes", "remove"), says: "/persons/*/nmaes"),
  Fault(
    .noSuchField, adding: line("/handling/detailLevel", "disclose"), says: "/handling/detailLevel"),
  Fault(.unfitAction, adding: line("/persons/*/victim/status", "month"), says: "'month'"),
  Fault(.unfitAction, adding: line("/persons/*/victim/statusBy", "age-band"), says: "'age-band'"),
  Fault(.unfitAction, adding: line("/protection/threatAgainst", "country"), says: "'country'"),
  Fault(
    .unknownWord, "\"reception-care\"", "\"reception-card\"", says: "'reception-card'"),
  Fault(
    .unknownWord, "EU-DIR-2011-36-11@2024", "EU-DIR-2011-36-11", says: "EU-DIR-2011-36-11"),
  Fault(
    .unknownWord, "EU-DIR-2011-36-11@2024", "EU-DIR-2011-36-12@2024",
    says: "no provision 'EU-DIR-2011-36-12' is known"),
  Fault(.unknownWord, "\"care-placement\"", "\"care\"", says: "no word 'care'"),
  Fault(
    .invalidDocument, adding: line("/persons/*/names", "disclose", table: "deidentified"),
    says: "does not let /persons/*/names stand"),
  Fault(
    .invalidDocument, "pointer = \"/case/detection/date\"\naction = \"month\"",
    "pointer = \"/case/detection/date\"\naction = \"disclose\"",
    says: "does not let /case/detection/date stand"),
  Fault(
    .invalidDocument, adding: line("/persons/*/names/*/script", "remove"),
    says: "lacks /persons/*/names/*/script"),
  Fault(.invalidDocument, adding: line("/change/type", "remove"), says: "lacks /change/type"),
]

@Test(arguments: faults)
private func `finds the fault, and says where it stands`(_ fault: Fault) throws {
  let found = try findings(fault.partner, fault.changes, adding: fault.more)
  let match = found.first { $0.code == fault.code && $0.problem.contains(fault.says) }
  let shown = found.map(\.description).joined(separator: "\n")
  #expect(match != nil, "\(shown)")
  #expect(match?.place.file == "\(fault.partner).toml")
  #expect((match?.place.line ?? 0) > 0 && match?.remedy.isEmpty == false)
}

@Test func `names line and column of the line at fault`() throws {
  let more = line("/persons/*/nmaes", "remove")
  let found = try findings(adding: more)
  let whole = try text("comensha") + more
  let place = try #require(found.first { $0.code == .noSuchField }?.place)
  #expect(place.line == lineNumber(of: "\"/persons/*/nmaes\"", in: whole))
  #expect(place.column == 11)
}

@Test func `proposes the field that was meant`() throws {
  let found = try findings(adding: line("/persons/*/gendre", "remove"))
  #expect(found.first { $0.code == .noSuchField }?.remedy == "did you mean /persons/*/gender?")
}

@Test func `judges nothing that depends on a partner who is not there`() throws {
  let octets = Array(try text("politie-avim").utf8)
  let alone = try PolicyFolder.read(
    file: "politie-avim.toml", octets: octets, partner: nil, knownKinds: kinds
  ).get()
  let (policy, addressee) = try policy(alone)
  #expect(addressee == nil)
  let found = PolicyLint(policy, for: nil, model: try BuiltIn.model()).findings()
  #expect(found.map(\.description) == [])
}
