/// The table and the questions of docs/disclosure.md are those of the policies.
// SPDX-License-Identifier: Apache-2.0
import Platform
import PolicyReview
import Register
import TestSupport
import Testing

@Test func `puts every field of the model into one group, and no group stays empty`() throws {
  let model = try BuiltIn.model()
  let homeless = model.fields.filter { FieldGroup.of($0) == nil }
  #expect(homeless.map(\.pointer) == [])
  #expect(model.fields.count > 200)
  let used = Set(model.fields.compactMap { FieldGroup.of($0)?.name })
  #expect(used == Set(FieldGroup.all.map(\.name)))
}

private func table(_ folder: PolicyFolder) throws -> DisclosureTable {
  let day = try #require(CivilDate(iso: "2026-11-23"))
  return DisclosureTable(folder, model: try BuiltIn.model(), on: day)
}

private func cells(_ table: DisclosureTable, _ group: String) -> [String: String] {
  let row = table.rows.first { $0.group.name == group }
  return Dictionary(
    zip(table.columns.map(\.title), row?.cells.map(\.rawValue) ?? []),
    uniquingKeysWith: { first, _ in first })
}

@Test func `tells who sees what, with consent and without`() throws {
  let table = try table(try examplePolicies())
  let phone = cells(table, "phone")
  #expect(phone["`politie-avim`"] == "yes")
  #expect(phone["`comensha`, consent given"] == "yes")
  #expect(phone["`comensha`, consent missing"] == "–")
  #expect(phone["`om`"] == "–")
  let birth = cells(table, "birth and age")
  #expect(birth["`comensha`, consent missing"] == "coarse")
  #expect(birth["`comensha`, consent given"] == "part")
  // All fields of it, but not every kind of number.
  #expect(cells(table, "numbers (passport and the like)")["`kmar`"] == "part")
  #expect(cells(table, "smuggling")["`nla`"] == "–")
}

@Test func `shows a policy that gives more`() throws {
  let more = try folder(
    "dtv",
    [
      (
        "pointer = \"/protection\"\naction = \"remove\"",
        "pointer = \"/protection\"\naction = \"disclose\""
      )
    ])
  #expect(cells(try table(more), "danger and caution") == ["`dtv`": "yes"])
  #expect(cells(try table(try folder("dtv")), "danger and caution") == ["`dtv`": "–"])
}

/// What stands between two marks of the page.
private func block(_ name: String) throws -> String {
  let page = String(decoding: try PackageFolder.read("docs/disclosure.md"), as: UTF8.self)
  let parts = page.split(separator: "<!-- \(name) -->\n", maxSplits: 1)
  let inner = try #require(parts.count == 2 ? parts[1] : nil, "no block \(name)")
  let end = try #require(inner.firstRange(of: "<!-- end -->"))
  return String(inner.prefix(upTo: end.lowerBound))
}

@Test func `keeps the table of the page current: scripts/disclosure-page`() throws {
  #expect(try block("table") == table(try examplePolicies()).markdown())
}

@Test func `keeps the questions of the page those that the policies are tried on`() throws {
  let page = try block("questions")
  let folder = try examplePolicies()
  let examples = folder.policies.values.flatMap(\.all).flatMap(\.examples)
  let rows = page.split(separator: "\n").dropFirst(2)
  #expect(rows.count == examples.count && rows.count >= 10)
  for example in examples {
    let answer = try #require(example.answer)
    #expect(rows.contains("| \(example.question) | \(answer) |"), "\(example.question)")
  }
}
