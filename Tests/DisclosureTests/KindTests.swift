/// Notices about residence and permits, children and sponsors: who sees what of them.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import JSON
import Referrals
import Register
import TestSupport
import Testing

private func text(_ disclosed: DisclosedReferral) -> String {
  String(decoding: JSONWriter.write(.object(disclosed.data)), as: UTF8.self)
}

private func copy(_ example: String, _ partner: String) throws -> DisclosedReferral {
  try disclosed(try referral(example), try situation(partner)).referral
}

@Test func `keeps a child's signal for the guardian body without suspects and statements`() throws {
  let police = try copy("03-cannabis-boy", "politie-avim")
  let nidos = try copy("03-cannabis-boy", "nidos")
  #expect(nidos.detailLevel == .full)
  #expect(nidos.at("/persons")?.elements?.compactMap { $0["ref"]?.text } == ["p1"])
  #expect(nidos.at("/persons/0/names/0/full")?.text == "Nguyễn Văn Đức")
  #expect(
    nidos.at("/case/statements")
      == [["id": "s1", "basis": "statement-of-person", "aboutPersons": ["p1"]]])
  for secret in ["karper", "ra ngoài", "sloot de deur"] {
    #expect(text(police).contains(secret), "the police lack \(secret)")
    #expect(!text(nidos).contains(secret), "\(secret) reached the guardian body")
  }
  #expect(nidos.at("/header/attention") == ["do-not-alert", "not-safe-to-contact", "minor"])
}

@Test func `refuses a partner for children what is about no child`() throws {
  #expect(
    refusals(try referral("01-kitchen-workers"), try situation("nidos"))
      .contains("only-minors /referral/persons"))
  let adult = try referral("03-cannabis-boy") { content in
    let brother =
      content["persons"]?.elements?.first?
      .with("/ref", "p3").with("/minorStatus", "adult").with("/birth/date", "1999")
      .with("/names/0/full", "BROTHER").with("/roles", ["family-member"])
      .with("/dataSubjectCategory", "other-party") ?? .null
    return content.with("/persons/-", brother)
  }
  let nidos = try disclosed(adult, try situation("nidos")).referral
  #expect(!text(nidos).contains("BROTHER"))
  #expect(nidos.at("/persons")?.elements?.count == 1)
}

@Test func `keeps identity, event and dates for the departure service and nothing else`() throws {
  let notice = try copy("05-reflection-started", "dtv")
  #expect(
    notice.data.names == ["header", "handling", "persons", "residence"])
  #expect(
    notice.at("/persons/0")?.members?.names == [
      "ref", "dataSubjectCategory", "nameKnown", "names", "birth", "minorStatus", "gender",
      "citizenships", "identifiers",
    ])
  #expect(notice.at("/persons/0/birth")?.members?.names == ["date", "basis"])
  #expect(
    notice.at("/residence") == [
      "event": "reflection-started", "date": "2026-11-20",
      "reflectionPeriod": [
        "start": "2026-11-20", "end": "2026-12-20", "duration": "P30D", "dublin": true,
      ],
    ])
}

@Test func `keeps why a reflection period ended from those who need only that it did`() throws {
  let ended = try referral("05-reflection-started") {
    $0.with("/residence/event", "reflection-ended")
      .with("/residence/reflectionPeriod/endReason", "reported-or-cooperated")
  }
  func reason(_ partner: String) throws -> JSONValue? {
    try disclosed(ended, try situation(partner)).referral
      .at("/residence/reflectionPeriod/endReason")
  }
  #expect(try reason("politie-avim")?.text == "reported-or-cooperated")
  #expect(try reason("dtv") == nil)
  #expect(try reason("coa") == nil)
}

@Test func `keeps caution and needs but no phone for the reception agency`() throws {
  let notice = try disclosed(
    try referral("05-reflection-started") {
      $0.with("/persons/0/contact/phone", "+31600000099")
        .with("/persons/0/contact/address", ["locality": "Schuilplaats"])
    }, try situation("coa")
  ).referral
  #expect(notice.at("/persons/0/contact")?.members?.names == ["safeToContact", "instructions"])
  #expect(notice.at("/persons/0/victim")?.members?.names == ["needs"])
  #expect(notice.at("/protection/safeLocationKnown") == true)
  #expect(notice.at("/case") == nil)
  #expect(!text(notice).contains("Schuilplaats"))
}

@Test func `keeps evidence for the police only, and a stranger's notice without names`() throws {
  let police = try copy("06-permit-granted", "politie-avim")
  #expect(police.at("/residence/evidenceRefs")?.elements?.count == 3)
  let departure = try copy("06-permit-granted", "dtv")
  #expect(
    departure.at("/residence/decision")?.members?.names
      == ["type", "date", "validFrom", "validTo"])
  #expect(departure.at("/residence/ground") == nil)
  let care = try copy("06-permit-granted", "comensha")
  #expect(care.detailLevel == .deidentified)
  #expect(care.data.names == ["header", "handling", "case", "persons"])
  // Stateless: no country, so no region, and the code alone would name him.
  #expect(care.at("/persons") == [["ref": "p1", "ageBand": ">40", "gender": "Masculine"]])
  for partner in [departure, care] {
    #expect(!text(partner).contains("FICTIEF-BEWIJS"))
    #expect(!text(partner).contains("medical-statement"))
  }
}

