/// Rules about residence and permit notices: R02, R03, R10, R16 and the principal person.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform
import Referrals
import TestSupport
import Testing

private let residence = Signal.trafficking
  .with("/header/kind", "RESIDENCE_SCHEME_NOTICE").without("/trafficking").without("/assessment")
  .without("/case").with("/persons", [Signal.person.with("/minorStatusReason", "No document.")])
  .with("/residence", ["event": "report-made", "date": "2026-11-10"])

private let permit = Signal.trafficking
  .with("/header/kind", "PERMIT_ACTION_NOTICE").without("/trafficking").without("/assessment")
  .with(
    "/permitAction",
    [
      "permitType": "regular-work", "action": "permit-revoked", "date": "2026-11-10",
      "evidenceOfTrafficking": "conviction", "administrativeFine": ["imposed": false],
    ])

@Test func `keeps the smallest notices`() throws {
  #expect(try reasons(residence) == [])
  #expect(try reasons(permit) == [])
}

@Test func `refuses a residence notice about nobody and about two`() throws {
  let refusal = ["principal /referral/persons"]
  #expect(try reasons(residence.with("/persons", [])) == refusal)
  let family = Signal.person.with("/ref", "p2").with("/roles", ["family-member"])
    .with("/dataSubjectCategory", "other-party")
  #expect(try reasons(residence.with("/persons/-", family)) == [])
  #expect(try reasons(residence.with("/persons", [family])) == refusal)
  for role in ["victim", "possible-victim", "witness", "reporting-witness"] {
    let second = family.with("/roles", [.string(role), "family-member"])
    #expect(try reasons(residence.with("/persons/-", second)) == refusal)
  }
  #expect(try reasons(Signal.trafficking.with("/persons", [])) == [])
}

@Test(arguments: ["permit-granted", "permit-extended"])
func `refuses residence as a reporting witness without the statement that presence is necessary`(
  _ event: String
) throws {
  let refusal = ["R10 /referral/residence/evidenceRefs"]
  let witness = residence.with("/residence/event", .string(event))
    .with("/residence/ground", ["code": "VB-3.48-1-c", "asOf": "2015"])
  #expect(try reasons(witness) == refusal)
  let police: JSONValue = ["id": "e1", "kind": "police-statement-threat"]
  #expect(try reasons(witness.with("/residence/evidenceRefs", [police])) == refusal)
  let statement: JSONValue = ["id": "e2", "kind": "presence-statement"]
  #expect(try reasons(witness.with("/residence/evidenceRefs", [police, statement])) == [])
  #expect(try reasons(witness.with("/residence/ground/code", "VB-3.48-1-a")) == [])
}

@Test(arguments: ["permit-refused", "permit-not-extended", "permit-revoked"])
func `keeps a refusal of a reporting witness without that statement`(_ event: String) throws {
  let refused = residence.with("/residence/event", .string(event))
    .with("/residence/ground", ["code": "VB-3.48-1-c", "asOf": "2015"])
  #expect(try reasons(refused) == [])
}

@Test(arguments: ["investigation", "prosecution"])
func `refuses a notice for investigation where the same conduct was fined`(_ purpose: String)
  throws
{
  let fined = permit.with("/handling/purpose", .string(purpose))
    .with("/permitAction/administrativeFine", ["imposed": true, "sameConduct": true])
  #expect(
    try reasons(fined) == ["R16 /referral/permitAction/administrativeFine/sameConduct"])
  #expect(
    try reasons(fined.with("/permitAction/administrativeFine/sameConduct", false)) == [])
  #expect(try reasons(fined.with("/permitAction/administrativeFine/imposed", false)) == [])
  #expect(try reasons(fined.with("/handling/purpose", "victim-protection")) == [])
}

@Test(arguments: ["own-findings", "partner-signal"])
func `refuses a permit notice on findings that names no sign of trafficking`(_ evidence: String)
  throws
{
  let bare = permit.with("/permitAction/evidenceOfTrafficking", .string(evidence))
  #expect(try reasons(bare) == ["R03 /referral/assessment/indicators"])
  #expect(try reasons(bare.with("/trafficking", ["acts": ["HARBOURING"]])) == [])
  let indicator: JSONValue = ["indicators": [["scheme": "ind-local", "id": "x"]]]
  #expect(try reasons(bare.with("/assessment", indicator)) == [])
}

@Test(arguments: ["conviction", "investigation"])
func `keeps a permit notice that rests on the work of others without signs`(_ evidence: String)
  throws
{
  #expect(
    try reasons(permit.with("/permitAction/evidenceOfTrafficking", .string(evidence))) == [])
}

@Test func `refuses a permit notice of a complete level without its elements`() throws {
  let complete = permit.with("/assessment", ["level": "elements-complete"])
    .with("/trafficking", ["acts": ["HARBOURING"], "means": ["FORCE"]])
  #expect(try reasons(complete) == ["R02 /referral/trafficking/forms"])
  #expect(
    try reasons(complete.with("/trafficking/forms", [["code": "SERVITUDE"]])) == [])
}

@Test func `counts ages on the day of the event where no day of detection is named`() throws {
  let young = residence.with("/persons/0/minorStatus", "adult")
    .with("/persons/0/birth", ["date": "2008-11-11", "basis": "statement"])
  let refusal = ["R05 /referral/persons/0/minorStatus"]
  #expect(try reasons(young) == refusal)
  #expect(try reasons(young.with("/residence/date", "2026-11-11")) == [])
  let action = permit.with("/persons", young["persons"] ?? .null)
  #expect(try reasons(action) == refusal)
  #expect(try reasons(action.without("/case").with("/permitAction/date", "2026-11-11")) == [])
}

@Test(arguments: [
  ("2026-11-20", false, "2027-02-20"), ("2026-11-30", false, "2027-02-28"),
  ("2026-11-20", true, "2026-12-20"), ("2023-05-19", true, "2023-06-18"),
  ("2023-05-18", true, "2023-08-18"),
])
func `keeps the last day of a reflection period as the data say`(
  _ start: String, _ dublin: Bool, _ last: String
) throws {
  let day = try #require(CivilDate(iso: start))
  let limits = try PublishedSchemas.reference().reflectionLimits(dublin: dublin, from: day)
  #expect(limits.map { $0.lastDay(from: day) }.min()?.description == last)
}
