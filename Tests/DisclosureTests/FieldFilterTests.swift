/// Fields by pattern: the longest wins, a name beats a star, what no line names stays behind.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import JSON
import Referrals
import Register
import TestSupport
import Testing

/// What these lines leave of an example with one person, in full; no rule hides anything in it.
private func left(
  _ rules: [(String, String)], _ change: (JSONValue) -> JSONValue = { $0 }
) throws -> (referral: DisclosedReferral, report: DisclosureReport) {
  try disclosed(
    try referral("22-mononym") {
      change($0.without("/consents").without("/persons/0/identifiers"))
    }, try situation("politie-avim", policy: try policy(full: rules)))
}

private let name = "/persons/0/names/0/full"

@Test func `forbids every field that no line names`() throws {
  let (bare, report) = try left([])
  #expect(bare.data.names == ["header", "handling"])
  #expect(
    bare.at("/header")?.members?.names
      == ["referralId", "revision", "operation", "kind", "priority", "language"])
  #expect(bare.at("/handling") == ["detailLevel": "full"])
  #expect(report.lines.allSatisfy { $0.effect == .removed && $0.rule == "no-rule" })
  #expect(report.ruleIDs == ["no-rule"])
}

@Test func `keeps the longest pattern in force`() throws {
  let rules = [("/persons", "disclose"), ("/persons/*/names", "remove")]
  let kept = try left(rules).referral
  #expect(kept.at("/persons/0/gender")?.text == "Feminine" && kept.at(name) == nil)
  let reverse = [("/persons", "remove"), ("/persons/*/names", "disclose")]
  let other = try left(reverse).referral
  #expect(other.at("/persons/0")?.members?.names == ["names"])
  let deep = try left(rules + [("/persons/*/names/*/full", "disclose")]).referral
  #expect(deep.at("/persons/0/names") == [["full": "Wulandaria"]])
}

@Test func `keeps the order of lines without effect`() throws {
  let rules = [("/persons/*/names", "remove"), ("/persons", "disclose")]
  #expect(try left(rules).referral.data == left(rules.reversed()).referral.data)
}

@Test func `keeps a name before a star`() throws {
  let rules = [("/persons/*/names", "remove"), ("/persons/0/names", "disclose")]
  for order in [rules, rules.reversed()] {
    #expect(try left(order).referral.at(name)?.text == "Wulandaria")
  }
  let other = [("/persons/1/names", "disclose"), ("/persons/*/names", "remove")]
  #expect(try left(other).referral.at(name) == nil)
}

@Test func `forbids a line to reach beyond its own branch`() throws {
  let kept = try left([("/persons/*/birth/country", "disclose")]).referral
  #expect(kept.at("/persons") == [["birth": ["country": "IDN"]]])
}

@Test func `keeps a list that was empty and drops one that was emptied`() throws {
  let rules = [("/trafficking", "disclose"), ("/trafficking/acts/*", "remove")]
  let kept = try left(rules) { $0.with("/trafficking/means", []) }.referral
  #expect(kept.at("/trafficking/means") == [])
  #expect(kept.at("/trafficking/acts") == nil)
}

@Test func `names the deciding line for every field`() throws {
  let (_, report) = try left([
    ("/persons", "disclose"), ("/persons/*/names", "remove"), ("/case/detection/date", "month"),
  ])
  func line(_ pointer: String) -> String? {
    report.lines.first { $0.pointer.description == pointer }
      .map { "\($0.effect.rawValue) \($0.rule)" }
  }
  #expect(line("/persons/0/gender") == "disclosed field-1")
  #expect(line(name) == "removed field-2")
  #expect(line("/case/detection/date") == "generalised field-3")
  #expect(line("/case/detection/channel") == "removed no-rule")
  #expect(report.ruleIDs == ["field-1", "field-2", "field-3", "no-rule"])
}

@Test func `says why of every field that stays or is made coarser, and of empty lists`() throws {
  let rules = [("/persons", "disclose"), ("/persons/*/names", "remove")]
  let (_, report) = try left(rules) { $0.with("/trafficking/means", []) }
  #expect(report.lines.allSatisfy { !$0.reason.isEmpty })
  func line(_ pointer: String) -> DisclosureReport.Line? {
    report.lines.first { $0.pointer.description == pointer }
  }
  #expect(line(name)?.reason == "test")
  #expect(line("/case/detection/channel")?.reason == "No line of the policy names it.")
  #expect(line("/trafficking/means")?.effect == .removed)
  let hidden = try disclosed(try referral("23-two-scripts"), try situation("comensha")).report
  let suspect = hidden.lines.first { $0.pointer.description == "/persons/1" }
  #expect(suspect?.reason == "About a person of whom this partner learns nothing.")
}

