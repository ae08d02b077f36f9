/// Mixed facts taken apart: both halves are accepted, linked, and each without the other's group.
// SPDX-License-Identifier: Apache-2.0
import Intake
import JSON
import Platform
import Referrals
import TestSupport
import Testing
import Wire

private func read(_ submission: JSONValue) throws -> ReadSubmission {
  let intake = Intake(
    schema: try PublishedSchemas.folder().submission,
    reference: try PublishedSchemas.reference())
  switch intake.read(JSONWriter.write(submission)) {
  case .read(let submission): return submission
  case .refused(let reasons): throw BrokenTestSupport(description: "\(reasons)")
  }
}

private let name = "refused/both-trafficking-and-smuggling"

/// The example of mixed facts, after changes.
private func mixed(_ change: (JSONValue) -> JSONValue = { $0 }) throws -> MixedFacts {
  try #require(MixedFacts(change(try Examples.submission(name))))
}

@Test func `keeps both halves acceptable, linked to each other and apart`() throws {
  let facts = try mixed()
  let halves = [facts.trafficking, facts.smuggling]
  for (half, other) in zip(halves, halves.reversed()) {
    let referral = try read(half.submission).referral
    #expect(referral.header.kind == half.kind)
    #expect(referral.header.referralID == half.referralID)
    let links = referral.group("case")?["linked"]?.elements ?? []
    #expect(
      links.last == [
        "referralId": .string(other.referralID.description),
        "relation": "mixed-trafficking-smuggling",
      ])
  }
  #expect(facts.trafficking.submission["referral"]?["smuggling"] == nil)
  #expect(facts.smuggling.submission["referral"]?["trafficking"] == nil)
  #expect(facts.trafficking.referralID != facts.smuggling.referralID)
}

@Test func `keeps the ids of a file that is taken apart twice`() throws {
  #expect(try mixed().smuggling.referralID == mixed().smuggling.referralID)
  #expect(try mixed().smuggling.submission == mixed().smuggling.submission)
}

@Test func `keeps id and revision with the half that the referral was meant to be`() throws {
  let facts = try mixed {
    $0.with("/referral/header/kind", "SMUGGLING_SIGNAL").with("/referral/header/revision", 3)
      .with("/referral/header/operation", "update")
      .with("/referral/change", ["type": "addition", "reasonCode": "new-facts"])
  }
  let id = try Examples.submission(name)["referral"]?["header"]?["referralId"]
  #expect(facts.smuggling.submission["referral"]?["header"]?["referralId"] == id)
  #expect(facts.smuggling.submission["referral"]?["header"]?["revision"] == 3)
  #expect(facts.smuggling.submission["referral"]?["change"] != nil)
  #expect(facts.trafficking.submission["referral"]?["header"]?["revision"] == 1)
  #expect(facts.trafficking.submission["referral"]?["header"]?["operation"] == "create")
  #expect(facts.trafficking.submission["referral"]?["change"] == nil)
}

@Test func `forbids signs of exploitation in the smuggling half`() throws {
  let facts = try mixed {
    $0.with("/referral/persons/0/victim/ageWhenTrafficked", 15)
      .with("/referral/assessment/level", "elements-complete")
      .with("/referral/assessment/indicators/-", ["scheme": "ilo-delphi-2009", "id": "x"])
  }
  let smuggling = facts.smuggling.submission["referral"]
  #expect(smuggling?["assessment"]?["level"] == "elements-partial")
  #expect(
    smuggling?["assessment"]?["indicators"]?.elements?
      .contains { $0["scheme"] == "ilo-delphi-2009" } == false)
  #expect(smuggling?["persons"]?.elements?.first?["victim"]?["ageWhenTrafficked"] == nil)
  let trafficking = facts.trafficking.submission["referral"]
  #expect(trafficking?["assessment"]?["level"] == "elements-complete")
  #expect(trafficking?["persons"]?.elements?.first?["victim"]?["ageWhenTrafficked"] == 15)
}

@Test func `refuses to take apart what is whole, withdrawn or of another kind`() throws {
  #expect(MixedFacts(try Examples.submission("22-mononym")) == nil)
  #expect(MixedFacts([]) == nil)
  let mixed = try Examples.submission(name)
  #expect(MixedFacts(mixed.with("/referral/header/operation", "withdraw")) == nil)
  #expect(MixedFacts(mixed.with("/referral/header/kind", "PERMIT_ACTION_NOTICE")) == nil)
  #expect(MixedFacts(mixed.without("/referral/header/referralId")) == nil)
}
