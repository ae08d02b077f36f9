/// From octets to a referral or every reason why not.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Intake
import JSON
import Platform
import Referrals
import TestSupport
import Testing
import Wire

private func read(_ octets: [UInt8]) throws -> IntakeReading {
  let schemas = try PublishedSchemas.folder()
  return Intake(schema: schemas.submission, reference: try PublishedSchemas.reference())
    .read(octets, files: nil)
}

private func read(_ submission: JSONValue) throws -> IntakeReading {
  try read(JSONWriter.write(submission))
}

/// One line for each reason; nil when the submission was read.
private func reasons(_ reading: IntakeReading) -> [String]? {
  switch reading {
  case .read: nil
  case .refused(let reasons): reasons.map { "\($0.rule.rawValue) \($0.pointer)" }
  }
}

@Test(arguments: Examples.names)
func `keeps every example as it was sent`(_ name: String) throws {
  let octets = try Examples.octets(name)
  let tree = try JSONReader.read(octets)
  guard case .read(let submission) = try read(octets) else {
    Issue.record("\(name) is refused: \(try reasons(read(octets)) ?? [])")
    return
  }
  #expect(submission.recipients == tree["recipients"]?.elements?.compactMap(\.text))
  #expect(JSONValue.object(submission.referral.content) == tree["referral"])
  #expect(submission.referral.exercise)
  #expect(submission.referral.header.referralID.description == tree.id)
}

extension JSONValue {
  fileprivate var id: String? { self["referral"]?["header"]?["referralId"]?.text }
}

/// The first column of examples/refused/README.md and the reason that it promises.
private let promised: [(file: String, rule: Rule, pointer: String)] = [
  ("not-json", .malformed, ""), ("trailing-comma", .malformed, ""),
  ("duplicate-name", .malformed, ""), ("too-deep", .malformed, ""),
  ("unknown-kind", .schema, "/referral/header/kind"),
  ("unknown-field", .schema, "/referral/header/color"),
  ("wrong-type", .schema, "/referral/header/revision"),
  ("biometric-attachment", .schema, "/referral/attachments/0/mediaType"),
  ("both-trafficking-and-smuggling", .schema, "/referral/smuggling"),
  ("both-trafficking-and-smuggling", .mixedFacts, "/referral/smuggling"),
  ("missing-consent", .asylumInformation, "/referral/handling/asylumInformation"),
  ("biometric-attachment", .attachment, "/referral/attachments/0/mediaType"),
  ("reflection-too-long", .reflectionPeriod, "/referral/residence/reflectionPeriod/end"),
  ("reflection-too-long", .reflectionPeriod, "/referral/residence/reflectionPeriod/duration"),
  ("witness-without-statement", .presenceStatement, "/referral/residence/evidenceRefs"),
  (
    "same-conduct-fined", .fineForSameConduct,
    "/referral/permitAction/administrativeFine/sameConduct"
  ), ("reclassified-without-link", .reclassification, "/referral/case/linked"),
  ("not-nfc", .notNormalized, "/referral/persons/0/names/0/full"),
]

@Test(arguments: promised)
func `refuses what the examples promise to be refused`(
  _ promise: (file: String, rule: Rule, pointer: String)
) throws {
  let found = try #require(try reasons(read(Examples.octets("refused/" + promise.file))))
  let line = "\(promise.rule.rawValue) \(promise.pointer)"
  #expect(found.contains(line), "\(promise.file): \(found)")
}

@Test func `keeps an unknown partner for the register to refuse`() throws {
  guard case .read(let submission) = try read(Examples.octets("refused/unknown-partner")) else {
    Issue.record("refused before the register was asked")
    return
  }
  #expect(submission.recipients?.contains("no-such-partner") == true)
}

@Test func `keeps one refused example for every promise`() {
  #expect(Set(Examples.refusedNames) == Set(promised.map(\.file) + ["unknown-partner"]))
}

