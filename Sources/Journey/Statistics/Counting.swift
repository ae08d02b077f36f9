/// From referrals to the numbers of one quarter; a group is never kept, only how many it has.
// SPDX-License-Identifier: Apache-2.0
import JSON
package import Referrals

/// The true numbers of one table. They stay inside the gateway.
package struct Tally: Sendable, Equatable {
  package let table: StatisticsTable
  /// Referrals or persons counted, each once.
  package let members: Int
  /// One for each of the table's codes, in its order.
  package let counts: [Int]

  package init(table: StatisticsTable, members: Int, counts: [Int]) {
    self.table = table
    self.members = members
    self.counts = counts
  }
}

/// What was counted of a quarter. Only a `Counter` makes one.
package struct QuarterCount: Sendable {
  package let quarter: Quarter
  /// Every table.
  package let tallies: [Tally]
  /// False where the content of a referral of the quarter is no longer kept. How many is not told.
  package let isComplete: Bool
  /// Exercises were counted, and nothing else.
  package let exercise: Bool

  fileprivate init(quarter: Quarter, tallies: [Tally], isComplete: Bool, exercise: Bool) {
    self.quarter = quarter
    self.tallies = tallies
    self.isComplete = isComplete
    self.exercise = exercise
  }
}

package struct Counter: Sendable {
  private let quarter: Quarter
  private let exercise: Bool
  private var referrals = 0
  private var persons = 0
  private var missing = 0
  private var counts: [StatisticsTable: [Int]] = [:]

  /// - Parameter exercise: count exercises only; otherwise everything but those.
  package init(_ quarter: Quarter, exercise: Bool) {
    self.quarter = quarter
    self.exercise = exercise
    for table in StatisticsTable.allCases {
      counts[table] = [Int](repeating: 0, count: table.codes.count)
    }
  }

  /// - Parameter latest: the last revision of a referral. What was withdrawn counts nowhere.
  package mutating func add(_ latest: Referral) {
    guard latest.exercise == exercise, latest.header.operation != .withdraw else { return }
    referrals += 1
    put([latest.header.kind.rawValue], into: .referralsByKind)
    let forms = (latest.content["trafficking"]?["forms"]?.elements ?? [])
      .compactMap { $0["code"]?.text }
    for person in latest.persons where person.isVictim {
      persons += 1
      put(forms, into: .personsByForm)
      put(person.content["gender"]?.text.map { [$0] } ?? [], into: .personsByGender)
      let age = latest.referenceDay.flatMap { person.age(on: $0) }.flatMap { AgeBand($0) }
      put(age.map { [$0.rawValue] } ?? [], into: .personsByAgeBand)
      let countries = (person.content["citizenships"]?.elements ?? [])
        .compactMap { $0["code"]?.text }
      put(countries.compactMap(WorldRegion.code(ofCountry:)), into: .personsByRegion)
    }
  }

  /// A referral of the quarter that can no longer be read.
  package mutating func addMissing() { missing += 1 }

  package var count: QuarterCount {
    QuarterCount(
      quarter: quarter,
      tallies: StatisticsTable.allCases.map { table in
        Tally(
          table: table, members: table.unit == .referral ? referrals : persons,
          counts: counts[table] ?? [])
      }, isComplete: missing == 0, exercise: exercise)
  }

  /// One member: once in each cell that it belongs to.
  private mutating func put(_ codes: [String], into table: StatisticsTable) {
    var places = Set(codes.compactMap { table.codes.firstIndex(of: $0) })
    if !table.cellsOverlap, places.count != 1 { places = [table.codes.count - 1] }
    for place in places { counts[table]?[place] += 1 }
  }
}
