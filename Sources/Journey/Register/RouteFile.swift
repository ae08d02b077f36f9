/// routes.d/*.toml to routes.
// SPDX-License-Identifier: Apache-2.0
import Platform
import Referrals

/// Reads the conditions that routes and projects share.
struct ConditionKeys {
  let words: CodeWords

  static let place = ["countries", "regions", "localities", "place_events"]
  static let all = RouteQuestion.allCases.map(\.rawValue) + place

  /// - Parameter questions: those that this table may ask.
  func read(_ section: Section, _ questions: [RouteQuestion]) -> RouteConditions {
    var asked: [RouteQuestion: Set<String>] = [:]
    for question in questions {
      guard let found = read(section, question) else { continue }
      asked[question] = found
    }
    return RouteConditions(words: asked, place: place(section))
  }

  private func read(_ section: Section, _ question: RouteQuestion) -> Set<String>? {
    let key = question.rawValue
    guard let texts = list(section, key) else { return nil }
    switch question {
    case .channelCountries: countries(section, key, texts)
    case .kinds, .operations, .purposes, .forms, .persons, .procedures, .residenceEvents,
      .channels:
      if let known = words.known(question, section, key) {
        for text in texts where !known.contains(text.value) {
          section.refuseWord(key, text, known: known)
        }
      }
    }
    return Set(texts.map(\.value))
  }

  private func place(_ section: Section) -> PlaceCondition? {
    guard ConditionKeys.place.contains(where: section.has) else { return nil }
    let countries = list(section, "countries") ?? []
    self.countries(section, "countries", countries)
    let events = list(section, "place_events") ?? []
    if let known = words.codes("event-types", section, "place_events") {
      for text in events where !known.contains(text.value) {
        section.refuseWord("place_events", text, known: known)
      }
    }
    func names(_ key: String) -> Set<String> {
      Set((list(section, key) ?? []).map { $0.value.lowercased() })
    }
    return PlaceCondition(
      countries: Set(countries.map(\.value)), regions: names("regions"),
      localities: names("localities"), events: Set(events.map(\.value)))
  }

  /// An empty list would choose nobody without saying so.
  private func list(_ section: Section, _ key: String) -> [Placed<String>]? {
    guard let texts = section.texts(key, required: false) else { return nil }
    if texts.value.isEmpty {
      section.refuse(key, texts.place, "is empty", "name at least one, or leave it out for any")
    }
    return texts.value
  }

  private func countries(_ section: Section, _ key: String, _ texts: [Placed<String>]) {
    for text in texts {
      let octets = Array(text.value.utf8)
      if octets.count != 3 || !octets.allSatisfy({ (0x41...0x5A).contains($0) }) {
        section.refuse(
          key, text.place, "is not a country code", "write three letters of ISO 3166, \"NLD\"")
      }
    }
  }
}

enum RouteFile {
  private static let keys = ["name", "partners", "unless", "reason"] + ConditionKeys.all

  static func read(_ document: ConfigurationDocument, _ words: CodeWords, _ findings: Findings)
    -> [RouteDraft]
  {
    let root = Section(
      document.table, name: "", place: document.start, keys: ["route"], findings: findings)
    return root.sections("route", keys: keys, required: true).compactMap { section in
      let name = section.systemName("name")
      let partners = section.partnerCodes("partners")
      let unless = section.texts("unless", required: false)?.value ?? []
      let reason = section.text("reason")
      let conditions = ConditionKeys(words: words).read(section, RouteQuestion.allCases)
      guard let name, let partners, let reason else { return nil }
      let route = Route(
        name: name.value, partners: partners.map(\.value), conditions: conditions,
        unless: unless.map(\.value), reason: reason.value)
      return RouteDraft(route: name.with(route), partners: partners, unless: unless)
    }
  }

  /// What only shows when all files are seen together.
  static func compare(_ drafts: [RouteDraft], partners: [String], _ findings: Findings) {
    var seen: [String: RouteDraft] = [:]
    for draft in drafts {
      let name = draft.route.value.name
      if let other = seen.updateValue(draft, forKey: name) {
        findings.add(
          .duplicateCode, at: draft.route.place, "the route '\(name)' is named twice",
          "it stands in \(other.route.place.file) too; give each route its own name")
      }
      draft.partners.refuseUnknown(among: partners, findings)
    }
    for text in drafts.flatMap(\.unless) {
      guard let other = seen[text.value] else {
        let near = Spelling.nearest(to: text.value, among: seen.keys.sorted())
        findings.add(
          .badValue, at: text.place, "there is no route '\(printable(text.value))'",
          near.map { "did you mean '\($0)'?" } ?? "name a route of any file in routes.d")
        continue
      }
      if !other.unless.isEmpty {
        findings.add(
          .contradiction, at: text.place, "'\(text.value)' has a list 'unless' itself",
          "name only routes without one, so that the order of routes never matters")
      }
    }
  }
}

struct RouteDraft {
  let route: Placed<Route>
  let partners: [Placed<PartnerCode>]
  let unless: [Placed<String>]
}

extension [Placed<PartnerCode>] {
  /// A finding for each that is not in the register.
  func refuseUnknown(among known: [String], _ findings: Findings) {
    for code in self where !known.contains(code.value.text) {
      let near = Spelling.nearest(to: code.value.text, among: known)
      findings.add(
        .unknownPartner, at: code.place, "there is no partner '\(code.value)'",
        near.map { "did you mean '\($0)'?" } ?? "add partners.d/\(code.value).toml")
    }
  }
}

extension Section {
  /// 1 to 40 of a-z, 0-9 and "-".
  func systemName(_ key: String) -> Placed<String>? {
    guard let text = text(key) else { return nil }
    guard isSystemName(text.value) else {
      refuse(key, text.place, "is not a name", "write at most 40 of a-z, 0-9 and '-'")
      return nil
    }
    return text
  }

  /// One partner code at least.
  func partnerCodes(_ key: String) -> [Placed<PartnerCode>]? {
    guard let texts = texts(key) else { return nil }
    if texts.value.isEmpty { refuse(key, texts.place, "is empty", "name at least one partner") }
    return texts.value.compactMap { text in
      if let code = PartnerCode(text.value) { return text.with(code) }
      refuse(
        key, text.place, "is not a partner code",
        "write at most 40 of a-z, 0-9 and '-', a letter first")
      return nil
    }
  }
}
