/// R09 and R24, revisions that must keep to earlier ones, reclassification, and advice.
// SPDX-License-Identifier: Apache-2.0
import Intake
import JSON
import Platform
import Referrals
import TestSupport
import Testing
import Wire

private func read(_ submission: JSONValue) throws -> IntakeReading {
  Intake(
    schema: try PublishedSchemas.folder().submission,
    reference: try PublishedSchemas.reference()
  ).read(JSONWriter.write(submission), files: nil)
}

/// One line for each reason; empty when the submission was read.
private func reasons(_ submission: JSONValue) throws -> [String] {
  switch try read(submission) {
  case .read: []
  case .refused(let reasons): reasons.map { "\($0.rule.rawValue) \($0.pointer)" }
  }
}

private func accepted(_ submission: JSONValue) throws -> ReadSubmission {
  switch try read(submission) {
  case .read(let submission): return submission
  case .refused(let reasons): throw BrokenTestSupport(description: "\(reasons)")
  }
}

private let period = "/referral/residence/reflectionPeriod"

private func started() throws -> JSONValue { try Examples.submission("05-reflection-started") }

@Test func `refuses a reflection period longer than the law allows`() throws {
  let refusal = ["R09 \(period)/end"]
  let days = try started().without("\(period)/duration")
  #expect(try reasons(days.with("\(period)/end", "2026-12-20")) == [])
  #expect(try reasons(days.with("\(period)/end", "2026-12-21")) == refusal)
  #expect(try reasons(days.with("\(period)/end", "2026-11-19")) == refusal)
  #expect(try reasons(days.with("\(period)/end", "2026-11-20")) == [])
  let months = days.with("\(period)/dublin", false)
  #expect(try reasons(months.with("\(period)/end", "2027-02-20")) == [])
  #expect(try reasons(months.with("\(period)/end", "2027-02-21")) == refusal)
}

@Test(arguments: [
  ("P30D", true), ("P4W", true), ("P31D", false), ("P1M", true), ("P2M", false), ("P999D", false),
])
func `refuses a stated duration longer than the law allows`(_ duration: String, _ holds: Bool)
  throws
{
  let stated = try started().with("\(period)/end", "2026-12-10")
    .with("\(period)/duration", .string(duration))
  #expect(try reasons(stated) == (holds ? [] : ["R09 \(period)/duration"]))
}

@Test func `refuses a duration that ends before the last day`() throws {
  #expect(
    try reasons(started().with("\(period)/duration", "P2W")) == ["R09 \(period)/duration"])
}

@Test func `refuses a reflection period of somebody who is a witness only`() throws {
  let roles = "/referral/persons/0/roles"
  let witness = try started().with(roles, ["reporting-witness"])
  #expect(try reasons(witness) == ["R09 \(roles)"])
  #expect(try reasons(witness.with(roles, ["witness"])) == ["R09 \(roles)"])
  #expect(try reasons(witness.with(roles, ["reporting-witness", "victim"])) == [])
}

@Test func `refuses a second period in a later revision and keeps a corrected one`() throws {
  let change: JSONValue = [
    "type": "correction", "reasonCode": "factual-error", "instruction": "replace",
    "affectedFields": [.string("/residence/reflectionPeriod/start")],
  ]
  let later = try started().with("/referral/header/revision", 3)
    .with("/referral/header/operation", "update").with("/referral/change", change)
  let first = EarlierRevision(kind: "RESIDENCE_SCHEME_NOTICE", reflectionStart: "2026-11-19")
  let between = EarlierRevision(kind: "RESIDENCE_SCHEME_NOTICE", reflectionStart: nil)
  func found(_ submission: JSONValue, _ earlier: [EarlierRevision]) throws -> [String] {
    RevisionRules.reasons(try accepted(submission).referral, after: earlier)
      .map { "\($0.rule.rawValue) \($0.pointer)" }
  }
  #expect(try found(later, [first, between]) == ["R09 \(period)/start"])
  let same = EarlierRevision(kind: first.kind, reflectionStart: "2026-11-20")
  #expect(try found(later, [same, between]) == [])
  #expect(try found(later.with("/referral/header/operation", "correct"), [first]) == [])
  #expect(try found(later, [between]) == [])
  #expect(try found(later, [first, same]) == [])
}