@Test func `names every leaf exactly once in the report`() throws {
  let partners = try ExampleRegister.configuration().partners.map(\.code.text)
  for example in Examples.names {
    let referral = try referral(example)
    for partner in partners {
      guard case .disclosed(_, let report) = disclose(referral, in: try situation(partner)) else {
        continue
      }
      let lines = report.lines.map(\.pointer.tokens)
      for leaf in JSONValue.object(referral.content).leaves {
        let over = lines.filter { leaf.path.starts(with: $0) }
        #expect(over.count == 1, "\(example) \(partner) \(leaf.path)")
      }
    }
  }
}

@Test(arguments: [
  ("2026-11-17", "2026-11", "2026"), ("2026-11-17?", "2026-11", "2026"),
  ("2026-11", "2026-11", "2026"), ("2026", nil, "2026"), ("202X", nil, "202X"),
])
func `keeps only month or year of a date`(_ date: String, _ month: String?, _ year: String?)
  throws
{
  for (action, expected) in [("month", month), ("year", year)] {
    let kept = try left([("/case/detection/date", action)]) {
      $0.with("/case/detection/date", .string(date))
    }
    #expect(kept.referral.at("/case/detection/date")?.text == expected)
  }
}

@Test(arguments: ["month", "year", "country", "region", "age-band"])
func `forbids a generalisation to show the start of a text`(_ action: String) throws {
  let rules = [("/persons/*/names/*/full", action), ("/case/detection/organisation", action)]
  let kept = try left(rules) { $0.without("/persons/0/birth") }.referral
  #expect(kept.data.names == ["header", "handling"])
}

@Test func `keeps only the country or the region of a place`() throws {
  let place: JSONValue = [
    "country": "NLD", "region": "Utrecht", "locality": "Zeist", "description": "Behind the church",
  ]
  func shown(_ action: String) throws -> JSONValue? {
    try left([("/trafficking/events/*/place", action)]) {
      $0.with("/trafficking/events/0/place", place)
    }.referral.at("/trafficking/events/0/place")
  }
  #expect(try shown("country") == ["country": "NLD"])
  #expect(try shown("region") == ["country": "NLD", "region": "Utrecht"])
}

@Test func `keeps a country code and its region`() throws {
  let kept = try left([("/case/detection/locationCountry", "country")]).referral
  #expect(kept.at("/case/detection/locationCountry")?.text == "NLD")
}

@Test(arguments: [
  ("IDN", "035"), ("ROU", "151"), ("NLD", "155"), ("NGA", "202"), ("XXA", nil), ("XXB", nil),
])
func `keeps the region of a citizenship and nothing of the stateless`(
  _ code: String, _ region: String?
) throws {
  let kept = try left([("/persons/*/citizenships", "region"), ("/persons/*/gender", "disclose")]) {
    $0.with("/persons/0/citizenships", [["code": .string(code), "basis": "document"]])
  }.referral
  #expect(kept.at("/persons/0/citizenshipRegion")?.text == region)
  #expect(kept.at("/persons/0/citizenships") == nil)
}

@Test(arguments: [
  ("2026-11-17", "<12"), ("2014-11-18", "<12"), ("2014-11-17", "12-15"), ("2010-11-18", "12-15"),
  ("2010-11-17", "16-17"), ("2008-11-18", "16-17"), ("2008-11-17", "18-25"),
  ("2000-11-18", "18-25"), ("2000-11-17", "26-40"), ("1985-11-18", "26-40"),
  ("1985-11-17", ">40"), ("1950", ">40"), ("2004", "18-25"), ("2008", nil), ("19XX", nil),
  ("2030", nil),
])
func `keeps the band that holds every possible age`(_ born: String, _ band: String?) throws {
  let kept = try left([("/persons/*/birth", "age-band"), ("/persons/*/gender", "disclose")]) {
    $0.with("/persons/0/birth", ["date": .string(born), "basis": "document"])
  }.referral
  #expect(kept.at("/persons/0/ageBand")?.text == band)
  #expect(kept.at("/persons/0/birth") == nil)
}

@Test func `keeps the band of an estimate`() throws {
  func band(_ min: Int64, _ max: Int64) throws -> String? {
    let kept = try left([
      ("/persons/*/ageEstimate", "age-band"), ("/persons/*/gender", "disclose"),
    ]) {
      $0.without("/persons/0/birth").with("/persons/0/minorStatus", "unknown")
        .with("/persons/0/minorStatusReason", "No document seen.").with(
          "/persons/0/ageEstimate",
          [
            "min": .number(JSONNumber(min)), "max": .number(JSONNumber(max)), "asOf": "2026-11-17",
          ])
    }.referral
    #expect(kept.at("/persons/0/ageEstimate") == nil)
    return kept.at("/persons/0/ageBand")?.text
  }
  #expect(try band(26, 40) == "26-40")
  #expect(try band(41, 60) == ">40")
  #expect(try band(16, 22) == nil)
}
