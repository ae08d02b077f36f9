/// Rules that depend on who receives: each on both sides of the line.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing

private let police = "politie-avim"

@Test func `keeps every example for each of its recipients`() throws {
  for name in Examples.names {
    let recipients = try Examples.submission(name)["recipients"]?.elements ?? []
    for recipient in recipients.compactMap(\.text) {
      #expect(refusals(try referral(name), try situation(recipient)) == [], "\(name) \(recipient)")
    }
  }
}

@Test func `refuses a policy that is not in force yet`() throws {
  let referral = try referral("22-mononym")
  #expect(
    refusals(referral, try situation(police, today: "2025-12-31"))
      == ["policy-not-yet-valid /recipients"])
  #expect(refusals(referral, try situation(police, today: "2026-01-01")) == [])
}

@Test func `a withdrawal waits for no policy and no phone`() throws {
  let withdrawal = try referral("09-identity-mixup") {
    $0.with("/header/priority", "immediate-danger")
  }
  #expect(refusals(withdrawal, try situation(police, today: "2025-12-31")) == [])
  #expect(refusals(withdrawal, try situation("comensha", today: "2025-12-31")) == [])
  let silent = try situation("riec")
  #expect(silent.partner.dutyPhone == nil)
  #expect(refusals(withdrawal, silent) == [])
}

@Test func `refuses a kind that was not agreed`() throws {
  let smuggling = try referral("04-smuggling-route")
  #expect(
    refusals(smuggling, try situation("nla")).contains("kind-not-agreed /referral/header/kind"))
  #expect(refusals(smuggling, try situation("emm")) == [])
}

@Test func `refuses a purpose that was not agreed`() throws {
  let statistics = try referral("22-mononym") { $0.with("/handling/purpose", "statistics") }
  #expect(
    refusals(statistics, try situation(police))
      == ["purpose-not-agreed /referral/handling/purpose"])
  let care = try referral("22-mononym") { $0.with("/handling/purpose", "reception-care") }
  #expect(refusals(care, try situation("comensha")) == [])
}

@Test func `refuses whatever is classified`() throws {
  let marked = try referral("22-mononym") {
    $0.with("/handling/classification", "departementaal-vertrouwelijk")
  }
  #expect(
    refusals(marked, try situation(police))
      == ["classification-too-high /referral/handling/classification"])
  let allowing = try policy(
    [
      #"max_classification = "departementaal-vertrouwelijk""#,
      #"purposes = ["victim-protection", "reception-care"]"#,
    ],
    full: [("/header", "disclose")])
  #expect(refusals(marked, try situation(police, policy: allowing)) == [])
  let silent = try referral("22-mononym") { $0.without("/handling/classification") }
  #expect(refusals(silent, try situation(police)) == [])
}

@Test func `refuses a person without consent where the policy says so`() throws {
  let strict = try policy(["without_consent = \"refuse\""], full: [("/header", "disclose")])
  let refused = try referral("23-two-scripts")
  #expect(
    refusals(refused, try situation("comensha", policy: strict)) == ["R11 /referral/persons/0"])
  let consenting = try referral("22-mononym")
  #expect(refusals(consenting, try situation("comensha", policy: strict)) == [])
}

@Test(arguments: ["no", "not-asked", "withdrawn", "not-required"])
func `keeps names from care partners unless consent was given`(_ answer: String) throws {
  let granted = try disclosed(try referral("22-mononym"), try situation("comensha"))
  #expect(granted.referral.detailLevel == .full)
  let other = try referral("22-mononym") { $0.with("/consents/0/given", .string(answer)) }
  let held = try disclosed(other, try situation("comensha"))
  #expect(held.referral.detailLevel == .deidentified)
}

