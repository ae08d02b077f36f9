/// Whatever an event can say has a label, and advice where a person can act, in both languages.
// SPDX-License-Identifier: Apache-2.0
import Outbox
import Outcome
import TestSupport
import Testing
import Wire

private func labels() throws -> CaseLabels { CaseLabels(try PublishedSchemas.folder().codeLists) }

@Test(arguments: CaseEventKind.allCases)
func `has a label for every kind of event`(_ kind: CaseEventKind) throws {
  let entry = try #require(try labels()["event-kinds", kind.rawValue])
  #expect(!entry.label.dutch.isEmpty && !entry.label.english.isEmpty)
}

@Test(arguments: DeliveryReason.allCases)
func `has a label and advice for every reason of a state`(_ reason: DeliveryReason) throws {
  let entry = try #require(try labels()["delivery-reasons", reason.rawValue])
  let advice = try #require(entry.whatToDo)
  for text in [entry.label.dutch, entry.label.english, advice.dutch, advice.english] {
    #expect(!text.isEmpty)
  }
}
