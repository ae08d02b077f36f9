/// Law as data: only provisions marked as duties oblige.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals
import TestSupport
import Testing

@Test func `keeps only provisions whose effect is a duty`() {
  let list: JSONValue = [
    "codes": [
      ["code": "NL-A-1", "effect": "duty"], ["code": "NL-A-2", "effect": "task"],
      ["code": "NL-A-3"], ["effect": "duty"],
    ]
  ]
  #expect(ReferenceData(codeLists: ["provisions": list]).legalDuties == ["NL-A-1"])
  #expect(ReferenceData(codeLists: [:]).legalDuties.isEmpty)
}

@Test func `forbids article numbers as duties that the published list does not name`() throws {
  let duties = try PublishedSchemas.reference().legalDuties
  #expect(!duties.contains("NL-VW-107-4"))
}