@Test func `forbids consent of another scope or person to open the names`() throws {
  for (pointer, value) in [("scope", "registration"), ("personRef", "p9")] {
    let other = try referral("22-mononym") { $0.with("/consents/0/\(pointer)", .string(value)) }
    let held = try disclosed(other, try situation("comensha"))
    #expect(held.referral.detailLevel == .deidentified)
  }
  let all = try referral("22-mononym") { content in
    content.with("/persons/-", content.at(["persons", "0"])?.with("/ref", "p2"))
  }
  #expect(
    try disclosed(all, try situation("comensha")).referral.detailLevel == .deidentified)
}

extension JSONValue {
  fileprivate func at(_ tokens: [String]) -> JSONValue? { at(JSONPointer(tokens: tokens)) }
}

@Test func `keeps full detail for law enforcement without any consent`() throws {
  let silent = try referral("22-mononym") { $0.without("/consents") }
  #expect(try disclosed(silent, try situation(police)).referral.detailLevel == .full)
}

@Test(arguments: ["judicial", "legal-duty"])
func `keeps full detail for whoever the law tells`(_ trait: String) throws {
  let register = try ExampleRegister()
  try register.edit(
    "partners.d/comensha.toml", #"traits = ["care"]"#, "traits = [\"care\", \"\(trait)\"]")
  let here = try situation("comensha", in: try register.load())
  let silent = try referral("22-mononym") { $0.without("/consents") }
  #expect(try disclosed(silent, here).referral.detailLevel == .full)
}

@Test func `forbids a child's case as a notice without names to investigators`() throws {
  let register = try ExampleRegister()
  try register.edit(
    "policies.d/politie-avim.toml", "detail = \"full\"", "detail = \"deidentified\"")
  let here = try situation(police, in: try register.load())
  #expect(
    refusals(try referral("21-stateless-child-ethiopic"), here) == ["R06 /referral/persons/0"])
  #expect(refusals(try referral("22-mononym"), here) == [])
  #expect(
    refusals(try referral("21-stateless-child-ethiopic"), try situation("comensha")) == [])
}

@Test func `forbids code H2 at a hub without permission`() throws {
  let coded = try referral("10-cross-border") { $0.with("/handling/handlingCodes", ["H0", "H2"]) }
  let refusal = ["R18 /referral/handling/handlingCodes"]
  #expect(refusals(coded, try situation("emm")) == refusal)
  #expect(refusals(coded, try situation(police)) == [])
  let permitted = try referral("10-cross-border") {
    $0.with("/handling/handlingCodes", ["H2"]).with(
      "/handling/relayPermission",
      ["givenBy": "desk", "givenAt": "2026-11-20", "reference": "R-1"])
  }
  #expect(refusals(permitted, try situation("emm")) == [])
  let domestic = try referral("10-cross-border") {
    $0.with("/handling/handlingCodes", ["H2"]).without("/crossBorder")
  }
  #expect(refusals(domestic, try situation("emm")) == [])
}

@Test(arguments: ["basis", "sourceEval", "infoEval"])
func `refuses a statement without evaluation for law enforcement`(_ member: String) throws {
  let bare = try referral("22-mononym") { $0.without("/case/statements/0/\(member)") }
  #expect(refusals(bare, try situation(police)) == ["R19 /referral/case/statements/0"])
  #expect(refusals(bare, try situation("comensha")) == [])
}

@Test func `forbids test identities and real facts together`() throws {
  let real = try referral("22-mononym", exercise: false)
  #expect(refusals(real, try situation(police)) == ["R22 /exercise"])
  #expect(refusals(real, try situation(police, exercisesOnly: false)) == ["R22 /exercise"])
  let exercise = try referral("22-mononym")
  #expect(refusals(exercise, try situation(police, exercisesOnly: false)) == [])
}

