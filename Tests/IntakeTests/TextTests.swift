/// Text as people write it: kept as it is, or refused with what to send instead.
// SPDX-License-Identifier: Apache-2.0
import Intake
import JSON
import Referrals
import TestSupport
import Testing
import Wire

private let place = "/referral/case/statements/0/text"

private func read(_ octets: [UInt8]) throws -> IntakeReading {
  Intake(
    schema: try PublishedSchemas.folder().submission,
    reference: try PublishedSchemas.reference()
  ).read(octets)
}

@Test func `finds a corpus with texts of every verdict`() {
  let verdicts = Dictionary(grouping: AwkwardText.all, by: \.verdict).mapValues(\.count)
  for verdict in ["kept", "not-nfc", "forbidden-character", "malformed", "schema"] {
    #expect((verdicts[verdict] ?? 0) > 1, "\(verdict)")
  }
  #expect((verdicts["kept"] ?? 0) > 30)
}

@Test(arguments: AwkwardText.all)
func `keeps or refuses every text of the corpus as it promises`(_ text: AwkwardText) throws {
  switch try read(text.submission(from: "22-mononym")) {
  case .read(let submission):
    #expect(text.verdict == "kept")
    let kept = JSONValue.object(submission.referral.content)
      .at(try #require(JSONPointer("/case/statements/0/text")))?.text
    #expect(kept.map { Array($0.utf8) } == text.octets)
  case .refused(let reasons):
    let rules = Set(reasons.map(\.rule.rawValue))
    #expect(rules.contains(text.verdict), "\(rules)")
    for reason in reasons {
      #expect(reason.pointer.description == (text.verdict == "malformed" ? "" : place))
    }
    let proposals = reasons.compactMap(\.proposal)
    #expect(proposals.map { Array($0.utf8) } == (text.nfc.map { [$0] } ?? []))
  }
}

@Test func `keeps a proposal out of everything but itself`() throws {
  let name = "Oyelara\u{0301}ndu"
  let submission = try Examples.submission("22-mononym")
    .with("/referral/persons/0/names/0/full", .string(name))
  guard case .refused(let reasons) = try read(JSONWriter.write(submission)) else {
    Issue.record("read")
    return
  }
  #expect(reasons.compactMap(\.proposal) == ["Oyelarándu"])
  for reason in reasons {
    #expect(!(reason.detail ?? "").contains("Oyelar"))
    #expect(!reason.rule.explanation.remedy.contains("Oyelar"))
    #expect(!reason.pointer.description.contains("Oyelar"))
  }
}

@Test(arguments: ["2024-1X", "2024-XX-05", "24-01-01", "2024-13", "2024-02-3X", "20X4"])
func `refuses a date that is not of the subset`(_ date: String) throws {
  let submission = try Examples.submission("10-cross-border")
    .with("/referral/case/detection/date", .string(date))
  guard case .refused(let reasons) = try read(JSONWriter.write(submission)) else {
    Issue.record("read")
    return
  }
  #expect(reasons.map(\.rule) == [.schema])
  #expect(reasons.map(\.pointer.description) == ["/referral/case/detection/date"])
}
