/// Joint projects with one mistake each, and what lint says of them.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform
import PolicyReview
import Register
import TestSupport
import Testing

/// The example register with its project changed, and another project beside it.
private func findings(
  _ changes: [(old: String, new: String)] = [], beside other: String? = nil,
  on today: String = "2026-11-26"
) throws -> [PolicyFinding] {
  let (text, folder) = try read(changes, beside: other)
  _ = text
  let day = try #require(CivilDate(iso: today))
  return try folder.get().projects.flatMap {
    ProjectLint($0, in: try folder.get(), model: try BuiltIn.model(), on: day).findings()
  }
}

private func read(_ changes: [(old: String, new: String)], beside other: String? = nil) throws
  -> (text: String, folder: Result<PolicyFolder, ConfigurationErrors>)
{
  let place = try TemporaryFolder()
  for name in ["policies.d", "partners.d"] {
    try FileManager.default.createSymbolicLink(
      atPath: "\(place.path)/\(name)",
      withDestinationPath: "\(PackageFolder.path)/partners/\(name)")
  }
  try FileManager.default.createDirectory(
    atPath: place.path + "/projects.d", withIntermediateDirectories: true)
  var text = String(
    decoding: try PackageFolder.read("partners/projects.d/haven-zuid-holland.toml"),
    as: UTF8.self)
  for (old, new) in changes {
    try #require(text.contains(old), "'\(old)' does not stand in the project")
    text = text.replacing(old, with: new)
  }
  let file = place.path + "/projects.d/haven-zuid-holland.toml"
  try text.write(toFile: file, atomically: true, encoding: .utf8)
  try other?.write(
    toFile: place.path + "/projects.d/other.toml", atomically: true, encoding: .utf8)
  return (text, PolicyFolder.read(place.path, knownKinds: kinds))
}

private func place(of needle: String, in text: String) throws -> String {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  let line = try #require(lines.firstIndex { $0.hasPrefix(needle) })
  return "projects.d/haven-zuid-holland.toml:\(line + 1)"
}

@Test func `finds nothing in the example project, within its days`() throws {
  #expect(try findings().map(\.description) == [])
}

private let faults: [
  (old: String, new: String, code: PolicyFinding.Code, says: String, at: String)
] = [
  (
    "kinds = [\"TRAFFICKING_SIGNAL\"]", "kinds = [\"TRAFFICKING_SIGNAL\", \"SMUGGLING_SIGNAL\"]",
    .unreachable, "no partner of the project gets a SMUGGLING_SIGNAL: it never has 'forms'", "forms"
  ),
  ("kinds = [\"TRAFFICKING_SIGNAL\"]", "kinds = []", .unreachable, "no kind is agreed", "kinds"),
  (
    "purposes = [\"investigation\", \"victim-protection\"]", "purposes = []", .contradictory,
    "no purpose is agreed", "purposes"
  ),
  (
    "[when]", "[when]\npurposes = [\"prosecution\"]", .contradictory,
    "[when] asks for 'prosecution'", "purposes = [\"prosecution\"]"
  ),
  (
    "[when]", "[when]\nresidence_events = [\"reflection-started\"]", .unreachable,
    "it never has 'residence_events'", "residence_events"
  ),
  (
    "legal_basis = [\"NL-VW-107-4@2015\"]", "legal_basis = [\"NL-VW-107-5@2015\"]", .unknownWord,
    "no provision 'NL-VW-107-5' is known", "legal_basis"
  ),
  (
    "pointer = \"/handling/handlingText\"", "pointer = \"/handling/handlingTexts\"", .noSuchField,
    "/handling/handlingTexts", "pointer = \"/handling/handlingTexts\""
  ),
]

@Test(arguments: faults.indices)
private func `finds the fault of a project, and says where it stands`(_ index: Int) throws {
  let fault = faults[index]
  let changes = [(fault.old, fault.new)]
  let found = try findings(changes)
  let match = found.first { $0.code == fault.code && $0.problem.contains(fault.says) }
  #expect(match != nil, "\(found.map(\.description))")
  let expected = try place(of: fault.at, in: read(changes).text)
  #expect(match?.place.description.hasPrefix(expected + ":") == true, "\(expected)")
  #expect(match?.remedy.isEmpty == false)
}

@Test func `finds a partner that nobody knows, and two projects at once`() throws {
  let unknown = [(old: "partners = [\"riec\"]", new: "partners = [\"rieck\"]")]
  guard case .failure(let errors) = try read(unknown).folder else {
    Issue.record("it was read")
    return
  }
  #expect(errors.errors.map(\.description).contains { $0.contains("there is no partner 'rieck'") })
  #expect(errors.errors.allSatisfy { $0.place.line > 1 && $0.place.column > 1 })
}

@Test func `an ended project that is the only ground is named`() throws {
  let ended = [(old: "to = ", new: "to = 2026-03-31 # ")]
  let found = try findings(ended)
  let end = try #require(found.first { $0.problem.contains("nothing else gives 'riec'") })
  #expect(found.count == 1 && end.code == .unreachable)
  #expect(try end.place.description.hasPrefix(place(of: "to", in: read(ended).text) + ":"))
  #expect(try findings(ended, on: "2026-03-31").isEmpty, "its last day")
  // Another project opens the same.
  let (text, _) = try read([])
  let other = text.replacing("haven-zuid-holland", with: "other")
    .replacing("from = ", with: "from = 2026-04-01 # ")
  #expect(try findings(ended, beside: other).isEmpty)
}
