/// The notice without names: canaries, aliases, shuffled persons, withdrawals.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing

/// Members that steer the rules or that a generalisation reads; all other texts become canaries.
private let steering: Set<String> = [
  "referralId", "operation", "kind", "priority", "purpose", "classification", "personRef", "ref",
  "dataSubjectCategory", "roles", "minorStatus", "scope", "given", "givenBy", "aboutPersons",
  "scheme", "level", "provision", "appointed", "date", "event", "code", "evidenceOfTrafficking",
  "start", "end", "duration", "handlingCodes",
]

/// Where a notice without names may show a text as it is (R25 and the conditions of use).
private let allowed = [
  "/header/language", "/header/contact", "/handling", "/case/detection/organisation",
  "/persons/*/gender", "/trafficking/forms/*/code", "/trafficking/forms/*/sector",
  "/trafficking/events/*/type", "/trafficking/events/*/place/country",
]
private let denied = [
  "/handling/handlingText", "/handling/proportionality", "/handling/relayPermission",
]

@Test(arguments: Examples.names.filter { $0 != "09-identity-mixup" })
func `forbids every canary outside the allowed places in a notice without names`(_ name: String)
  throws
{
  let patterns = try allowed.map { try #require(PointerPattern($0)) }
  let closed = try denied.map { try #require(PointerPattern($0)) }
  var content = try #require(try Examples.submission(name)["referral"])
    .with("/consents", []).with("/handling/purpose", "victim-protection")
    .with("/handling/asylumInformation", false).with("/handling/handlingText", "x").with(
      "/persons/0/contact/address", "x"
    )
    .with("/case/caseNumbers", [["scheme": "ind-case", "value": "x"]])
  var places: [String: [String]] = [:]
  for (number, leaf) in content.leaves.enumerated() {
    guard leaf.value.text != nil, steering.isDisjoint(with: leaf.path.filter { Int($0) == nil })
    else { continue }
    let canary = "canary-\(number)-"
    content = content.with(JSONPointer(tokens: leaf.path).description, .string(canary))
    places[canary] = leaf.path
  }
  let open = try policyOfCoordination()
  let (notice, _) = try disclosed(
    try accepted(content), try situation("comensha", policy: open))
  try #require(notice.detailLevel == .deidentified)
  let text = String(decoding: JSONWriter.write(.object(notice.data)), as: UTF8.self)
  #expect(places.count > 20)
  for (canary, path) in places where text.contains(canary) {
    let isAllowed = patterns.contains { $0.covers(path) } && !closed.contains { $0.covers(path) }
    #expect(isAllowed, "\(JSONPointer(tokens: path)) came through")
  }
  #expect(!text.contains(content["header"]?["referralId"]?.text ?? "no id"))
}

/// The example policy with all kinds and purposes, for the sake of the canaries.
private func policyOfCoordination() throws -> Policy {
  let file = try PackageFolder.read("partners/policies.d/comensha.toml")
  let lines = String(decoding: file, as: UTF8.self)
    .split(separator: "\n", omittingEmptySubsequences: false)
  let kinds = ReferralKind.allCases.map(\.rawValue)
  let listed = kinds.map { "\"\($0)\"" }.joined(separator: ", ")
  let text = lines.map { $0.hasPrefix("kinds = ") ? "kinds = [\(listed)]" : String($0) }
  return try Policy.read(
    Array(text.joined(separator: "\n").utf8), file: "comensha.toml", knownKinds: kinds
  ).get()
}

@Test func `keeps what R25 allows and nothing else`() throws {
  let notice = try disclosed(try referral("23-two-scripts"), try situation("comensha")).referral
  #expect(notice.data.names == ["header", "handling", "case", "persons", "trafficking"])
  #expect(
    notice.at("/case")
      == [
        "detection": [
          "date": "2026-11", "organisation": "Immigratie- en Naturalisatiedienst",
        ]
      ])
  #expect(
    notice.at("/persons") == [
      ["ref": "p1", "ageBand": "18-25", "gender": "Masculine", "citizenshipRegion": "151"]
    ])
  #expect(notice.at("/handling/detailLevel")?.text == "deidentified")
}

