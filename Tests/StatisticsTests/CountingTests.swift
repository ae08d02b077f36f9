/// What counts in a quarter, and how often.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform
import Referrals
import Statistics
import TestSupport
import Testing

private func counted(
  _ names: [String], exercise: Bool = true, change: (JSONValue) -> JSONValue = { $0 }
) throws -> QuarterCount {
  var counter = Counter(try #require(Quarter("2026-Q3")), exercise: exercise)
  for name in names {
    let content = change(try #require(try Examples.submission(name)["referral"]))
    let reading = Referral.read(
      content, exercise: true, reference: try PublishedSchemas.reference())
    guard case .referral(let referral) = reading else {
      throw BrokenTestSupport(description: "\(name) is refused")
    }
    counter.add(referral)
  }
  return counter.count
}

extension QuarterCount {
  fileprivate func cell(_ table: StatisticsTable, _ code: String) throws -> Int {
    let tally = try #require(tallies.first { $0.table == table })
    return tally.counts[try #require(table.codes.firstIndex(of: code))]
  }

  fileprivate func members(_ table: StatisticsTable) throws -> Int {
    try #require(tallies.first { $0.table == table }).members
  }
}

@Test func `counts possible victims, each once in a cell`() throws {
  let count = try counted(["01-kitchen-workers", "04-smuggling-route"])
  #expect(try count.members(.referralsByKind) == 2)
  #expect(try count.cell(.referralsByKind, "TRAFFICKING_SIGNAL") == 1)
  #expect(try count.cell(.referralsByKind, "SMUGGLING_SIGNAL") == 1)
  let persons = try count.members(.personsByGender)
  #expect(persons == 7)
  #expect(try count.cell(.personsByForm, "FORCED_LABOUR_SERVICES") == persons)
  for table in StatisticsTable.allCases where !table.cellsOverlap {
    let tally = try #require(count.tallies.first { $0.table == table })
    #expect(tally.counts.reduce(0, +) == tally.members, "\(table)")
  }
}

@Test func `counts a person with two citizenships of one region once`() throws {
  let two: JSONValue = [["code": "NPL"], ["code": "IND"]]
  let count = try counted(["22-mononym"]) { $0.with("/persons/0/citizenships", two) }
  #expect(try count.cell(.personsByRegion, "034") == count.members(.personsByRegion))
}

@Test func `counts nothing of a withdrawal`() throws {
  let count = try counted(["09-identity-mixup"])
  #expect(try count.members(.referralsByKind) == 0)
}

@Test func `keeps exercises and what is real apart`() throws {
  #expect(try counted(["22-mononym"], exercise: false).members(.referralsByKind) == 0)
  #expect(try counted(["22-mononym"], exercise: true).members(.referralsByKind) == 1)
}

@Test func `says that it is incomplete, and not by how much`() throws {
  var counter = Counter(try #require(Quarter("2026-Q3")), exercise: true)
  #expect(counter.count.isComplete)
  counter.addMissing()
  #expect(!counter.count.isComplete)
}

@Test(arguments: [
  "", "2026", "2026-Q0", "2026-Q5", "2026-Q33", "26-Q3", "2026-q3", "2026-3", "2026-Q3-", "1999-Q4",
  "2026Q3", "+026-Q3", "2026-Q٣",
])
func `refuses what is no quarter`(_ text: String) {
  #expect(Quarter(text) == nil)
}

@Test func `a quarter ends where the next begins`() throws {
  let third = try #require(Quarter("2026-Q3"))
  #expect(third.start == Instant(rfc3339: "2026-07-01T00:00:00Z"))
  #expect(third.end == Quarter("2026-Q4")?.start)
  #expect(Quarter("2026-Q4")?.end == Quarter("2027-Q1")?.start)
  #expect(!third.isOver(at: third.end.adding(milliseconds: -1)) && third.isOver(at: third.end))
  #expect("\(third)" == "2026-Q3")
}

@Test func `has a cell for every code of the lists that it counts by`() throws {
  func codes(_ list: String) throws -> [String] {
    let tree = try JSONReader.read(PackageFolder.read("schemas/codelists/\(list).json"))
    return (tree["codes"]?.elements ?? []).compactMap { $0["code"]?.text }
  }
  #expect(StatisticsTable.personsByGender.codes == (try codes("genders")))
  #expect(StatisticsTable.personsByForm.codes == (try codes("forms")).filter { $0 != "UNKNOWN" })
}
