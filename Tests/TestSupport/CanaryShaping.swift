/// Makes of a grown value a referral that the rules accept: who is who, which day follows which.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals

struct CanaryShaping {
  let kind: ReferralKind
  let operation: Referrals.Operation
  let wishes: CanaryReferral.Wishes
  var texts: CanaryTexts

  private static let excluded: [ReferralKind: [String]] = [
    .traffickingSignal: ["smuggling", "residence", "permitAction"],
    .smugglingSignal: ["trafficking", "residence", "permitAction"],
    .residenceNotice: ["assessment", "smuggling", "permitAction"],
    .permitNotice: ["smuggling"],
  ]

  mutating func shaped(_ grown: JSONValue) -> JSONValue {
    var referral = grown.without("/header/attention")
      .with("/header/revision", operation == .create ? 1 : 2)
      .with("/header/operation", .string(operation.rawValue))
      .with("/header/kind", .string(kind.rawValue))
      .with("/header/priority", "urgent")
      .with("/handling/classification", "unmarked")
      .with("/handling/handlingCodes", texts.chance(2) == 0 ? ["H0"] : ["H0", "H2"])
      .with("/handling/purpose", .string(wishes.purpose))
      .with("/handling/asylumInformation", false).without("/handling/retention/reviewOn")
      .with("/protection/immediateDanger", false)
    if let id = wishes.referralID { referral = referral.with("/header/referralId", .string(id)) }
    if operation == .withdraw { return withdrawal(referral) }
    for group in CanaryShaping.excluded[kind] ?? [] { referral = referral.without("/\(group)") }
    referral = persons(of: referral)
    referral = facts(of: referral)
    return references(in: change(of: referral))
  }

  private func withdrawal(_ referral: JSONValue) -> JSONValue {
    var object = JSONObject()
    for name in ["header", "handling", "change"] { object[name] = referral[name] }
    return JSONValue.object(object).without("/header/decisionDueAt")
      .without("/handling/proportionality").without("/handling/handlingText")
      .without("/handling/relayPermission").without("/change/affectedFields")
      .without("/change/answers").with("/change/type", "withdrawal")
      .with("/handling/handlingCodes", ["H0"])
  }

  private func change(of referral: JSONValue) -> JSONValue {
    switch operation {
    case .create, .withdraw: referral.without("/change")
    case .update: referral.with("/change/type", "addition")
    case .correct: referral.with("/change/type", "correction")
    }
  }

  /// An adult victim, a child, a suspect.
  private mutating func persons(of grown: JSONValue) -> JSONValue {
    var referral = grown
    let childIsPrincipal = kind == .residenceNotice && texts.chance(2) == 0
    let parts: [(category: String, role: String, status: String, years: ClosedRange<Int>)] = [
      childIsPrincipal
        ? ("other-party", "family-member", "adult", 1_971...1_989)
        : ("victim", "victim", "adult", 1_971...1_989),
      kind == .residenceNotice && !childIsPrincipal
        ? ("other-party", "family-member", "minor", 2_011...2_012)
        : ("possible-victim", "possible-victim", "minor", 2_011...2_012),
      ("suspect", "perpetrator", "adult", 1_951...1_969),
    ]
    for (index, part) in parts.enumerated() {
      let at = "/persons/\(index)"
      let age: Int64 = part.status == "minor" ? 13 : 40
      referral = referral.with("\(at)/dataSubjectCategory", .string(part.category))
        .with("\(at)/roles", [.string(part.role)]).with("\(at)/minorStatus", .string(part.status))
        .with("\(at)/nameKnown", true).with("\(at)/birth/basis", "document")
        .with("\(at)/birth/date", .string(texts.day(part.years)))
        .with("\(at)/ageEstimate/min", .number(JSONNumber(age)))
        .with("\(at)/ageEstimate/max", .number(JSONNumber(age + 1)))
      if kind == .smugglingSignal { referral = referral.without("\(at)/victim/ageWhenTrafficked") }
      if index < 2 {
        let given = wishes.consent ?? (texts.chance(2) == 0)
        referral = referral.with("/consents/\(index)/scope", .string(wishes.scope))
          .with("/consents/\(index)/given", given ? "yes" : "no")
          .with("/consents/\(index)/givenBy", part.status == "minor" ? "guardian" : "person")
      } else {
        referral = referral.with("/consents/\(index)/given", "not-asked")
      }
    }
    return referral
  }

