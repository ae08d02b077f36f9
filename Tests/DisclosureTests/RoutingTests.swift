/// Which partners routes and projects choose: each question on both sides, and why not.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing

/// The example register with these routes, no others, and no project.
private func configuration(_ routes: String) throws -> Configuration {
  let register = try ExampleRegister()
  try register.write("routes.d/national.toml", routes)
  try register.remove("routes.d/abroad.toml")
  try register.remove("projects.d/haven-zuid-holland.toml")
  return try register.load()
}

/// A route to the Labour Authority that asks this much.
private func asking(_ lines: String...) -> String {
  "[[route]]\nname = \"asked\"\npartners = [\"nla\"]\nreason = \"test\"\n"
    + lines.joined(separator: "\n") + "\n"
}

private func day(_ text: String = "2026-11-23") throws -> CivilDate {
  try #require(CivilDate(iso: text))
}

/// Codes of the chosen, each with its routes: "nla: asked".
private func chosen(
  _ referral: Referral, _ configuration: Configuration, on text: String = "2026-11-23"
) throws -> [String] {
  route(referral, by: configuration, on: try day(text)).lines
    .filter { !$0.chosenBy.isEmpty }
    .map { "\($0.partner): \($0.chosenBy.joined(separator: ", "))" }
}

/// Why the route did not choose the Labour Authority: "forms /referral/trafficking/forms".
private func ground(_ referral: Referral, _ configuration: Configuration) throws -> String? {
  let lines = route(referral, by: configuration, on: try day()).lines
  let passed = try #require(lines.first { $0.partner.text == "nla" }).passedOver
  return passed.first.map { "\($0.ground.code) \($0.ground.pointer)" }
}