@Test func `keeps the true id at full detail and nowhere below`() throws {
  let full = try disclosed(try referral("22-mononym"), try situation("comensha")).referral
  let id = full.referralID.description
  #expect(full.conversationID == full.referralID)
  #expect(full.at("/header/referralId")?.text == id)
  let notice = try disclosed(try referral("23-two-scripts"), try situation("comensha")).referral
  let alias = try #require(notice.at("/header/referralId")?.text.flatMap(UniversalID.init))
  #expect(Set([alias, notice.conversationID, notice.referralID]).count == 3)
  #expect(alias.version == 8 && notice.conversationID.version == 8)
}

@Test func `keeps aliases apart by partner and the same over revisions`() throws {
  func aliases(_ key: UInt8, shuffle: UInt8 = 0) throws -> [String?] {
    let notice = try disclosed(
      try referral("23-two-scripts"), try situation("comensha", key: key, shuffle: shuffle)
    ).referral
    return [notice.at("/header/referralId")?.text, notice.conversationID.description]
  }
  let (first, second) = (try aliases(1), try aliases(2))
  #expect(Set(first + second).count == 4)
  #expect(try aliases(1, shuffle: 9) == first)
}

@Test func `keeps persons in an order that no other copy shares`() throws {
  let genders = ["Feminine", "Masculine", "NonConforming", "TransgenderFeminine"]
  let several = try referral("23-two-scripts") { content in
    let person = content["persons"]?.elements?.first ?? .null
    return content.with(
      "/persons",
      .array(
        genders.enumerated().map { index, gender in
          person.with("/ref", .string("victim-\(index)")).with("/gender", .string(gender))
        }))
  }
  var orders: Set<[String]> = []
  for octet in UInt8(0)..<40 {
    let notice = try disclosed(several, try situation("comensha", shuffle: octet)).referral
    let persons = notice.at("/persons")?.elements ?? []
    #expect(persons.compactMap { $0["ref"]?.text } == ["p1", "p2", "p3", "p4"])
    orders.insert(persons.compactMap { $0["gender"]?.text })
  }
  #expect(orders.count > 10)
  #expect(orders.allSatisfy { Set($0) == Set(genders) })
}

@Test func `keeps attention flags from notices except immediate danger`() throws {
  let child = try disclosed(
    try referral("21-stateless-child-ethiopic"), try situation("comensha")
  ).referral
  #expect(child.at("/header/attention") == nil)
  let danger = try referral("23-two-scripts") {
    $0.with("/protection/immediateDanger", true).with("/header/priority", "immediate-danger")
  }
  let notice = try disclosed(danger, try situation("comensha")).referral
  #expect(notice.at("/header/attention") == ["immediate-danger"])
  let police = try disclosed(danger, try situation("politie-avim")).referral
  #expect(police.at("/header/attention") == ["immediate-danger", "do-not-alert"])
}

@Test func `keeps the flags of hidden suspects from care partners`() throws {
  let unsafe = try referral("22-mononym") { content in
    let suspect: JSONValue = [
      "ref": "p2", "dataSubjectCategory": "suspect", "roles": ["perpetrator"],
      "minorStatus": "minor", "contact": ["safeToContact": false],
    ]
    return content.with("/persons/-", suspect)
  }
  let placement = try disclosed(unsafe, try situation("comensha")).referral
  #expect(placement.detailLevel == .full)
  #expect(placement.at("/header/attention") == nil)
  let police = try disclosed(unsafe, try situation("politie-avim")).referral
  #expect(police.at("/header/attention") == ["not-safe-to-contact", "minor"])
}

private func withdrawal(of example: String) throws -> Referral {
  try referral(example) {
    let header = $0["header"] ?? .null
    let handling = $0["handling"] ?? .null
    return [
      "header": header.with("/operation", "withdraw").with("/revision", 2)
        .without("/decisionDueAt"),
      "handling": handling.without("/proportionality"),
      "change": [
        "type": "withdrawal", "reasonCode": "unlawful-transmission", "instruction": "erase",
      ],
    ]
  }
}