  private mutating func facts(of grown: JSONValue) -> JSONValue {
    let alert = texts.chance(2) == 0
    var referral = (grown["attachments"]?.elements ?? []).indices.reduce(grown) { changed, index in
      changed.with("/attachments/\(index)/classification", "unmarked")
    }
    referral = referral.with("/protection/doNotAlert", .bool(!alert))
      .with("/case/detection/date", .string(texts.day(2_024...2_025)))
    if grown["assessment"] != nil { referral = referral.with("/assessment/level", "indication") }
    if grown["trafficking"] != nil {
      referral = referral.with("/trafficking/events/0/type", "Exploitation")
        .with("/trafficking/events/1/type", "Recruitment")
    }
    if grown["smuggling"] != nil { referral = referral.with("/smuggling/acts", ["entry"]) }
    if grown["residence"] != nil {
      var (start, end) = ("", "")
      repeat {
        start = texts.day(2_026...2_027)
        end = start.prefix(8) + "28"
      } while start == end || !texts.claim(end)
      referral = referral.with("/residence/event", "permit-granted")
        .with("/residence/decision/type", "granted")
        .with("/residence/ground/code", "VB-3.48-1-a")
        .with("/residence/reflectionPeriod/dublin", false)
        .with("/residence/reflectionPeriod/start", .string(start))
        .with("/residence/reflectionPeriod/end", .string(end))
    }
    if grown["permitAction"] != nil {
      referral = referral.with("/permitAction/permitType", "regular-work")
        .with("/permitAction/action", "permit-revoked")
        .with("/permitAction/administrativeFine/imposed", false)
        .with("/permitAction/administrativeFine/sameConduct", false)
        .with("/permitAction/sponsorInformed", .bool(alert && texts.chance(2) == 0))
    }
    return referral
  }

  private static let toPersons: Set<String> = [
    "personRef", "givenByRef", "aboutPersons", "threatAgainst", "personRefs",
  ]

  /// References that lead somewhere; one of three persons, or two of them in a list.
  private mutating func references(in referral: JSONValue) -> JSONValue {
    func ids(_ list: JSONValue?, _ member: String) -> [String] {
      (list?.elements ?? []).compactMap { $0[member]?.text }
    }
    let persons = ids(referral["persons"], "ref")
    let organisations = ids(referral["organisations"], "ref")
    let statements = ids(referral["case"]?["statements"], "id")
    var changed = referral
    for (index, person) in persons.enumerated() {
      changed = changed.with("/consents/\(index)/personRef", .string(person))
        .with("/consents/\(index)/givenByRef", .string(persons[index < 2 ? index : 0]))
    }
    for leaf in changed.leaves {
      let names = leaf.path.filter { Int($0) == nil && $0 != "-" }
      guard let name = names.last, leaf.path.first != "consents" else { continue }
      let pool =
        CanaryShaping.toPersons.contains(name)
        ? persons
        : name == "organisationRef" ? organisations : name == "statementRefs" ? statements : []
      guard !pool.isEmpty else { continue }
      // Lists name each once: the element's own index picks.
      let index = leaf.path.last.flatMap(Int.init) ?? texts.chance(pool.count)
      changed = changed.with(
        JSONPointer(tokens: leaf.path).description, .string(pool[index % pool.count]))
    }
    // One statement about the suspect alone.
    if persons.count > 2, changed["case"]?["statements"] != nil {
      changed = changed.with("/case/statements/2/aboutPersons", [.string(persons[2])])
    }
    return changed
  }
}
