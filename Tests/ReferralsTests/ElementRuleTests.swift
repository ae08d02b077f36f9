/// Rules about acts, means, forms and levels: R01, R02, R03, R07 and R08 on both sides of the line.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals
import TestSupport
import Testing

@Test func `keeps the smallest signals`() throws {
  for signal in [Signal.trafficking, Signal.smuggling, Signal.complete] {
    #expect(try reasons(signal) == [])
  }
}

@Test func `refuses trafficking and smuggling in one referral`() throws {
  let mixed = Signal.trafficking.with("/smuggling", ["acts": ["entry"]])
  #expect(try reasons(mixed) == ["R01 /referral/smuggling"])
}

@Test(arguments: ["acts", "means", "forms"])
func `refuses a complete level without its elements`(_ element: String) throws {
  let refusal = ["R02 /referral/trafficking/\(element)"]
  #expect(try reasons(Signal.complete.with("/trafficking/\(element)", [])) == refusal)
  #expect(try reasons(Signal.complete.without("/trafficking/\(element)")) == refusal)
}

@Test func `refuses a complete level without the group and names every element`() throws {
  let rules = try reasons(Signal.complete.without("/trafficking"))
  #expect(rules == ["acts", "forms", "means"].map { "R02 /referral/trafficking/\($0)" })
}

@Test(arguments: ["minor", "presumed-minor"])
func `keeps a complete level without means where all victims are children`(_ status: String)
  throws
{
  let child = Signal.person.with("/minorStatus", .string(status))
    .with("/guardian", ["appointed": "unknown"])
  let signal = Signal.complete.with("/trafficking/means", [])
  #expect(try reasons(signal.with("/persons", [child])) == [])
  let grown = Signal.person.with("/ref", "p2").with("/minorStatus", "adult")
  #expect(
    try reasons(signal.with("/persons", [child, grown])) == ["R02 /referral/trafficking/means"])
  let suspect = grown.with("/roles", ["perpetrator"]).with("/dataSubjectCategory", "suspect")
  #expect(try reasons(signal.with("/persons", [child, suspect])) == [])
}

@Test func `keeps a complete smuggling signal without means and forms`() throws {
  #expect(try reasons(Signal.smuggling.with("/assessment/level", "elements-complete")) == [])
}

@Test func `refuses a signal without indicator and element`() throws {
  let refusal = ["R03 /referral/assessment/indicators"]
  let bare = Signal.trafficking.with("/assessment/indicators", [])
  #expect(try reasons(bare) == refusal)
  #expect(try reasons(bare.without("/assessment/indicators")) == refusal)
  #expect(try reasons(bare.with("/trafficking/recruitment", ["AtWork"])) == refusal)
  #expect(
    try reasons(Signal.smuggling.with("/assessment/indicators", []).without("/smuggling/acts"))
      == refusal)
}

@Test(arguments: ["acts", "means", "forms", "controlMethods"])
func `keeps a signal with any one element`(_ element: String) throws {
  let bare = Signal.trafficking.with("/assessment/indicators", [])
  #expect(try reasons(bare.with("/trafficking/\(element)", ["OTHER"])) == [])
}

@Test func `refuses help to stay without gain at the complete level`() throws {
  let stay = Signal.smuggling.with("/smuggling/acts", ["entry", "stay"])
    .with("/assessment/level", "elements-complete")
  let refusal = ["R07 /referral/smuggling/financialGain"]
  #expect(try reasons(stay) == refusal)
  #expect(try reasons(stay.with("/smuggling/financialGain", "no")) == refusal)
  #expect(try reasons(stay.without("/smuggling/financialGain")) == refusal)
  #expect(try reasons(stay.with("/smuggling/financialGain", "yes")) == [])
  #expect(try reasons(stay.with("/assessment/level", "indication")) == [])
  #expect(try reasons(stay.with("/smuggling/acts", ["entry", "transit"])) == [])
}

@Test func `forbids members of exploitation in a smuggling signal`() throws {
  for member in ["forms", "controlMethods"] {
    #expect(
      try reasons(Signal.smuggling.with("/smuggling/\(member)", ["OTHER"]))
        == ["R08 /referral/smuggling/\(member)"])
  }
  let person = Signal.person.with("/victim", ["ageWhenTrafficked": 15])
  #expect(
    try reasons(Signal.smuggling.with("/persons", [person]))
      == ["R08 /referral/persons/0/victim/ageWhenTrafficked"])
  #expect(try reasons(Signal.trafficking.with("/persons", [person])) == [])
}