@Test func `refuses a later revision of another kind`() throws {
  let later = try accepted(try Examples.submission("08-foreman-is-victim")).referral
  let kept = JSONWriter.write(
    try #require(try Examples.submission("01-kitchen-workers")["referral"]))
  let earlier = try #require(EarlierRevision(kept: kept))
  #expect(earlier == EarlierRevision(kind: "TRAFFICKING_SIGNAL", reflectionStart: nil))
  #expect(RevisionRules.reasons(later, after: [earlier]) == [])
  let other = EarlierRevision(kind: "SMUGGLING_SIGNAL", reflectionStart: nil)
  let found = RevisionRules.reasons(later, after: [earlier, other])
  #expect(found.map(\.rule) == [.kindChanged])
  #expect(found.map(\.pointer.description) == ["/referral/header/kind"])
  #expect(EarlierRevision(kept: [0x7B]) == nil)
}

@Test func `forbids a face image among the evidence`() throws {
  #expect(
    try reasons(
      Examples.submission("06-permit-granted").with(
        "/referral/residence/evidenceRefs/0/kind", "face-image")
    ) == ["schema /referral/residence/evidenceRefs/0/kind"])
}

@Test func `keeps withdrawal and new referral of a reclassification apart`() throws {
  let read = try accepted(try Examples.submission("13-reclassified"))
  let withdrawn = try #require(read.withdrawal)
  #expect(withdrawn.referral.header.operation == .withdraw)
  #expect(withdrawn.referral.header.kind == .smugglingSignal)
  #expect(read.referral.header.kind == .traffickingSignal)
  #expect(read.digest != withdrawn.digest)
  #expect(withdrawn.octets.first == UInt8(ascii: "{") && withdrawn.octets.last == UInt8(ascii: "}"))
}

@Test(arguments: [
  ("/referral/case/linked/0/relation", "same-facts", "/referral/case/linked"),
  (
    "/referral/case/linked/0/referralId", "019ab1c2-7f03-7a03-8d03-000000000003",
    "/referral/case/linked"
  ),
  (
    "/referral/header/referralId", "019ab1c2-7f04-7a04-8d04-000000000004",
    "/referral/header/referralId"
  ),
  ("/withdraws/header/kind", "TRAFFICKING_SIGNAL", "/referral/header/kind"),
])
func `refuses a reclassification whose halves do not belong together`(
  _ pointer: String, _ value: String, _ place: String
) throws {
  let spoiled = try Examples.submission("13-reclassified").with(pointer, .string(value))
  #expect(try reasons(spoiled) == ["reclassification \(place)"])
}

@Test func `refuses persons in the withdrawal of a reclassification, and names its place`() throws {
  let spoiled = try Examples.submission("13-reclassified").with("/withdraws/persons", [])
  #expect(try reasons(spoiled).contains("R20 /withdraws/persons"))
}

private func advice(_ submission: JSONValue) throws -> [String] {
  try accepted(submission).advice.map { "\($0.code.rawValue) \($0.pointer)" }
}

@Test func `keeps a bare indication and says what would make it more useful`() throws {
  let found = try advice(Examples.submission("02-unknown-woman"))
  #expect(
    found == [
      "language-unknown /referral/persons/0", "contact-unknown /referral/persons/0",
      "consent-not-asked /referral/consents", "elements-unknown /referral/trafficking",
      "place-unknown /referral/trafficking/events",
    ])
}

@Test func `advises nothing on a withdrawal`() throws {
  #expect(try advice(Examples.submission("09-identity-mixup")) == [])
}

@Test(arguments: [
  (
    "/referral/persons/0/names/0/transliteration", "23-two-scripts",
    "transliteration-missing /referral/persons/0/names/0"
  ),
  ("/referral/persons/0/birth", "23-two-scripts", "age-unknown /referral/persons/0"),
  ("/referral/persons/0/contact", "23-two-scripts", "contact-unknown /referral/persons/0"),
  ("/referral/case/statements/1", "23-two-scripts", "suspect-not-evaluated /referral/persons/1"),
  (
    "/referral/case/statements/0/infoEval", "23-two-scripts",
    "evaluation-missing /referral/case/statements/0"
  ),
  (
    "/referral/residence/evidenceRefs", "06-permit-granted",
    "evidence-missing /referral/residence/evidenceRefs"
  ),
  (
    "/referral/organisations", "01-kitchen-workers",
    "reference-unknown /referral/persons/7/perpetrator/organisationRef"
  ),
])
func `advises what is missing and nothing where it is there`(
  _ pointer: String, _ example: String, _ line: String
) throws {
  let whole = try Examples.submission(example)
  #expect(try !advice(whole).contains(line))
  #expect(try advice(whole.without(pointer)).contains(line))
}

