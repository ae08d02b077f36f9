/// Rules about persons and their consent: R05, R06, R12, R13 and R15 on both sides of the line.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals
import TestSupport
import Testing

/// What the rules say of one person; the day of detection is 2026-11-10.
private func reasons(ofPerson person: JSONValue) throws -> [String] {
  try reasons(Signal.trafficking.with("/persons", [person]))
}

private func adult(born date: String, basis: String = "statement") -> JSONValue {
  Signal.person.with("/minorStatus", "adult")
    .with("/birth", ["date": .string(date), "basis": .string(basis)])
}

@Test(arguments: [
  "2008-11-11", "2008-11", "2008-11-XX", "2008", "2008-XX-XX?", "200X", "20XX~", "2015-01-01",
])
func `refuses an adult who may be a child by birth date`(_ date: String) throws {
  #expect(try reasons(ofPerson: adult(born: date)) == ["R05 /referral/persons/0/minorStatus"])
}

@Test(arguments: ["2008-11-10", "2008-10", "2008-10-XX~", "2007", "2007-XX-XX", "199X", "19XX"])
func `keeps an adult who is surely eighteen on the day of detection`(_ date: String) throws {
  #expect(try reasons(ofPerson: adult(born: date)) == [])
}

@Test func `keeps an adult whose age a document or an assessment settled`() throws {
  #expect(try reasons(ofPerson: adult(born: "2008", basis: "document")) == [])
  #expect(try reasons(ofPerson: adult(born: "2008", basis: "age-assessment")) == [])
  #expect(
    try reasons(ofPerson: adult(born: "2008", basis: "estimate"))
      == ["R05 /referral/persons/0/minorStatus"])
}

@Test func `refuses an adult whose estimated age begins below eighteen`() throws {
  let person = Signal.person.with("/minorStatus", "adult")
  #expect(
    try reasons(ofPerson: person.with("/ageEstimate", ["min": 17, "max": 22]))
      == ["R05 /referral/persons/0/minorStatus"])
  #expect(try reasons(ofPerson: person.with("/ageEstimate", ["min": 18, "max": 22])) == [])
  let careful = person.with("/ageEstimate", ["min": 17, "max": 22])
    .with("/guardian", ["appointed": "no"])
  #expect(try reasons(ofPerson: careful.with("/minorStatus", "presumed-minor")) == [])
  let open = careful.with("/minorStatus", "unknown")
  #expect(try reasons(ofPerson: open) == ["R05 /referral/persons/0/minorStatusReason"])
  #expect(try reasons(ofPerson: open.with("/minorStatusReason", "No document seen.")) == [])
}

@Test func `counts ages to the last day that the detection can mean`() throws {
  let signal = Signal.trafficking.with("/persons", [adult(born: "2008-12-31")])
  #expect(
    try reasons(signal.with("/case/detection/date", "2026-12-30"))
      == ["R05 /referral/persons/0/minorStatus"])
  #expect(try reasons(signal.with("/case/detection/date", "2026")) == [])
}

@Test(arguments: ["minor", "presumed-minor"])
func `refuses a child whose guardianship is not stated`(_ status: String) throws {
  let child = Signal.person.with("/minorStatus", .string(status))
  let refusal = ["R06 /referral/persons/0/guardian"]
  #expect(try reasons(ofPerson: child) == refusal)
  #expect(try reasons(ofPerson: child.with("/guardian", ["organisation": "Nidos"])) == refusal)
  for answer in ["yes", "no", "unknown"] {
    #expect(
      try reasons(ofPerson: child.with("/guardian", ["appointed": .string(answer)])) == [])
  }
}

@Test func `keeps adults and children who are no victims without guardianship`() throws {
  #expect(try reasons(ofPerson: Signal.person.with("/minorStatus", "adult")) == [])
  let witness = Signal.person.with("/minorStatus", "minor").with("/roles", ["witness"])
    .with("/dataSubjectCategory", "other-party")
  #expect(try reasons(ofPerson: witness) == [])
}

@Test func `refuses asylum information without duty and consent`() throws {
  let refusal = ["R12 /referral/handling/asylumInformation"]
  let asylum = Signal.trafficking.with("/handling/asylumInformation", true)
    .with("/persons", [Signal.person, Signal.person.with("/ref", "p2")])
  #expect(try reasons(asylum) == refusal)
  let task = asylum.with("/handling/legalBasis", [["provision": "NL-VW-107-4", "asOf": "2015"]])
  #expect(try reasons(task) == refusal)
  let first = consent(of: "p1", scope: "share-asylum-file")
  #expect(try reasons(asylum.with("/consents", [first])) == refusal)
  let second = consent(of: "p2", scope: "share-asylum-file")
  #expect(try reasons(asylum.with("/consents", [first, second])) == [])
  for spoiled in [
    second.with("/given", "no"), second.with("/given", "withdrawn"),
    second.with("/scope", "care-placement"),
  ] {
    #expect(try reasons(asylum.with("/consents", [first, spoiled])) == refusal)
  }
}