@Test func `keeps the digest of the raw referral whatever stands around it`() throws {
  let octets = try Examples.octets("22-mononym")
  let range = try #require(try JSONReader.read(octets, locating: ["referral"]).places["referral"])
  let slice = Array(octets[range])
  let other =
    Array(#"{"exercise":true, "referral" : "#.utf8) + slice
    + Array(#" ,"recipients":["emm","politie-avim"]}"#.utf8)
  guard case .read(let first) = try read(octets), case .read(let second) = try read(other) else {
    Issue.record("refused")
    return
  }
  #expect(slice.first == UInt8(ascii: "{") && slice.last == UInt8(ascii: "}"))
  #expect(first.octets == slice && second.octets == slice)
  #expect(first.digest == SHA256Digest(of: slice) && second.digest == first.digest)
  #expect(second.recipients == ["emm", "politie-avim"])
}

@Test func `keeps apart what differs only in white space or in the order of members`() throws {
  let octets = try Examples.octets("22-mononym")
  let compact = JSONWriter.write(try JSONReader.read(octets))
  guard case .read(let first) = try read(octets), case .read(let second) = try read(compact) else {
    Issue.record("refused")
    return
  }
  #expect(first.digest != second.digest)
}

@Test func `takes a submission without recipients, and refuses one whose list is empty`() throws {
  let submission = try Examples.submission("22-mononym")
  guard case .read(let routed) = try read(submission.without("/recipients")) else {
    Issue.record("refused")
    return
  }
  #expect(routed.recipients == nil)
  let empty = try #require(try reasons(read(submission.with("/recipients", []))))
  #expect(empty.contains("no-recipient /recipients"))
}

@Test func `refuses more than a mebibyte before reading it`() throws {
  let octets = try Examples.octets("22-mononym")
  let space = [UInt8](repeating: 0x20, count: Intake.submissionOctets - octets.count)
  guard case .read = try read(octets + space) else {
    Issue.record("a mebibyte is too much")
    return
  }
  #expect(try reasons(read(octets + space + [0x20])) == ["too-large "])
}

@Test func `refuses what comes after the value and names line and column`() throws {
  let octets = try Examples.octets("22-mononym")
  guard case .refused(let found) = try read(octets + Array("{}".utf8)) else {
    Issue.record("two values were read as one")
    return
  }
  #expect(found.map(\.rule) == [.malformed])
  #expect(found.first?.detail?.contains("line") == true)
}

@Test(arguments: ["\u{202E}", "\u{2066}", "\u{0007}", "\u{0085}", "\r"])
func `forbids characters that deceive the eye`(_ character: String) throws {
  let submission = try Examples.submission("22-mononym")
    .with("/referral/case/statements/0/text", .string("before" + character + "after"))
  let found = try #require(try reasons(read(submission)))
  #expect(found.contains("forbidden-character /referral/case/statements/0/text"))
}

@Test func `keeps line feeds, emoji and every script`() throws {
  let text = "één\nዘውዲቱ\nชื่อ 👩‍👧"
  let submission = try Examples.submission("22-mononym")
    .with("/referral/case/statements/0/text", .string(text))
  guard case .read(let kept) = try read(submission) else {
    Issue.record("refused: \(try reasons(read(submission)) ?? [])")
    return
  }
  let place = try #require(JSONPointer("/case/statements/0/text"))
  let found = JSONValue.object(kept.referral.content).at(place)?.text
  #expect(found.map { Array($0.utf8) } == Array(text.utf8))
}

@Test func `refuses with every reason at once and never with a value`() throws {
  let secret = "Wulanda\u{0301}ria"
  let submission = try Examples.submission("22-mononym")
    .with("/referral/persons/0/names/0/full", .string(secret))
    .with("/referral/header/color", "red").with("/recipients", [])
    .with("/referral/persons/0/minorStatus", "minor")
  guard case .refused(let found) = try read(submission) else {
    Issue.record("read")
    return
  }
  #expect(
    Set(found.map(\.rule)).isSuperset(of: [.notNormalized, .schema, .noRecipient, .guardian]))
  #expect(!found.contains { "\($0.detail ?? "")\($0.pointer)".contains("Wulanda") })
}

@Test func `refuses with a hundred reasons at most`() throws {
  let submission = try Examples.submission("22-mononym")
    .with("/recipients", .array((0..<300).map { .string("bell\u{0007}\($0)") }))
  #expect(try reasons(read(submission))?.count == 100)
}

@Test func `keeps revisions for the gateway to compare`() throws {
  let submission = try Examples.submission("22-mononym")
    .with("/referral/header/revision", 7).with("/referral/header/operation", "update")
    .with(
      "/referral/change",
      ["type": "addition", "reasonCode": "new-facts", "instruction": "replace"])
  #expect(try reasons(read(submission)) == nil)
}
