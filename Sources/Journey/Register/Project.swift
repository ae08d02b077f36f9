/// A joint project or initiative: what some partners get for a time, and by which policy.
// SPDX-License-Identifier: Apache-2.0
import Digest
package import Platform
import Referrals

/// A value of one file of projects.d. Between its two days its policy stands in place of the
/// partners' own for the referrals that it is about.
package struct Project: Sendable {
  /// The file's name.
  package let name: String
  package let partners: [PartnerCode]
  /// First and last day.
  package let from: CivilDate, to: CivilDate
  /// Its partners get what it is about without being named; else they only may.
  package let isRouted: Bool
  /// The kinds of its policy among them.
  package let conditions: RouteConditions
  /// By partner code; the same lines for each.
  package let policies: [String: Policy]
  private let places: [String: ConfigurationPlace]

  init(
    name: String, partners: [PartnerCode], from: CivilDate, to: CivilDate, isRouted: Bool,
    conditions: RouteConditions, policies: [String: Policy],
    places: [String: ConfigurationPlace]
  ) {
    self.name = name
    self.partners = partners
    self.from = from
    self.to = to
    self.isRouted = isRouted
    self.conditions = conditions
    self.policies = policies
    self.places = places
  }

  /// Of a key of its file, or of `[when]` as "when.KEY"; of the file's beginning otherwise.
  package func place(of key: String) -> ConfigurationPlace {
    let file = policies.values.first?.file ?? "projects.d/\(name).toml"
    return places[key] ?? ConfigurationPlace(file: file, line: 1, column: 1)
  }

  package func isInForce(on day: CivilDate) -> Bool { from <= day && day <= to }
  /// What chose a partner, as it is told: "project:NAME".
  package var label: String { "project:\(name)" }
}

enum ProjectFile {
  private static let keys =
    ["project", "partners", "from", "to", "routed", "when"] + PolicyFile.bodyKeys

  static func read(
    _ document: ConfigurationDocument, _ words: CodeWords, kinds: [String], _ findings: Findings
  ) -> ProjectDraft? {
    let root = Section(
      document.table, name: "", place: document.start, keys: keys, findings: findings)
    let name = root.systemName("project")
    if let name, name.value != document.stem {
      root.refuse(
        "project", name.place, "differs from the file's name",
        "name the file \(name.value).toml", code: .nameMismatch)
    }
    let partners = root.partnerCodes("partners")
    let from = root.day("from")
    let to = root.day("to")
    if let from, let to, to.value < from.value {
      root.refuse("to", to.place, "lies before 'from'", "write the last day", code: .contradiction)
    }
    let isRouted = root.flag("routed", default: true)
    let asked = RouteQuestion.allCases.filter { $0 != .kinds }
    let when = root.section(
      "when", keys: ConditionKeys.all.filter { $0 != RouteQuestion.kinds.rawValue },
      required: false)
    let conditions = when.map { ConditionKeys(words: words).read($0, asked) }
    let body = PolicyFile.body(
      root, knownKinds: kinds, validFrom: from, digest: SHA256Digest(of: document.octets))
    guard let name, let partners, let from, let to, let body else { return nil }
    let policies = partners.map { ($0.value.text, body($0.value)) }
    var asks = conditions?.words ?? [:]
    asks[.kinds] = policies.first?.1.kinds
    let project = Project(
      name: name.value, partners: partners.map(\.value), from: from.value, to: to.value,
      isRouted: isRouted, conditions: RouteConditions(words: asks, place: conditions?.place),
      policies: Dictionary(policies, uniquingKeysWith: { first, _ in first }),
      places: places(root, when))
    return ProjectDraft(project: name.with(project), partners: partners)
  }

  private static func places(_ root: Section, _ when: Section?) -> [String: ConfigurationPlace] {
    var places: [String: ConfigurationPlace] = [:]
    for key in keys where root.has(key) { places[key] = root.place(of: key) }
    for key in ConditionKeys.all where when?.has(key) == true {
      places["when.\(key)"] = when?.place(of: key)
    }
    return places
  }

  /// A partner has one policy at a time: of two projects that overlap, which would it be?
  static func compare(_ drafts: [ProjectDraft], partners: [String], _ findings: Findings) {
    for (index, draft) in drafts.enumerated() {
      draft.partners.refuseUnknown(among: partners, findings)
      for other in drafts[..<index] {
        let (one, two) = (draft.project.value, other.project.value)
        guard one.from <= two.to, two.from <= one.to,
          let kinds = one.conditions.words[.kinds],
          !kinds.isDisjoint(with: two.conditions.words[.kinds] ?? [])
        else { continue }
        for code in draft.partners where two.partners.contains(code.value) {
          findings.add(
            .contradiction, at: code.place,
            "'\(code.value)' is in '\(two.name)' for the same kind at the same time",
            "let one project end before the other begins, or make them one")
        }
      }
    }
  }
}

struct ProjectDraft {
  let project: Placed<Project>
  let partners: [Placed<PartnerCode>]
}
