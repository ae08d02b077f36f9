/// What the law says today, as data with a date: article numbers never stand in code.
// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Platform

package struct ReferenceData: Sendable, Equatable {
  /// How long a reflection period may last, one line of schemas/codelists/reflection-limits.json.
  package struct ReflectionLimit: Sendable, Equatable {
    package let dublin: Bool
    /// Only for periods that began after this day; nil for all.
    package let startedAfter: CivilDate?
    package let months: Int
    package let days: Int

    /// The last day that a period with this first day may have.
    package func lastDay(from start: CivilDate) -> CivilDate {
      start.adding(months: months).adding(days: days)
    }
  }

  /// Every code of schemas/codelists/provisions.json.
  package let provisions: Set<String>
  /// Provisions that oblige to pass asylum information on (rule R12).
  package let legalDuties: Set<String>
  /// Rule R09.
  package let reflectionLimits: [ReflectionLimit]
  /// Kinds of evidence that a ground of residence needs, by its code (rule R10).
  package let evidenceNeeded: [String: [String]]

  /// - Parameter codeLists: of schemas/codelists, by name.
  package init(codeLists: [String: JSONValue]) {
    func codes(_ list: String) -> [JSONValue] { codeLists[list]?["codes"]?.elements ?? [] }
    let provisions = codes("provisions")
    self.provisions = Set(provisions.compactMap { $0["code"]?.text })
    legalDuties = Set(
      provisions.filter { $0["effect"]?.text == "duty" }.compactMap { $0["code"]?.text })
    reflectionLimits = codes("reflection-limits").map { line in
      ReflectionLimit(
        dublin: line["code"]?.text == "dublin",
        startedAfter: line["startedAfter"]?.text.flatMap(CivilDate.init(iso:)),
        months: Int(line["months"]?.integer ?? 0), days: Int(line["days"]?.integer ?? 0))
    }
    var evidenceNeeded: [String: [String]] = [:]
    for ground in codes("residence-grounds") {
      guard let code = ground["code"]?.text, let kinds = ground["evidenceNeeded"]?.elements else {
        continue
      }
      evidenceNeeded[code] = kinds.compactMap(\.text)
    }
    self.evidenceNeeded = evidenceNeeded
  }

  /// The limits that hold for a period.
  package func reflectionLimits(dublin: Bool, from start: CivilDate) -> [ReflectionLimit] {
    reflectionLimits.filter { limit in
      (dublin || !limit.dublin) && (limit.startedAfter.map { start > $0 } ?? true)
    }
  }
}