@Test func `keeps the smuggling signal whole for the Marechaussee`() throws {
  let notice = try copy("04-smuggling-route", "kmar")
  #expect(notice.detailLevel == .full && notice.at("/smuggling/route")?.elements?.count == 4)
  #expect(notice.at("/case/linked/0/relation")?.text == "mixed-trafficking-smuggling")
}

@Test func `keeps a permit action for the prosecution service and the Labour Authority`() throws {
  for partner in ["om", "nla"] {
    let notice = try copy("07-recognition-withdrawn", partner)
    #expect(notice.at("/permitAction/conduct")?.text == "completed")
    #expect(notice.at("/permitAction/administrativeFine/sameConduct") == false)
    #expect(notice.at("/organisations/0/name")?.text == "NoordWerk Flex B.V.")
    #expect(notice.at("/persons/1/nameKnown") == false)
  }
  #expect(
    refusals(try referral("07-recognition-withdrawn"), try situation("emm"))
      .contains("kind-not-agreed /referral/header/kind"))
}

@Test(arguments: ["politie-avim", "nla"])
func `forbids the way to a victim where the sponsor is informed`(_ partner: String) throws {
  func contact(informed: Bool) throws -> [String]? {
    let notice = try referral("07-recognition-withdrawn") {
      $0.with("/permitAction/sponsorInformed", .bool(informed)).with(
        "/persons/1/contact",
        [
          "safeToContact": true, "phone": "+31600000070", "address": ["locality": "Delfzijl"],
          "instructions": "Bel na werktijd.",
        ])
    }
    return try disclosed(notice, try situation(partner)).referral
      .at("/persons/1/contact")?.members?.names
  }
  #expect(try contact(informed: true) == ["safeToContact"])
  #expect(try contact(informed: false)?.contains("phone") == true)
}

@Test func `refuses to inform a sponsor where nobody may be alerted`() throws {
  func found(alert: Bool, informed: Bool) throws -> [String] {
    refusals(
      try referral("07-recognition-withdrawn") {
        $0.with("/protection/doNotAlert", .bool(!alert))
          .with("/permitAction/sponsorInformed", .bool(informed))
      }, try situation("om"))
  }
  #expect(
    try found(alert: false, informed: true)
      == ["R23 /referral/permitAction/sponsorInformed"])
  #expect(try found(alert: true, informed: true) == [])
  #expect(try found(alert: false, informed: false) == [])
}

@Test func `refuses another condition whose text is missing or cannot go`() throws {
  func found(_ partner: String, text: JSONValue?) throws -> [String] {
    refusals(
      try referral("23-two-scripts") {
        $0.with("/handling/handlingCodes", ["H0", "H3"]).with("/handling/handlingText", text)
      }, try situation(partner))
  }
  let refusal = ["R18 /referral/handling/handlingText"]
  #expect(try found("politie-avim", text: nil) == refusal)
  #expect(try found("politie-avim", text: "Not before the trial.") == [])
  #expect(try found("comensha", text: "Not before the trial.") == refusal)
  let without = try referral("23-two-scripts") { $0.with("/handling/handlingCodes", ["H1"]) }
  #expect(refusals(without, try situation("politie-avim")) == [])
}

@Test func `keeps hidden persons out of evidence and permit actions`() throws {
  let evidence: JSONValue = [
    ["id": "e1", "kind": "other", "personRefs": ["p1"]],
    ["id": "e2", "kind": "other", "personRefs": ["p1", "p2"]],
    ["id": "e3", "kind": "other"],
  ]
  let content = try referral("07-recognition-withdrawn") {
    $0.with("/permitAction/evidenceRefs", evidence).with("/permitAction/personRef", "p1")
  }
  let hiding = try policy(
    [
      "hide_suspects = true", #"kinds = ["PERMIT_ACTION_NOTICE"]"#,
      #"without_consent = "refuse""#,
    ],
    full: ["header", "handling", "case", "persons", "permitAction"].map { ("/\($0)", "disclose") })
  let notice = try disclosed(content, try situation("om", policy: hiding)).referral
  #expect(
    notice.at("/permitAction/evidenceRefs") == [
      ["id": "e2", "kind": "other", "personRefs": ["p2"]], ["id": "e3", "kind": "other"],
    ])
  #expect(notice.at("/permitAction/personRef") == nil)
  #expect(!text(notice).contains("Brandslager"))
}

@Test func `forbids every new group to whom no line names it`() throws {
  let bare = try policy(
    [#"kinds = ["RESIDENCE_SCHEME_NOTICE"]"#, #"purposes = ["residence-decision"]"#],
    full: [("/header", "disclose")])
  let notice = try disclosed(
    try referral("06-permit-granted"), try situation("politie-avim", policy: bare)
  ).referral
  #expect(notice.data.names == ["header", "handling"])
}

@Test func `keeps a withdrawal going where the policy allows no more what it takes back`() throws {
  let strict = try policy(
    [#"kinds = ["SMUGGLING_SIGNAL"]"#, #"purposes = ["statistics"]"#],
    full: ["header", "handling", "change"].map { ("/\($0)", "disclose") })
  let situation = try situation("politie-avim", policy: strict)
  let withdrawal = try referral("09-identity-mixup") {
    $0.with("/handling/classification", "departementaal-vertrouwelijk")
  }
  #expect(refusals(withdrawal, situation) == [])
  let found = refusals(try referral("02-unknown-woman"), situation)
  #expect(found.contains("kind-not-agreed /referral/header/kind"))
  #expect(found.contains("purpose-not-agreed /referral/handling/purpose"))
}