@Test(arguments: DetailLevel.allCases)
func `keeps a withdrawal at the level of what it withdraws`(_ level: DetailLevel) throws {
  let digest = SHA256Digest(of: [1])
  let before = Predecessor(revision: 1, digest: digest, detailLevel: level)
  let referral = try withdrawal(of: "23-two-scripts")
  let gone = try disclosed(referral, try situation("comensha", predecessor: before)).referral
  #expect(gone.detailLevel == level && gone.operation == .withdraw)
  #expect(gone.data.names == ["header", "handling", "change"])
  #expect(
    gone.at("/header/supersedes") == ["revision": 1, "digest": .string(digest.field)])
  #expect((gone.at("/header/referralId")?.text == gone.referralID.description) == (level == .full))
  #expect((gone.conversationID == gone.referralID) == (level == .full))
}

@Test func `keeps a way to withdraw what a policy gave before and gives no more`() throws {
  let digest = SHA256Digest(of: [1])
  let coarse = try policy(
    [#"detail = "deidentified""#],
    named: ["header", "handling", "change"].map { ("/\($0)", "disclose") })
  let fine = try policy(full: ["header", "handling", "change"].map { ("/\($0)", "disclose") })
  for level in DetailLevel.allCases {
    let before = Predecessor(revision: 1, digest: digest, detailLevel: level)
    for other in [coarse, fine] {
      let gone = try disclosed(
        try withdrawal(of: "23-two-scripts"),
        try situation("comensha", policy: other, predecessor: before)
      ).referral
      #expect(gone.detailLevel == level && gone.at("/change/instruction")?.text == "erase")
    }
  }
}

@Test(arguments: ["update", "correct"])
func `keeps a later revision as new where no earlier one can have arrived`(_ operation: String)
  throws
{
  let later = try referral("22-mononym") {
    $0.with("/header/operation", .string(operation)).with("/header/revision", 2).with(
      "/change",
      [
        "type": "correction", "reasonCode": "factual-error", "instruction": "replace",
        "affectedFields": ["/persons/0/names"],
      ])
  }
  let fresh = try disclosed(later, try situation("comensha")).referral
  #expect(fresh.operation == .create && fresh.revision == 2)
  #expect(fresh.at("/header/supersedes") == nil)
  #expect(fresh.at("/header/operation")?.text == "create")
  let before = Predecessor(revision: 1, digest: SHA256Digest(of: []), detailLevel: .full)
  let known = try disclosed(later, try situation("comensha", predecessor: before)).referral
  #expect(known.operation.rawValue == operation)
  #expect(known.at("/header/supersedes/revision") == 1)
}

@Test func `keeps addressee, acknowledgements and ground of the partner`() throws {
  let notice = try disclosed(try referral("23-two-scripts"), try situation("comensha")).referral
  #expect(notice.recipient == "urn:nld:oin:00000099000000030000")
  #expect(
    notice.requestedAcknowledgements
      == [.receipt, .acceptance, .rejection, .query, .caseNumber, .changeExecuted])
  #expect(notice.legalBasis == ["EU-DIR-2011-36-11@2024"])
  #expect(notice.exercise)
  #expect(notice.ruleIDs.contains("POL-64") && !notice.ruleIDs.contains("no-rule"))
}

@Test func `keeps a reason of change for withdrawals and full documents only`() throws {
  let later = try referral("23-two-scripts") {
    $0.with("/header/operation", "update").with("/header/revision", 2).with(
      "/change", ["type": "addition", "reasonCode": "new-facts", "instruction": "replace"])
  }
  let notice = try disclosed(later, try situation("comensha"))
  #expect(notice.referral.at("/change") == nil)
  #expect(notice.report.lines.contains { $0.rule == "R25" && $0.pointer.tokens == ["change"] })
  let police = try disclosed(later, try situation("politie-avim")).referral
  #expect(police.at("/change/reasonCode")?.text == "new-facts")
}