@Test func `advises on references and provisions that lead nowhere`() throws {
  let wrong = try Examples.submission("07-recognition-withdrawn")
    .with("/referral/case/statements/0/aboutPersons/0", "p9")
    .with("/referral/permitAction/evidenceRefs/0/statementRefs/0", "s9")
    .with("/referral/permitAction/organisationRef", "o9")
    .with("/referral/permitAction/grounds/0/provision", "NL-XX-1")
  let found = try advice(wrong)
  for line in [
    "reference-unknown /referral/case/statements/0/aboutPersons/0",
    "reference-unknown /referral/permitAction/evidenceRefs/0/statementRefs/0",
    "reference-unknown /referral/permitAction/organisationRef",
    "provision-unknown /referral/permitAction/grounds/0",
  ] {
    #expect(found.contains(line), "\(found)")
  }
}

@Test(arguments: Advice.Code.allCases)
func `finds every advice in its code list, in both languages`(_ code: Advice.Code) throws {
  let list = try JSONReader.read(try PackageFolder.read("schemas/codelists/advice.json"))
  let entry = try #require(
    (list["codes"]?.elements ?? []).first { $0["code"]?.text == code.rawValue })
  #expect(entry["whatToDo"]?["en"]?.text == code.text)
  #expect(entry["whatToDo"]?["nl"]?.text?.isEmpty == false)
  #expect(entry["labels"]?["nl"]?.text?.isEmpty == false)
}

/// What the kinds demand and forbid, by the published schema.
@Test(arguments: [
  ("01-kitchen-workers", "/referral/trafficking", "schema /referral"),
  ("04-smuggling-route", "/referral/smuggling", "schema /referral"),
  ("01-kitchen-workers", "/referral/case/statements", "schema /referral/case"),
  ("05-reflection-started", "/referral/residence", "schema /referral"),
  ("05-reflection-started", "/referral/persons", "schema /referral"),
  ("05-reflection-started", "/referral/residence/reflectionPeriod", "schema /referral/residence"),
  ("06-permit-granted", "/referral/residence/decision", "schema /referral/residence"),
  ("06-permit-granted", "/referral/residence/ground", "schema /referral/residence"),
  ("07-recognition-withdrawn", "/referral/permitAction", "schema /referral"),
  ("07-recognition-withdrawn", "/referral/permitAction/conduct", "schema /referral/permitAction"),
  ("07-recognition-withdrawn", "/referral/organisations", "schema /referral"),
  ("07-recognition-withdrawn", "/referral/case/statements", "schema /referral/case"),
  ("08-foreman-is-victim", "/referral/change", "schema /referral"),
])
func `refuses a kind without what it must have`(
  _ example: String, _ pointer: String, _ violation: String
) throws {
  let found = try reasons(Examples.submission(example).without(pointer))
  #expect(found.contains(violation), "\(found)")
}

@Test(arguments: [
  ("05-reflection-started", "assessment"), ("05-reflection-started", "smuggling"),
  ("05-reflection-started", "permitAction"), ("07-recognition-withdrawn", "smuggling"),
  ("01-kitchen-workers", "residence"), ("01-kitchen-workers", "permitAction"),
  ("04-smuggling-route", "residence"), ("04-smuggling-route", "permitAction"),
])
func `forbids a group that the kind does not have`(_ example: String, _ group: String) throws {
  let donor = try Examples.submission(
    [
      "assessment": "01-kitchen-workers", "smuggling": "04-smuggling-route",
      "residence": "05-reflection-started", "permitAction": "07-recognition-withdrawn",
    ][group] ?? "")
  let mixed = try Examples.submission(example)
    .with("/referral/\(group)", donor["referral"]?[group])
  #expect(try reasons(mixed).contains("schema /referral/\(group)"))
}
