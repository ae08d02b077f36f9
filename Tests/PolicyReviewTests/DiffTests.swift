/// What a comparison of two policies says, and to whom.
// SPDX-License-Identifier: Apache-2.0
import Platform
import PolicyReview
import Register
import TestSupport
import Testing

private func changes(from old: PolicyFolder, to new: PolicyFolder) throws -> [String] {
  PolicyDiff(model: try BuiltIn.model()).changes(from: old, to: new).map {
    "\($0.direction.rawValue) \($0.partner): \($0.text)"
  }
}

private func comensha(_ changes: [(old: String, new: String)], adding more: String = "") throws
  -> [String]
{
  try PolicyReviewTests.changes(
    from: folder("comensha"), to: folder("comensha", changes, adding: more))
}

@Test func `says nothing where nothing changes for anybody`() throws {
  #expect(try comensha([]) == [])
  // Another line with the same outcome shows nobody more or less.
  #expect(try comensha([("rule = \"POL-13\"", "rule = \"POL-13b\"")]) == [])
}

@Test func `says whose field goes no more, and by which lines`() throws {
  #expect(
    try comensha([], adding: line("/persons/*/contact/phone", "remove")) == [
      "less comensha: of persons who consented: /persons/*/contact/phone goes not by TEST-1 "
        + "(before: whole by POL-23)"
    ])
}

@Test func `says which field goes that did not, and in what form`() throws {
  let shown = line("/persons/*/minorStatus", "disclose", table: "deidentified")
  #expect(
    try comensha([], adding: shown).contains {
      $0.hasPrefix("more comensha: where consent is missing: /persons/*/minorStatus goes whole")
    })
  let coarser = try comensha([
    (
      "pointer = \"/persons/*/birth/date\"\naction = \"disclose\"",
      "pointer = \"/persons/*/birth/date\"\naction = \"year\""
    )
  ])
  #expect(
    coarser == [
      "less comensha: of persons who consented: /persons/*/birth/date goes only as year by POL-15 "
        + "(before: whole by POL-15)"
    ])
}

@Test(arguments: [
  ("hide_suspects = true", "hide_suspects = false", "more comensha: learns of suspects"),
  (
    "without_consent = \"deidentified\"", "without_consent = \"refuse\"",
    "less comensha: gets nothing where consent is asked and missing"
  ),
  (
    "\"TRAFFICKING_SIGNAL\", ", "",
    "less comensha: gets referrals of kind no more TRAFFICKING_SIGNAL"
  ),
  (
    "\"victim-protection\", ", "\"victim-protection\", \"statistics\", ",
    "more comensha: gets referrals for the purpose also statistics"
  ),
  ("version = 3", "version = 4", "other comensha: the version: 4 (was 3)"),
  (
    "\"care-placement\"", "\"registration\"",
    "other comensha: the consent that counts is registration (was care-placement)"
  ),
  (
    "handling_codes = [\"H0\", \"H1\", \"H2\", \"H3\"]", "handling_codes = [\"H0\"]",
    "less comensha: gets referrals under handling code no more H3"
  ),
  (
    "detail = \"full\"", "detail = \"deidentified\"",
    "less comensha: the highest level becomes deidentified (was full)"
  ),
])
func `says in words what a key changes`(_ old: String, _ new: String, _ says: String) throws {
  let found = try comensha([(old, new)])
  #expect(found.contains(says), "\(found)")
}

@Test func `names partners that come and go`() throws {
  let all = try examplePolicies()
  let one = try folder("comensha")
  let gone = try changes(from: all, to: one)
  #expect(gone.contains("less politie-avim: gets nothing any more"))
  let new = try changes(from: one, to: all)
  #expect(
    new.contains("more dtv: is new: gets RESIDENCE_SCHEME_NOTICE at level full at most"))
  #expect(new.contains { $0.hasPrefix("more dtv: of everybody: /persons/*/names goes whole") })
}
