/// routes.d and projects.d: their values, and each error by its place.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform
import Register
import Testing

extension Fixture {
  /// With code lists of two words, and this file of routes.
  fileprivate func routes(_ text: String) throws {
    try folder("schemas/codelists")
    try write(
      "schemas/codelists/forms.json", #"{"codes":[{"code":"FORCED_BEGGING"},{"code":"OTHER"}]}"#)
    try folder("routes.d")
    try write("routes.d/all.toml", text)
  }

  fileprivate func project(_ text: String, _ name: String = "harbour") throws {
    try folder("projects.d")
    try write("projects.d/\(name).toml", text)
  }
}

private let route = """
  [[route]]
  name = "begging"
  partners = ["police"]
  kinds = ["TRAFFICKING_SIGNAL"]
  forms = ["FORCED_BEGGING"]
  reason = "test"

  """

private let project = """
  project = "harbour"
  partners = ["police"]
  from = 2026-03-01
  to = 2026-09-30
  version = 1
  author = "A. Author"
  approver = "B. Approver"
  reason = "a joint project"
  kinds = ["SMUGGLING_SIGNAL"]
  purposes = ["investigation"]
  detail = "full"
  without_consent = "refuse"
  legal_basis = ["Wpg 15"]
  id_schemes = []
  [when]
  countries = ["NLD"]
  [[field]]
  pointer = "/header"
  action = "disclose"
  rule = "POL-01"
  reason = "test"

  """

@Test func `a configuration without routes and projects is whole`() throws {
  let configuration = try Fixture().load().get()
  #expect(configuration.routes.isEmpty && configuration.projects.isEmpty)
}

@Test func `loads routes and projects into values`() throws {
  let fixture = try Fixture()
  try fixture.routes(route)
  try fixture.project(project)
  let configuration = try fixture.load().get()
  let found = try #require(configuration.routes.first)
  #expect(found.name == "begging" && found.partners.map(\.text) == ["police"])
  #expect(found.conditions.words[.forms] == ["FORCED_BEGGING"])
  #expect(found.conditions.words[.persons] == nil)
  let joint = try #require(configuration.projects.first)
  #expect(joint.from.description == "2026-03-01" && joint.to.description == "2026-09-30")
  #expect(joint.conditions.words[.kinds] == ["SMUGGLING_SIGNAL"])
  #expect(joint.conditions.place?.countries == ["NLD"])
  #expect(joint.policies["police"]?.fields.count == 1 && joint.isRouted)
}

private let wrongRoutes: [(String, String, String)] = [
  ("FORCED_BEGGING", "FORCED_BEGGNIG", "bad-value routes.d/all.toml:5:10"),
  ("TRAFFICKING_SIGNAL", "TRAFFIC", "bad-value routes.d/all.toml:4:10"),
  ("\"police\"", "\"polite\"", "unknown-partner routes.d/all.toml:3:13"),
  ("name = \"begging\"", "name = \"Begging now\"", "bad-value routes.d/all.toml:2:8"),
  ("reason = \"test\"\n", "", "missing-key routes.d/all.toml:1:1"),
  ("kinds =", "kind =", "unknown-key routes.d/all.toml:4:8"),
  ("kinds = [\"TRAFFICKING_SIGNAL\"]", "persons = []", "bad-value routes.d/all.toml:4:11"),
  ("kinds = [\"TRAFFICKING_SIGNAL\"]", "countries = [\"NL\"]", "bad-value routes.d/all.toml:4:14"),
  (
    "kinds = [\"TRAFFICKING_SIGNAL\"]", "operations = [\"withdraw\"]",
    "bad-value routes.d/all.toml:4:15"
  ),
  ("kinds = [\"TRAFFICKING_SIGNAL\"]", "unless = [\"none\"]", "bad-value routes.d/all.toml:4:11"),
  (
    "kinds = [\"TRAFFICKING_SIGNAL\"]", "procedures = [\"asylum\"]",
    "unreadable routes.d/all.toml:4:14"
  ),
  ("partners = [\"police\"]", "partners = []", "bad-value routes.d/all.toml:3:12"),
]

@Test(arguments: wrongRoutes)
func `names what is wrong in a route by its place`(_ old: String, _ new: String, _ told: String)
  throws
{
  let fixture = try Fixture()
  try fixture.routes(route.replacingOccurrences(of: old, with: new))
  #expect(fixture.findings() == [told])
}

@Test func `refuses two routes of one name, and unless upon unless`() throws {
  let fixture = try Fixture()
  let chain = """
    [[route]]
    name = "a"
    partners = ["police"]
    reason = "test"
    unless = ["begging"]
    [[route]]
    name = "b"
    partners = ["police"]
    reason = "test"
    unless = ["a"]

    """
  try fixture.routes(route + chain)
  #expect(fixture.findings() == ["contradiction routes.d/all.toml:16:11"])
  try fixture.routes(route)
  try fixture.write("routes.d/more.toml", route)
  #expect(fixture.findings() == ["duplicate-code routes.d/more.toml:2:8"])
}

private let wrongProjects: [(String, String, String)] = [
  ("to = 2026-09-30", "to = 2026-02-28", "contradiction projects.d/harbour.toml:4:6"),
  ("project = \"harbour\"", "project = \"port\"", "name-mismatch projects.d/harbour.toml:1:11"),
  ("\"police\"", "\"polite\"", "unknown-partner projects.d/harbour.toml:2:13"),
  ("detail = \"full\"", "detail = \"most\"", "bad-value projects.d/harbour.toml:11:10"),
  ("approver = \"B. Approver\"\n", "", "missing-key projects.d/harbour.toml:1:1"),
  (
    "countries = [\"NLD\"]", "kinds = [\"SMUGGLING_SIGNAL\"]",
    "unknown-key projects.d/harbour.toml:16:9"
  ),
]

@Test(arguments: wrongProjects)
func `names what is wrong in a project by its place`(_ old: String, _ new: String, _ told: String)
  throws
{
  let fixture = try Fixture()
  try fixture.project(project.replacingOccurrences(of: old, with: new))
  #expect(fixture.findings() == [told])
}

@Test func `refuses two projects that give one partner two policies at one time`() throws {
  let fixture = try Fixture()
  try fixture.project(project)
  let other = project.replacingOccurrences(of: "\"harbour\"", with: "\"port\"")
  try fixture.project(other, "port")
  #expect(fixture.findings() == ["contradiction projects.d/port.toml:2:13"])
  try fixture.project(
    other.replacingOccurrences(of: "2026-03-01", with: "2026-10-01")
      .replacingOccurrences(of: "2026-09-30", with: "2026-12-31"), "port")
  #expect(fixture.findings() == [])
}
