/// Rules about operations and danger: R20, R21 and R26, and what a referral repeats in its header.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform
import Referrals
import TestSupport
import Testing

private let withdrawal = Signal.withdrawal
  .with("/header/operation", "withdraw").with("/header/revision", 2)

@Test func `keeps a withdrawal of header, handling and change`() throws {
  #expect(try reasons(withdrawal) == [])
}

@Test(arguments: [
  "case", "assessment", "persons", "organisations", "trafficking", "protection", "consents",
  "crossBorder",
])
func `forbids every other group in a withdrawal`(_ group: String) throws {
  #expect(try reasons(withdrawal.with("/\(group)", [:])) == ["R20 /referral/\(group)"])
}

@Test func `refuses a correction that names no field`() throws {
  let correction = Signal.trafficking
    .with("/header/operation", "correct").with("/header/revision", 2)
  let refusal = ["R21 /referral/change/affectedFields"]
  #expect(try reasons(correction) == refusal)
  #expect(try reasons(correction.with("/change", ["affectedFields": []])) == refusal)
  #expect(try reasons(correction.with("/change/affectedFields", ["/persons/0/roles"])) == [])
  #expect(try reasons(correction.with("/header/operation", "update")) == [])
}

@Test func `refuses immediate danger without its priority and the reverse`() throws {
  let danger = Signal.trafficking.with("/protection", ["immediateDanger": true])
  #expect(try reasons(danger) == ["R26 /referral/header/priority"])
  #expect(try reasons(danger.with("/header/priority", "immediate-danger")) == [])
  let shouted = Signal.trafficking.with("/header/priority", "immediate-danger")
  #expect(try reasons(shouted) == ["R26 /referral/header/priority"])
  #expect(
    try reasons(shouted.with("/protection", ["immediateDanger": false]))
      == ["R26 /referral/header/priority"])
}

@Test func `refuses immediate danger without a phone`() throws {
  let danger = Signal.trafficking.with("/protection", ["immediateDanger": true])
    .with("/header/priority", "immediate-danger")
  #expect(
    try reasons(danger.without("/header/contact/phone"))
      == ["R26 /referral/header/contact/phone"])
  #expect(
    try reasons(danger.without("/header/contact")) == ["R26 /referral/header/contact/phone"])
}

@Test func `keeps a withdrawal of something dangerous`() throws {
  #expect(try reasons(withdrawal.with("/header/priority", "immediate-danger")) == [])
}

@Test func `names every reason at once`() throws {
  let spoiled = Signal.complete.with("/trafficking/acts", []).with("/smuggling", ["acts": []])
    .with("/persons", [Signal.person.with("/minorStatus", "minor")])
  #expect(
    try reasons(spoiled) == [
      "R01 /referral/smuggling", "R02 /referral/trafficking/acts",
      "R06 /referral/persons/0/guardian",
    ])
}

@Test(arguments: [
  ("referralId", JSONValue.string("019AB1C2-7F01-7A01-8D01-000000000001")),
  ("revision", 0), ("operation", "delete"), ("kind", "ASSISTANCE_REQUEST"), ("priority", "soon"),
])
func `refuses a header that it cannot read`(_ member: String, _ value: JSONValue) throws {
  #expect(
    try reasons(Signal.trafficking.with("/header/\(member)", value))
      == ["schema /referral/header"])
  #expect(
    try reasons(Signal.trafficking.without("/header/\(member)")) == ["schema /referral/header"])
}

@Test func `keeps the flags of danger, caution and children in a fixed order`() throws {
  let child = Signal.person.with("/minorStatus", "minor").with("/guardian", ["appointed": "no"])
    .with("/contact", ["safeToContact": false])
  let signal = Signal.trafficking.with("/persons", [child])
    .with("/protection", ["immediateDanger": true, "doNotAlert": true])
    .with("/header/priority", "immediate-danger")
  let reference = try PublishedSchemas.reference()
  guard case .referral(let referral) = Referral.read(signal, exercise: true, reference: reference)
  else {
    Issue.record("refused")
    return
  }
  #expect(referral.attention(among: referral.persons) == Attention.allCases)
  guard
    case .referral(let calm) = Referral.read(
      Signal.trafficking, exercise: true, reference: reference)
  else {
    Issue.record("refused")
    return
  }
  #expect(referral.attention(among: []) == [.immediateDanger, .doNotAlert])
  #expect(calm.attention(among: calm.persons) == [])
}

@Test func `keeps a wrong sentence and a remedy for every rule`() {
  for rule in Rule.allCases {
    #expect(rule.explanation.wrong.hasSuffix("."), "\(rule.rawValue)")
    #expect(rule.explanation.remedy.hasSuffix("."), "\(rule.rawValue)")
  }
}