@Test func `forbids exercises between real identities`() throws {
  let register = try ExampleRegister()
  try register.edit(
    "partners.d/politie-avim.toml", "urn:nld:oin:00000099000000010000",
    "urn:nld:oin:00000001000000010000")
  let here = try situation(police, in: try register.load(), exercisesOnly: false)
  #expect(refusals(try referral("22-mononym"), here) == ["R22 /exercise"])
  let shipped = try situation(
    police, in: try register.load(), exercisesOnly: false, isShippedExercise: true)
  #expect(refusals(try referral("22-mononym"), shipped) == [], "the product's own exercise")
  #expect(refusals(try referral("22-mononym", exercise: false), here) == [])
}

@Test func `refuses immediate danger where nobody answers`() throws {
  let danger = try referral("22-mononym") {
    $0.with("/protection/immediateDanger", true).with("/header/priority", "immediate-danger")
  }
  #expect(refusals(danger, try situation(police)) == [])
  let refusal = ["R26 /referral/header/priority"]
  let silent = try ExampleRegister()
  try silent.edit("partners.d/politie-avim.toml", #"duty_phone = "+31700000010""#, "")
  #expect(refusals(danger, try situation(police, in: try silent.load())) == refusal)
  let mute = try ExampleRegister()
  try mute.edit("partners.d/politie-avim.toml", #""acceptance", "#, "")
  let here = try situation(police, in: try mute.load())
  #expect(refusals(danger, here) == refusal)
  #expect(refusals(try referral("22-mononym"), here) == [])
}

@Test func `names the partner in every refusal`() throws {
  let spoiled = try referral("04-smuggling-route", exercise: false) {
    $0.with("/handling/purpose", "statistics")
  }
  guard case .refused(let reasons) = disclose(spoiled, in: try situation("nla")) else {
    Issue.record("disclosed")
    return
  }
  #expect(reasons.count == 3)
  #expect(reasons.allSatisfy { $0.partner == "nla" })
}

@Test func `refuses a handling code that the partner has not agreed to`() throws {
  func found(_ codes: [JSONValue], agreed: String?) throws -> [String] {
    let lines = agreed.map { ["handling_codes = [\($0)]"] } ?? ["handling_codes = [\"H0\"]"]
    let own = try policy(lines, full: [("/header", "disclose"), ("/handling", "disclose")])
    return refusals(
      try referral("22-mononym") {
        $0.with("/handling/handlingCodes", .array(codes)).with("/handling/handlingText", "Text.")
      }, try situation("politie-avim", policy: own))
  }
  let refusal = "handling-code-not-agreed /referral/handling/handlingCodes/1"
  #expect(try found(["H0", "H1"], agreed: nil) == [refusal])
  #expect(try found(["H0", "H3"], agreed: "\"H0\", \"H1\"") == [refusal])
  #expect(try found(["H0", "H1", "H3"], agreed: "\"H0\", \"H1\", \"H3\"") == [])
  #expect(try found([], agreed: nil) == [])
}

@Test func `refuses to send through a hub what has no handling code or may not be passed on`()
  throws
{
  let through = try policy(
    ["via = \"emm\""], full: ["header", "handling", "change"].map { ("/\($0)", "disclose") })
  func found(_ codes: [JSONValue], permitted: Bool = false) throws -> [String] {
    refusals(
      try referral("22-mononym") {
        $0.with("/handling/handlingCodes", .array(codes)).with(
          "/handling/relayPermission",
          permitted
            ? ["givenBy": "desk", "givenAt": "2026-11-01", "reference": "PV-1"] : nil)
      }, try situation("politie-avim", policy: through))
  }
  let refusal = ["R18 /referral/handling/handlingCodes"]
  #expect(try found([]) == ["handling-code-missing /referral/handling/handlingCodes"])
  #expect(try found(["H0"]) == [])
  #expect(try found(["H0", "H2"]) == refusal)
  #expect(try found(["H0", "H2"], permitted: true) == [])
  let withdrawal = try referral("09-identity-mixup") { $0.without("/handling/handlingCodes") }
  #expect(refusals(withdrawal, try situation("politie-avim", policy: through)) == [])
}