/// What a route asks, an example that has it, one that has not, and what is told of the latter.
private let questions = [
  (
    #"kinds = ["SMUGGLING_SIGNAL"]"#, "04-smuggling-route", "01-kitchen-workers",
    "kinds /referral/header/kind"
  ),
  (
    #"operations = ["update"]"#, "12-unknown-woman-named", "02-unknown-woman",
    "operations /referral/header/operation"
  ),
  (
    #"purposes = ["investigation"]"#, "01-kitchen-workers", "22-mononym",
    "purposes /referral/handling/purpose"
  ),
  (
    #"forms = ["CHILD_LABOUR", "FORCED_LABOUR_SERVICES"]"#, "01-kitchen-workers", "22-mononym",
    "forms /referral/trafficking/forms"
  ),
  (#"persons = ["minor"]"#, "03-cannabis-boy", "22-mononym", "persons /referral/persons"),
  (#"persons = ["suspect"]"#, "23-two-scripts", "22-mononym", "persons /referral/persons"),
  (
    #"procedures = ["asylum"]"#, "02-unknown-woman", "22-mononym",
    "procedures /referral/case/detection/procedure"
  ),
  (
    #"residence_events = ["permit-granted"]"#, "06-permit-granted", "05-reflection-started",
    "residence_events /referral/residence/event"
  ),
  (
    #"channels = ["national-hub"]"#, "10-cross-border", "01-kitchen-workers",
    "channels /referral/crossBorder/channel"
  ),
  (
    #"channel_countries = ["BEL"]"#, "10-cross-border", "22-mononym",
    "channel_countries /referral/crossBorder/countries"
  ),
  (#"countries = ["NPL"]"#, "01-kitchen-workers", "22-mononym", "place /referral"),
  (#"regions = ["utrecht"]"#, "22-mononym", "01-kitchen-workers", "place /referral"),
  (#"localities = ["WATERWIJKERVEEN"]"#, "01-kitchen-workers", "22-mononym", "place /referral"),
  (
    "countries = [\"NLD\"]\nplace_events = [\"Exploitation\"]", "22-mononym", "02-unknown-woman",
    "place /referral/trafficking/events"
  ),
]

@Test(arguments: questions)
func `a route chooses by what it asks, and says which question was answered otherwise`(
  _ asked: String, _ fitting: String, _ other: String, _ told: String
) throws {
  let configuration = try configuration(asking(asked))
  #expect(try chosen(referral(fitting), configuration) == ["nla: asked"])
  let left = try referral(other)
  #expect(try chosen(left, configuration) == [])
  #expect(try ground(left, configuration) == told)
}

@Test func `a route chooses only where all that it asks holds`() throws {
  let both = try configuration(
    asking(#"forms = ["FORCED_LABOUR_SERVICES"]"#, #"persons = ["minor"]"#))
  #expect(try chosen(referral("01-kitchen-workers"), both) == [])
  #expect(try chosen(referral("13-reclassified"), both) == ["nla: asked"])
}

@Test func `one place must fit all that is asked of a place`() throws {
  let nepal = try configuration(asking(#"countries = ["NPL"]"#, #"regions = ["Zuid-Holland"]"#))
  #expect(try chosen(referral("01-kitchen-workers"), nepal) == [])
  let holland = try configuration(asking(#"countries = ["NLD"]"#, #"regions = ["Zuid-Holland"]"#))
  #expect(try chosen(referral("01-kitchen-workers"), holland) == ["nla: asked"])
}

@Test func `a route with unless gives way to the routes that it names, and to no others`() throws {
  let text = """
    [[route]]
    name = "labour"
    partners = ["nla"]
    forms = ["FORCED_LABOUR_SERVICES"]
    reason = "test"
    [[route]]
    name = "rest"
    partners = ["politie-avim", "emm"]
    unless = ["labour"]
    reason = "test"

    """
  let configuration = try configuration(text)
  #expect(try chosen(referral("01-kitchen-workers"), configuration) == ["nla: labour"])
  #expect(
    try chosen(referral("02-unknown-woman"), configuration) == ["emm: rest", "politie-avim: rest"])
  let line = try #require(
    route(try referral("01-kitchen-workers"), by: configuration, on: day()).lines
      .first { $0.partner.text == "emm" })
  #expect(line.passedOver.map(\.ground) == [.unless("labour")])
}

@Test func `a withdrawal is routed to nobody`() throws {
  let report = route(
    try referral("09-identity-mixup"), by: try configuration(asking()), on: try day())
  #expect(report.chosen.isEmpty)
  #expect(report.lines.flatMap(\.passedOver).map(\.ground) == [.withdrawal])
}

// MARK: Projects

private let kitchen = "01-kitchen-workers"

@Test(arguments: [
  ("2025-12-31", false), ("2026-01-01", true), ("2035-12-31", true), ("2036-01-01", false),
])
func `a project holds from its first day to its last`(_ today: String, _ holds: Bool) throws {
  let configuration = try ExampleRegister.configuration()
  let referral = try referral(kitchen)
  let choice = try chosen(referral, configuration, on: today)
  #expect(choice.contains("riec: project:haven-zuid-holland") == holds)
  let riec = try #require(PartnerCode("riec"))
  let terms = try #require(
    configuration.terms(of: riec, for: referral, on: try day(today), earlier: nil))
  #expect(terms.project?.name == (holds ? "haven-zuid-holland" : nil))
  let refused = refusals(
    referral, try situation("riec", policy: terms.policy, today: holds ? today : "2026-11-23"))
  #expect(refused.isEmpty == holds)
  #expect(refused.contains("kind-not-agreed /referral/header/kind") != holds)
}

@Test func `a project is about its own referrals only`() throws {
  let configuration = try ExampleRegister.configuration()
  let elsewhere = try referral(kitchen) {
    $0.with("/trafficking/events/1/place/region", "Groningen")
  }
  let riec = try #require(PartnerCode("riec"))
  let terms = configuration.terms(of: riec, for: elsewhere, on: try day(), earlier: nil)
  #expect(terms?.project == nil)
  #expect(try !chosen(elsewhere, configuration).contains { $0.hasPrefix("riec") })
}

@Test func `what a project gave is corrected by its policy after its end`() throws {
  let configuration = try ExampleRegister.configuration()
  let project = try #require(configuration.projects.first)
  let given = try #require(project.policies["riec"]).digest
  let riec = try #require(PartnerCode("riec"))
  let correction = try referral("08-foreman-is-victim")
  let after = project.to.adding(days: 1)
  #expect(
    configuration.terms(of: riec, for: correction, on: after, earlier: given)?.project != nil)
  #expect(
    configuration.terms(of: riec, for: correction, on: after, earlier: nil)?.project == nil)
  let update = try referral("12-unknown-woman-named")
  #expect(configuration.terms(of: riec, for: update, on: after, earlier: given)?.project == nil)
}

@Test func `a partner that got the case by its own policy is corrected by its own`() throws {
  let register = try ExampleRegister()
  try register.edit("projects.d/haven-zuid-holland.toml", "[\"riec\"]", "[\"riec\", \"nla\"]")
  let configuration = try register.load()
  let nla = try #require(PartnerCode("nla"))
  let own = try #require(configuration.policy(of: "nla")).digest
  let correction = try referral("08-foreman-is-victim")
  #expect(
    configuration.terms(of: nla, for: correction, on: try day(), earlier: own)?.project == nil)
  let fresh = try referral(kitchen)
  #expect(configuration.terms(of: nla, for: fresh, on: try day(), earlier: nil)?.project != nil)
}

@Test func `a project that is not routed only allows`() throws {
  let register = try ExampleRegister()
  try register.edit(
    "projects.d/haven-zuid-holland.toml", "version = 1", "version = 1\nrouted = false")
  let configuration = try register.load()
  let referral = try referral(kitchen)
  #expect(try !chosen(referral, configuration).contains { $0.hasPrefix("riec") })
  let riec = try #require(PartnerCode("riec"))
  #expect(
    configuration.terms(of: riec, for: referral, on: try day(), earlier: nil)?.project != nil)
}

// MARK: Explaining

@Test func `an explanation has a line for every partner and not a word of the content`() throws {
  let configuration = try ExampleRegister.configuration()
  for name in Examples.names where name != "09-identity-mixup" {
    let referral = try referral(name)
    let explanation = RouteExplanation(
      of: referral, named: nil, earlier: [:], in: configuration, on: try day())
    #expect(explanation.lines.count == configuration.partners.count)
    #expect(explanation.goesSomewhere, "\(name) goes nowhere")
    let text = String(
      decoding: explanation.lines.flatMap { JSONWriter.write(.object($0.line)) }, as: UTF8.self)
    for leaf in JSONValue.object(referral.content).leaves {
      guard let value = leaf.value.text, value.count > 8, value.contains(where: \.isUppercase)
      else { continue }
      #expect(!text.contains(value), "\(name): \(leaf.path) is told")
    }
  }
}

@Test func `named recipients are judged, and the routes only say what they would have chosen`()
  throws
{
  let explanation = RouteExplanation(
    of: try referral(kitchen), named: ["comensha", "politie-avim"], earlier: [:],
    in: try ExampleRegister.configuration(), on: try day())
  let lines = Dictionary(
    uniqueKeysWithValues: explanation.lines.map { ($0.routing.partner.text, $0.line) })
  #expect(lines["politie-avim"]?["goes"] == true)
  #expect(lines["politie-avim"]?["because"] == "named")
  #expect(lines["comensha"]?["goes"] == false)
  #expect(lines["comensha"]?["reasons"]?.elements?.first?["rule"] == "purpose-not-agreed")
  #expect(lines["nla"]?["goes"] == false)
  #expect(lines["nla"]?["because"] == "not-chosen")
  #expect(lines["nla"]?["routes"] == ["labour-exploitation"])
}

@Test func `every example without its recipients reaches an investigator or who decides`() throws {
  let configuration = try ExampleRegister.configuration()
  let investigators: Set = ["politie-avim", "kmar", "nla", "om"]
  for name in Examples.names where name != "09-identity-mixup" {
    let explanation = RouteExplanation(
      of: try referral(name), named: nil, earlier: [:], in: configuration, on: try day())
    let goes = explanation.lines.filter { if case .goes = $0.verdict { true } else { false } }
    #expect(!investigators.isDisjoint(with: goes.map(\.routing.partner.text)), "\(name)")
  }
}
