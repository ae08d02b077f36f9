/// Reads a joint project as a careful colleague would: its lines, and whether it can open anything.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
package import Platform
import Referrals
package import Register

package struct ProjectLint {
  private let project: Project
  private let folder: PolicyFolder
  private let model: ReferralModel
  private let today: CivilDate

  /// - Parameter folder: the policies and partners around it.
  package init(
    _ project: Project, in folder: PolicyFolder, model: ReferralModel, on today: CivilDate
  ) {
    self.project = project
    self.folder = folder
    self.model = model
    self.today = today
  }

  /// In the order of the file; empty for a project in which nothing is wrong.
  package func findings() -> [PolicyFinding] {
    var all = openings() + purposes() + end()
    // The lines are the same for each partner; what they can reach depends on who it is.
    for code in project.partners {
      guard let policy = project.policies[code.text] else { continue }
      let found = PolicyLint(policy, for: folder.addressees[code.text], model: model).findings()
      all += found.filter { one in !all.contains { $0.description == one.description } }
    }
    return all.sorted { $0.place < $1.place }
  }

  private var kinds: [ReferralKind] {
    ReferralKind.allCases.filter {
      project.conditions.words[.kinds]?.contains($0.rawValue) == true
    }
  }

  private func finding(
    _ code: PolicyFinding.Code, _ key: String, _ problem: String, _ remedy: String
  ) -> PolicyFinding {
    PolicyFinding(code: code, place: project.place(of: key), problem: problem, remedy: remedy)
  }

  /// Kinds that no partner of the project can get by it, and questions that decide nothing.
  private func openings() -> [PolicyFinding] {
    guard !kinds.isEmpty else {
      return [
        finding(
          .unreachable, "kinds", "the project opens nothing: no kind is agreed",
          "name the kinds that it is about, or remove the file")
      ]
    }
    return kinds.compactMap { kind in
      guard let asked = asked.first(where: { !$0.groups.contains { has($0, kind) } })
      else { return nil }
      return finding(
        .unreachable, "when.\(asked.key)",
        "no partner of the project gets a \(kind.rawValue): it never has '\(asked.key)'",
        "leave the kind out of 'kinds', or the question out of [when]")
    }
  }

  private func has(_ group: String, _ kind: ReferralKind) -> Bool {
    model.has(group, in: [kind.rawValue])
  }

  /// What `[when]` asks, and the groups of which one must be there for an answer.
  private var asked: [(key: String, groups: [String])] {
    let questions = RouteQuestion.allCases.filter { $0 != .kinds && $0 != .operations }
      .filter { project.conditions.words[$0] != nil }
      .map { (key: $0.rawValue, groups: [$0.place[0]]) }
    guard let place = project.conditions.place else { return questions }
    let events = (key: "place_events", groups: ["trafficking"])
    // The country of detection answers too, but for regions and localities.
    let isFine = !place.regions.isEmpty || !place.localities.isEmpty
    let key = place.regions.isEmpty ? "localities" : "regions"
    return questions + (place.events.isEmpty ? [] : [events])
      + (isFine ? [(key: key, groups: ["trafficking", "smuggling"])] : [])
  }

  /// `[when]` chooses by purposes that the lines then refuse.
  private func purposes() -> [PolicyFinding] {
    guard let policy = project.policies.values.first else { return [] }
    var all: [PolicyFinding] = []
    if policy.purposes.isEmpty {
      all.append(
        finding(
          .contradictory, "purposes", "the project opens nothing: no purpose is agreed",
          "name the purposes that it is for"))
    }
    for asked in (project.conditions.words[.purposes] ?? []).subtracting(policy.purposes).sorted() {
      all.append(
        finding(
          .contradictory, "when.purposes", "[when] asks for '\(asked)', and it is not agreed",
          "add it to 'purposes', or leave it out of [when]"))
    }
    return all
  }

  /// Of an ended project: who gets none of its kinds in another way. What went before is still
  /// corrected and withdrawn by it, so the file stays until that is over.
  private func end() -> [PolicyFinding] {
    guard project.to < today else { return [] }
    let left = project.partners.filter { code in
      let own = folder.policies[code.text]?.deciding(on: today).kinds ?? []
      let others = folder.projects.filter {
        $0.name != project.name && $0.isInForce(on: today) && $0.partners.contains(code)
      }
      let open = own.union(others.flatMap { $0.conditions.words[.kinds] ?? [] })
      return kinds.allSatisfy { !open.contains($0.rawValue) }
    }
    return left.map { code in
      finding(
        .unreachable, "to",
        "the project ended on \(project.to), and nothing else gives '\(code)' any of its kinds",
        "agree on a later day with a new version, or remove the file once nothing that went by it "
          + "can still be corrected")
    }
  }
}
