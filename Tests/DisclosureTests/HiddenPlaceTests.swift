/// What a rule hides whatever the policy says: R14, R17, R23 and R25.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import JSON
import Referrals
import Register
import TestSupport
import Testing

/// Everything below every group is disclosed.
private let everything = [
  "header", "handling", "case", "assessment", "persons", "organisations", "trafficking",
  "smuggling", "protection", "consents", "crossBorder", "attachments", "change",
].map { ("/\($0)", "disclose") }

/// Nobody must consent and all is disclosed, but suspects may be hidden.
private func open(hidingSuspects: Bool = true, schemes: [String] = []) throws
  -> DisclosureSituation
{
  let lines = [
    "hide_suspects = \(hidingSuspects)",
    "id_schemes = [\(schemes.map { "\"\($0)\"" }.joined(separator: ", "))]",
  ]
  return try situation("politie-avim", policy: try policy(lines, full: everything))
}

private func text(_ disclosed: DisclosedReferral) -> String {
  String(decoding: JSONWriter.write(.object(disclosed.data)), as: UTF8.self)
}

@Test(arguments: ["suspect", "convicted"])
func `keeps offenders and what is said of them alone from care partners`(_ category: String)
  throws
{
  let referral = try referral("23-two-scripts") {
    $0.with("/persons/1/dataSubjectCategory", .string(category))
      .with("/protection/threatAgainst", ["p1", "p2"])
      .with(
        "/assessment/indicators/-", ["scheme": "ind-local", "id": "hidden", "personRef": "p2"]
      )
      .with(
        "/consents/-", ["personRef": "p2", "scope": "registration", "given": "not-asked"]
      )
      .with("/case/statements/0/aboutPersons", ["p1", "p2"])
  }
  let (hidden, report) = try disclosed(referral, try open())
  #expect(hidden.at("/persons")?.elements?.compactMap { $0["ref"]?.text } == ["p1"])
  #expect(hidden.at("/case/statements")?.elements?.compactMap { $0["id"]?.text } == ["s1"])
  #expect(hidden.at("/case/statements/0/aboutPersons") == ["p1"])
  #expect(!text(hidden).contains("p2\""))
  #expect(!text(hidden).contains("Haverkorstius"))
  let removed = report.lines.filter { $0.rule == "R14" }
  #expect(removed.allSatisfy { $0.effect == .removed })
  #expect(removed.contains { $0.pointer.description == "/persons/1" })
  let (shown, _) = try disclosed(referral, try open(hidingSuspects: false))
  #expect(text(shown).contains("Haverkorstius"))
}

@Test func `keeps whoever is listed as perpetrator from care partners`() throws {
  let referral = try referral("23-two-scripts") {
    $0.with("/persons/1/dataSubjectCategory", "other-party")
  }
  #expect(!text(try disclosed(referral, try open()).referral).contains("Haverkorstius"))
}

@Test func `forbids identifiers that the policy does not list`() throws {
  let referral = try referral("23-two-scripts") {
    $0.with("/persons/0/identifiers/-", ["scheme": "skn", "value": "victim-skn"])
      .with("/persons/1/identifiers", [["scheme": "skn", "value": "suspect-skn"]])
  }
  let none = try disclosed(referral, try open(hidingSuspects: false)).referral
  #expect(none.at("/persons/0/identifiers") == nil && none.at("/persons/1/identifiers") == nil)
  let some = try disclosed(
    referral, try open(hidingSuspects: false, schemes: ["passport", "skn"])
  ).referral
  let schemes = some.at("/persons/0/identifiers")?.elements?.compactMap { $0["scheme"]?.text }
  #expect(schemes == ["passport"])
  #expect(some.at("/persons/1/identifiers/0/value")?.text == "suspect-skn")
}

@Test func `forbids the way to an unsafe victim where nobody may be alerted`() throws {
  func shown(alert: Bool, safe: Bool) throws -> DisclosedReferral {
    let referral = try referral("23-two-scripts") {
      $0.with("/protection/doNotAlert", .bool(!alert))
        .with("/persons/0/contact/safeToContact", .bool(safe))
        .with("/persons/0/contact/address", "Fictiefstraat 1")
        .with("/persons/0/contact/instructions", "Ask the shelter")
    }
    return try disclosed(referral, try open()).referral
  }
  let hidden = try shown(alert: false, safe: false)
  #expect(hidden.at("/persons/0/contact")?.members?.names == ["safeToContact", "instructions"])
  for (alert, safe) in [(true, false), (false, true), (true, true)] {
    let kept = try shown(alert: alert, safe: safe)
    #expect(kept.at("/persons/0/contact/address")?.text == "Fictiefstraat 1")
    #expect(kept.at("/persons/0/contact/phone") != nil)
  }
}

@Test func `keeps only places of exploitation in a notice without names`() throws {
  let events: JSONValue = .array(
    ["Recruitment", "Transit", "Entry", "Exploitation"].map {
      ["type": .string($0), "place": ["country": "NLD", "region": "Utrecht"]]
    })
  let referral = try referral("23-two-scripts") { $0.with("/trafficking/events", events) }
  let (notice, report) = try disclosed(referral, try situation("comensha"))
  #expect(
    notice.at("/trafficking/events")
      == [["type": "Exploitation", "place": ["country": "NLD"]]])
  #expect(report.lines.filter { $0.rule == "R25" }.count == 3)
  let full = try disclosed(referral, try open()).referral
  #expect(full.at("/trafficking/events")?.elements?.count == 4)
}

/// Four files: about the victim, about the suspect, about both, about nobody named.
private func withFiles(_ policy: DisclosureSituation) throws -> [String] {
  func file(_ id: String, _ more: JSONObject) -> JSONValue {
    var file: JSONObject = [
      "id": .string(id), "fileName": "verklaring.pdf", "mediaType": "application/pdf",
      "size": 10, "sha256": .string(String(repeating: "0f", count: 32)), "title": "Verklaring",
    ]
    for member in more.members { file[member.name] = member.value }
    return .object(file)
  }
  let referral = try referral("23-two-scripts") {
    $0.with("/persons/1/dataSubjectCategory", "suspect")
      .with(
        "/attachments",
        [
          file("victim", ["personRefs": ["p1"]]), file("suspect", ["personRefs": ["p2"]]),
          file("both", ["personRefs": ["p1", "p2"]]), file("nobody", [:]),
          file("said", ["personRefs": ["p1"], "statementRefs": ["s2"]]),
        ]
      ).with("/case/statements/1/aboutPersons", ["p2"])
  }
  let (shown, _) = try disclosed(referral, policy)
  return (shown.at("/attachments")?.elements ?? []).compactMap { $0["id"]?.text }
}

@Test func `keeps a file that may be about a hidden person from care partners`() throws {
  #expect(try withFiles(try open()) == ["victim"])
  #expect(
    try withFiles(try open(hidingSuspects: false)) == [
      "victim", "suspect", "both", "nobody", "said",
    ])
}
