/// The level pseudonymised: no name, no number, no address; tokens that join within one recipient.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing

/// Releases everything that the level allows, and every statement with its text.
private let released: [(String, String)] = [
  ("/header", "disclose"), ("/handling", "disclose"), ("/case/detection/date", "month"),
  ("/case/detection/organisation", "disclose"), ("/case/statements", "disclose"),
  ("/assessment", "disclose"), ("/persons", "disclose"), ("/persons/*/names", "remove"),
  ("/persons/*/identifiers", "remove"), ("/persons/*/contact", "remove"),
  ("/persons/*/description", "remove"), ("/persons/*/minorStatusReason", "remove"),
  ("/persons/*/birth/date", "year"), ("/persons/*/birth/place", "remove"),
  ("/persons/*/ageEstimate", "five-year-band"), ("/organisations/*/ref", "disclose"),
  ("/trafficking", "disclose"), ("/trafficking/events/*/date", "month"),
  ("/trafficking/events/*/period/start", "month"),
  ("/trafficking/events/*/period/end", "month"), ("/trafficking/events/*/place", "region"),
  ("/protection", "disclose"), ("/consents/*/personRef", "disclose"),
  ("/consents/*/scope", "disclose"), ("/consents/*/given", "disclose"), ("/change", "disclose"),
]

private func pseudonymising() throws -> Policy {
  try policy(
    [#"detail = "pseudonymised""#, "hide_suspects = false"], pseudonymised: released)
}

private func copy(
  _ example: String, to partner: String = "politie-avim", key: UInt8 = 1, shuffle: UInt8 = 0,
  _ change: (JSONValue) -> JSONValue = { $0 }
) throws -> DisclosedReferral {
  let situation = try situation(
    partner, policy: try pseudonymising(), key: key, shuffle: shuffle)
  return try disclosed(try referral(example, change), situation).referral
}

private func text(_ disclosed: DisclosedReferral) -> String {
  String(decoding: JSONWriter.write(.object(disclosed.data)), as: UTF8.self)
}

@Test func `keeps year, month and region and no name, number or address`() throws {
  let notice = try copy("23-two-scripts")
  #expect(notice.detailLevel == .pseudonymised)
  #expect(notice.at("/handling/detailLevel")?.text == "pseudonymised")
  #expect(notice.at("/case/detection/date")?.text == "2026-11")
  let born = notice.at("/persons")?.elements?.compactMap { $0["birth"]?["date"]?.text }
  #expect(born == ["2004"])
  #expect(notice.at("/persons")?.elements?.count == 2)
  for secret in [
    "Жмайлогорский", "ZHMAILOGORSKII", "Haverkorstius", "0000000023", "+31600000023",
    "FICTIEF", "\"p1\"", "\"p2\"", "\"s1\"", "019ab1c2-7f23",
  ] {
    #expect(!text(notice).contains(secret), "\(secret) came through")
  }
}

/// Every reference to a person in a document, with its place.
private func references(_ value: JSONValue, under name: String = "") -> [String] {
  let lists: Set<String> = ["aboutPersons", "threatAgainst", "personRef", "givenByRef"]
  if let text = value.text { return lists.contains(name) ? [text] : [] }
  if let elements = value.elements { return elements.flatMap { references($0, under: name) } }
  return (value.members?.members ?? []).flatMap { references($0.value, under: $0.name) }
}

@Test func `keeps every reference pointing at its person, in whatever order they stand`() throws {
  for shuffle in UInt8(0)..<6 {
    let notice = try copy("23-two-scripts", shuffle: shuffle)
    let refs = Set(notice.at("/persons")?.elements?.compactMap { $0["ref"]?.text } ?? [])
    #expect(refs.count == 2 && refs.allSatisfy { $0.utf8.count == 22 })
    let pointed = references(.object(notice.data))
    #expect(Set(pointed) == refs)
    let victim = notice.at("/persons")?.elements?
      .first { $0["dataSubjectCategory"] == "possible-victim" }
    #expect(notice.at("/consents/0/personRef") == victim?["ref"])
    #expect(notice.at("/assessment/indicators/0/id")?.text == "debt-for-permit")
  }
}

@Test func `keeps tokens over revisions and apart by partner and by referral`() throws {
  func refs(_ notice: DisclosedReferral) -> Set<String> {
    Set(notice.at("/persons")?.elements?.compactMap { $0["ref"]?.text } ?? [])
  }
  let first = refs(try copy("23-two-scripts"))
  #expect(refs(try copy("23-two-scripts", shuffle: 9)) == first)
  #expect(refs(try copy("23-two-scripts", key: 2)).isDisjoint(with: first))
  let other = try copy("23-two-scripts") {
    $0.with("/header/referralId", "019ab1c2-7f23-7a23-8d23-000000000099")
  }
  #expect(refs(other).isDisjoint(with: first))
  #expect(try copy("23-two-scripts").conversationID.version == 8)
}

@Test(
  arguments: [
    (20, 24, "20-24"), (22, 22, "20-24"), (5, 9, "5-9"), (0, 4, "0-4"), (19, 20, nil),
    (95, 99, "95-99"), (100, 101, nil),
  ] as [(Int64, Int64, String?)])
func `keeps the five years that hold every possible age`(
  _ min: Int64, _ max: Int64, _ band: String?
) throws {
  let notice = try copy("22-mononym") {
    $0.without("/persons/0/birth").without("/consents").with("/persons/0/minorStatus", "unknown")
      .with("/persons/0/minorStatusReason", "No document seen.").with(
        "/persons/0/ageEstimate",
        [
          "min": .number(JSONNumber(min)), "max": .number(JSONNumber(max)), "asOf": "2026-11-17",
        ])
  }
  #expect(notice.at("/persons/0/ageBand")?.text == band)
  #expect(notice.at("/persons/0/ageEstimate") == nil)
}

@Test func `refuses a child without names to law enforcement`() throws {
  let situation = try situation("politie-avim", policy: try pseudonymising())
  #expect(
    refusals(try referral("21-stateless-child-ethiopic"), situation)
      .contains("R06 /referral/persons/0"))
}

@Test func `keeps a notice without consent de-identified rather than pseudonymised`() throws {
  let open = try policy(
    [#"detail = "pseudonymised""#], named: [("/header", "disclose")], pseudonymised: released)
  let refused = try referral("23-two-scripts")
  let notice = try disclosed(refused, try situation("comensha", policy: open)).referral
  #expect(notice.detailLevel == .deidentified)
  let consenting = try referral("22-mononym")
  let named = try disclosed(consenting, try situation("comensha", policy: open)).referral
  #expect(named.detailLevel == .pseudonymised)
}

@Test func `forbids deadlines and places of changes to join a copy`() throws {
  let notice = try copy("23-two-scripts") {
    $0.with("/header/decisionDueAt", "2026-11-24T10:11:12Z")
      .with("/header/operation", "correct").with("/header/revision", 2).with(
        "/change",
        [
          "type": "correction", "reasonCode": "factual-error", "instruction": "replace",
          "affectedFields": ["/persons/0/names"],
        ])
  }
  #expect(notice.at("/header/decisionDueAt") == nil)
  #expect(notice.at("/change")?.members?.names == ["type", "reasonCode", "instruction"])
}
