/// Nothing that is told lets anybody work out what is not.
// SPDX-License-Identifier: Apache-2.0
import Referrals
import Statistics
import Testing

/// All tables of so many cells whose members the attacker can count up to.
private func weakCells(_ cells: Int, threshold: Int, upTo members: Int, _ publish: Publishing)
  -> Int
{
  let worlds = Attacker.spreads(of: members, over: cells).map { counts in
    World(
      truth: [[counts.reduce(0, +)] + counts], published: [publish(counts, threshold)])
  }
  return Attacker.weakCells(worlds, threshold: threshold)
}

@Test(arguments: [(2, 2, 10), (2, 3, 14), (3, 2, 10), (3, 3, 14), (3, 4, 15), (4, 3, 12)])
func `leaves every cell that it holds back open from none to the threshold`(
  _ cells: Int, _ threshold: Int, _ members: Int
) {
  #expect(weakCells(cells, threshold: threshold, upTo: members, asPublished) == 0)
}

@Test func `is caught by the same attacker when only small cells are held back`() {
  #expect(weakCells(3, threshold: 3, upTo: 12, withoutGivingUp) > 0)
}

/// Why the cells that are given up are always the same ones.
@Test func `is caught by the same attacker when the smallest cells are given up`() {
  #expect(weakCells(3, threshold: 3, upTo: 12, smallestFirst) > 0)
}

/// Persons of 3 genders, 3 age bands, with or without each of 2 forms; every group of up to 4.
@Test func `holds back enough where the attacker has all tables together`() {
  let (genders, bands, forms, members) = (3, 3, 4, 4)
  let threshold = 2
  var worlds: [World] = []
  for group in Attacker.spreads(of: members, over: genders * bands * forms) {
    var counts = (
      gender: [Int](repeating: 0, count: genders), age: [Int](repeating: 0, count: bands),
      form: [0, 0]
    )
    for (kind, number) in group.enumerated() where number > 0 {
      counts.gender[kind % genders] += number
      counts.age[kind / genders % bands] += number
      let has = kind / (genders * bands)
      if has & 1 != 0 { counts.form[0] += number }
      if has & 2 != 0 { counts.form[1] += number }
    }
    let all = group.reduce(0, +)
    let tallies = [
      Tally(table: .personsByGender, members: all, counts: counts.gender),
      Tally(table: .personsByAgeBand, members: all, counts: counts.age),
      Tally(table: .personsByForm, members: all, counts: counts.form),
    ]
    worlds.append(
      World(
        truth: tallies.map { [all] + $0.counts },
        published: tallies.map { tally in
          Suppression.told(tally, threshold: threshold).numbers(cells: tally.counts.count)
        }))
  }
  #expect(Attacker.weakCells(worlds, threshold: threshold) == 0)
}

/// The real tables and the real threshold are too large to try every world: here another world is
/// made for each cell and each value, and it must be published just the same.
@Test func `could be any number below the threshold in another world`() {
  for seed in 0..<400 { expectOtherWorlds(seed: UInt64(seed)) }
}

private func expectOtherWorlds(seed: UInt64) {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(limit))
  }
  let table = [StatisticsTable.referralsByKind, .personsByGender, .personsByAgeBand][below(3)]
  let counts = table.codes.map { _ in below(2) == 0 ? below(13) : below(90) }
  let threshold = StatisticsLimits.smallestGroupMembers
  let published = asPublished(counts, threshold)
  guard let told = published[0] else {
    #expect(counts.reduce(0, +) < threshold)
    return
  }
  #expect(told == counts.reduce(0, +))
  let held = counts.indices.filter { published[$0 + 1] == nil }
  #expect(held.isEmpty || held.count >= 2)
  #expect(held.isEmpty || held.reduce(0) { $0 + counts[$1] } >= threshold)
  for index in counts.indices where counts[index] < threshold { #expect(held.contains(index)) }
  let sum = held.reduce(0) { $0 + counts[$1] }
  for cell in held {
    for value in 0..<threshold {
      let isPossible = held.contains { other in
        guard other != cell else { return false }
        var world = counts
        for index in held { world[index] = 0 }
        world[cell] = value
        world[other] = sum - value
        return asPublished(world, threshold) == published
      }
      #expect(isPossible, "cell \(cell) of \(counts) cannot be \(value)")
    }
  }
}

@Test func `tells nothing of a table with fewer members than the threshold`() {
  let tally = Tally(table: .personsByGender, members: 10, counts: [10, 0, 0, 0, 0, 0])
  #expect(Suppression.told(tally).content == .withheld)
}

@Test func `holds back none like one`() {
  let none = Tally(table: .personsByForm, members: 40, counts: [20, 0])
  let one = Tally(table: .personsByForm, members: 40, counts: [20, 1])
  #expect(Suppression.told(none) == Suppression.told(one))
  #expect(Suppression.told(one).content == .cells(total: nil, [20, nil]))
}

@Test func `holds back a cell that nearly everybody is in`() {
  func told(_ count: Int) -> ToldTable.Content {
    Suppression.told(Tally(table: .personsByForm, members: 85, counts: [count])).content
  }
  #expect(told(84) == .cells(total: nil, [nil]) && told(85) == told(84))
  #expect(told(75) == told(84) && told(74) == .cells(total: nil, [74]))
}

@Test func `gives up cells from the end until their sum is large enough`() {
  func told(_ counts: [Int]) -> ToldTable.Content {
    Suppression.told(
      Tally(table: .referralsByKind, members: counts.reduce(0, +), counts: counts)
    ).content
  }
  #expect(told([60, 30, 20, 15]) == .cells(total: 125, [60, 30, 20, 15]))
  #expect(told([60, 30, 20, 5]) == .cells(total: 115, [60, 30, nil, nil]))
  #expect(told([60, 30, 3, 5]) == .cells(total: 98, [60, nil, nil, nil]))
  #expect(told([5, 30, 20, 15]) == .cells(total: 70, [nil, 30, nil, nil]))
}
