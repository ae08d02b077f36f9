/// The accepted referral: what every rule that needs no recipient has passed.
// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Platform

/// The members of `header` that decide the way.
package struct ReferralHeader: Sendable, Equatable {
  package let referralID: UniversalID
  package let revision: Int
  package let operation: Operation
  package let kind: ReferralKind
  package let priority: Priority
}

/// A referral as the case system handed it over, checked. Only `read` makes one.
package struct Referral: Sendable {
  package let header: ReferralHeader
  /// The whole `referral` member of the submission.
  package let content: JSONObject
  package let persons: [Person]
  /// Exercises stay out of operational systems (R22).
  package let exercise: Bool

  fileprivate init(
    header: ReferralHeader, content: JSONObject, persons: [Person], exercise: Bool
  ) {
    self.header = header
    self.content = content
    self.persons = persons
    self.exercise = exercise
  }

  /// Reads a `referral` object that satisfies schemas/submission and applies the rules that need
  /// nothing but the referral (docs/rules.md). Pointers in the reasons count from the submission.
  package static func read(
    _ value: JSONValue, exercise: Bool, reference: ReferenceData
  ) -> ReferralReading {
    guard let content = value.members, let header = ReferralHeader(content["header"]) else {
      return .refused([Reason(.schema, at: JSONPointer(tokens: ["referral", "header"]))])
    }
    let persons = (content["persons"]?.elements ?? []).enumerated().compactMap {
      Person($0.element, index: $0.offset)
    }
    let referral = Referral(
      header: header, content: content, persons: persons, exercise: exercise)
    let reasons = ReferralRules.all.flatMap { $0(referral, reference) }
    return reasons.isEmpty ? .referral(referral) : .refused(reasons)
  }

  /// A group of the model by its name, nil when absent.
  package func group(_ name: String) -> JSONValue? { content[name] }

  /// The day on which ages are counted: when the signal was found or, of a notice that names no
  /// such day, when its event, decision or action took place.
  package var referenceDay: CivilDate? {
    let dates = [
      content["case"]?["detection"]?["date"], content["residence"]?["date"],
      content["permitAction"]?["date"],
    ]
    return dates.lazy.compactMap { $0?.text.flatMap(DateRange.init(partial:))?.latest }.first
  }

  /// Flags that the header repeats from the groups, as far as they are about these persons.
  package func attention(among persons: [Person]) -> [Attention] {
    var flags: [Attention] = []
    if content["protection"]?["immediateDanger"]?.flag == true { flags.append(.immediateDanger) }
    if content["protection"]?["doNotAlert"]?.flag == true { flags.append(.doNotAlert) }
    if persons.contains(where: { $0.safeToContact == false }) { flags.append(.notSafeToContact) }
    if persons.contains(where: \.minorStatus.needsGuardian) { flags.append(.minor) }
    return flags
  }
}

package enum ReferralReading: Sendable {
  case referral(Referral)
  case refused([Reason])
}

extension ReferralHeader {
  fileprivate init?(_ value: JSONValue?) {
    guard let value, let id = value["referralId"]?.text.flatMap(UniversalID.init),
      let revision = value["revision"]?.integer, revision >= 1,
      let operation = value["operation"]?.text.flatMap(Operation.init),
      let kind = value["kind"]?.text.flatMap(ReferralKind.init),
      let priority = value["priority"]?.text.flatMap(Priority.init)
    else { return nil }
    self.init(
      referralID: id, revision: Int(revision), operation: operation, kind: kind,
      priority: priority)
  }
}