@Test func `keeps asylum information on a legal duty of the reference data`() throws {
  let asylum = Signal.trafficking.with("/handling/asylumInformation", true)
  #expect(try reasons(asylum) == ["R12 /referral/handling/asylumInformation"])
  let duties = try PublishedSchemas.reference().legalDuties
  #expect(!duties.isEmpty)
  for duty in duties {
    let basis: JSONValue = [["provision": .string(duty), "asOf": "2015"]]
    #expect(try reasons(asylum.with("/handling/legalBasis", basis)) == [])
  }
}

private func consent(of ref: String, by: String = "person", scope: String = "registration")
  -> JSONValue
{
  [
    "personRef": .string(ref), "scope": .string(scope), "given": "yes", "givenBy": .string(by),
    "at": "2026-11-10",
  ]
}

/// What the rules say of a consent for a child or adult born on a date.
private func reasons(
  born date: String, consentBy by: String, others: [JSONValue] = []
) throws -> [String] {
  let person = Signal.person.with("/birth", ["date": .string(date), "basis": "document"])
  return try reasons(
    Signal.trafficking.with("/persons", .array([person] + others))
      .with("/consents", [consent(of: "p1", by: by)]))
}

private let wrongGiver = ["R13 /referral/consents/0/givenBy"]

@Test func `refuses consent by somebody under sixteen`() throws {
  #expect(try reasons(born: "2010-11-11", consentBy: "person") == wrongGiver)
  #expect(try reasons(born: "2010-11-10", consentBy: "person") == [])
  #expect(try reasons(born: "2010", consentBy: "person") == [])
}

@Test(arguments: ["parent", "guardian"])
func `refuses consent by others from sixteen on`(_ giver: String) throws {
  #expect(try reasons(born: "2010-11-11", consentBy: giver) == [])
  #expect(try reasons(born: "2010-11-10", consentBy: giver) == wrongGiver)
}

@Test func `refuses consent by a parent where a suspect is family`() throws {
  let aunt = Signal.person.with("/ref", "p2").with("/roles", ["perpetrator", "family-member"])
    .with("/dataSubjectCategory", "suspect")
  #expect(try reasons(born: "2012-01-01", consentBy: "parent", others: [aunt]) == wrongGiver)
  #expect(try reasons(born: "2012-01-01", consentBy: "guardian", others: [aunt]) == [])
  let stranger = aunt.with("/roles", ["perpetrator"])
  #expect(try reasons(born: "2012-01-01", consentBy: "parent", others: [stranger]) == [])
  let relative = aunt.with("/roles", ["family-member"]).with("/dataSubjectCategory", "other-party")
  #expect(try reasons(born: "2012-01-01", consentBy: "parent", others: [relative]) == [])
}

@Test func `refuses consent by a guardian who is a suspect unless an organisation is guardian`()
  throws
{
  let suspect = Signal.person.with("/ref", "p2").with("/roles", ["guardian"])
    .with("/dataSubjectCategory", "suspect")
  #expect(try reasons(born: "2012-01-01", consentBy: "guardian", others: [suspect]) == wrongGiver)
  let child = Signal.person.with("/birth", ["date": "2012-01-01", "basis": "document"])
    .with("/guardian", ["organisation": "Nidos", "appointed": "yes"])
  let signal = Signal.trafficking.with("/persons", [child, suspect])
    .with("/consents", [consent(of: "p1", by: "guardian")])
  #expect(try reasons(signal) == [])
}

@Test func `refuses consent by a giver who is named as suspect`() throws {
  let child = Signal.person.with("/birth", ["date": "2012-01-01", "basis": "document"])
  let suspect = Signal.person.with("/ref", "p2").with("/dataSubjectCategory", "suspect")
  let mother = Signal.person.with("/ref", "p3").with("/dataSubjectCategory", "other-party")
    .with("/roles", ["family-member"])
  let signal = Signal.trafficking.with("/persons", [child, suspect, mother])
  for giver in ["parent", "guardian"] {
    let given = consent(of: "p1", by: giver)
    #expect(
      try reasons(signal.with("/consents", [given.with("/givenByRef", "p2")])) == wrongGiver)
    #expect(try reasons(signal.with("/consents", [given.with("/givenByRef", "p3")])) == [])
  }
}

@Test func `keeps a refused consent whoever gave it`() throws {
  let person = Signal.person.with("/birth", ["date": "2012-01-01", "basis": "document"])
  let refused = consent(of: "p1").with("/given", "no")
  let signal = Signal.trafficking.with("/persons", [person]).with("/consents", [refused])
  #expect(try reasons(signal) == [])
}

@Test func `refuses a double role of which no statement speaks`() throws {
  let both = Signal.person.with("/roles", ["possible-victim", "perpetrator"])
  let signal = Signal.trafficking.with("/persons", [both])
  let refusal = ["R15 /referral/persons/0/roles"]
  #expect(try reasons(signal) == refusal)
  let statement: JSONValue = ["id": "s1", "basis": "fact", "aboutPersons": ["p1"]]
  #expect(try reasons(signal.with("/case/statements", [statement])) == [])
  let other = statement.with("/aboutPersons", ["p2"])
  #expect(try reasons(signal.with("/case/statements", [other])) == refusal)
  #expect(
    try reasons(Signal.trafficking.with("/persons", [both.with("/roles", ["perpetrator"])])) == [])
}
