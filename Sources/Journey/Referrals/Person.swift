/// One entry of `persons[]` as far as rules look at it.
// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Platform

package struct Person: Sendable {
  /// Its place in `persons[]`, from 0.
  package let index: Int
  package let ref: String
  package let category: DataSubjectCategory
  package let roles: Set<String>
  package let minorStatus: MinorStatus
  package let content: JSONObject

  init?(_ value: JSONValue, index: Int) {
    guard let content = value.members, let ref = content["ref"]?.text else { return nil }
    self.index = index
    self.ref = ref
    self.content = content
    category =
      content["dataSubjectCategory"]?.text.flatMap(DataSubjectCategory.init) ?? .otherParty
    roles = Set((content["roles"]?.elements ?? []).compactMap(\.text))
    minorStatus = content["minorStatus"]?.text.flatMap(MinorStatus.init) ?? .unknown
  }

  /// Nil when no contact is given.
  package var safeToContact: Bool? { content["contact"]?["safeToContact"]?.flag }

  /// Suspects, the convicted and whoever is listed as perpetrator (rule R14).
  package var isOffender: Bool { category.isOffender || roles.contains("perpetrator") }

  package var isVictim: Bool {
    !roles.isDisjoint(with: ["victim", "possible-victim"])
      || category == .victim || category == .possibleVictim
  }

  /// Whom a residence notice is about: a victim or a witness, not family of one.
  package var isPrincipal: Bool {
    !roles.isDisjoint(with: ["victim", "possible-victim", "witness", "reporting-witness"])
  }

  package func pointer(_ members: String...) -> JSONPointer {
    JSONPointer(tokens: ["referral", "persons", String(index)] + members)
  }

  /// Youngest and oldest age in years on a day, by birth date or estimate; nil when neither says.
  package func age(on day: CivilDate) -> ClosedRange<Int>? {
    if let estimate = content["ageEstimate"], let min = estimate["min"]?.integer,
      let max = estimate["max"]?.integer, min <= max
    {
      return Int(min)...Int(max)
    }
    guard let text = content["birth"]?["date"]?.text, let born = DateRange(partial: text) else {
      return nil
    }
    let youngest = years(from: born.latest, to: day)
    let oldest = years(from: born.earliest, to: day)
    return oldest < 0 ? nil : max(youngest, 0)...oldest
  }

  /// What the age rests on; a document or an age assessment settles it.
  package var ageIsSettled: Bool {
    ["document", "age-assessment"].contains(content["birth"]?["basis"]?.text ?? "")
  }
}

private func years(from born: CivilDate, to day: CivilDate) -> Int {
  let whole = day.year - born.year
  return (day.month, day.day) < (born.month, born.day) ? whole - 1 : whole
}
