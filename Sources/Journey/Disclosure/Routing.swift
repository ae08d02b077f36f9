/// Which partners the routes choose for a referral, and of every other why not.
// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Platform
package import Referrals
package import Register

/// One line for each partner of the register, by code.
package struct RoutingReport: Sendable {
  package struct Line: Sendable {
    package let partner: PartnerCode
    /// Names of routes, "project:NAME" for a project; empty: not chosen.
    package let chosenBy: [String]
    /// Every route and project that names the partner and did not choose it.
    package let passedOver: [PassedOver]
  }

  package struct PassedOver: Sendable {
    package let route: String
    package let ground: Ground
  }

  /// The first thing that was asked in vain.
  package enum Ground: Sendable, Equatable {
    case question(RouteQuestion)
    case place(PlaceCondition)
    /// This route chose somebody.
    case unless(String)
    /// The project's days are others.
    case days
    /// A withdrawal goes to whoever has the referral.
    case withdrawal

    package var code: String {
      switch self {
      case .question(let question): question.rawValue
      case .place: "place"
      case .unless: "unless"
      case .days: "days"
      case .withdrawal: "withdrawal"
      }
    }

    /// Where in the submission the answer stands.
    package var pointer: JSONPointer {
      let tokens =
        switch self {
        case .question(let question): question.place
        case .place(let place): place.events.isEmpty ? [] : ["trafficking", "events"]
        case .withdrawal: RouteQuestion.operations.place
        case .unless, .days: [String]()
        }
      return JSONPointer(tokens: ["referral"] + tokens)
    }
  }

  package let lines: [Line]

  /// Codes of the chosen, with what chose them.
  package var chosen: [String: [String]] {
    Dictionary(
      lines.filter { !$0.chosenBy.isEmpty }.map { ($0.partner.text, $0.chosenBy) },
      uniquingKeysWith: { first, _ in first })
  }
}

/// Asks every route and every project that is in force on `day`.
package func route(_ referral: Referral, by configuration: Configuration, on day: CivilDate)
  -> RoutingReport
{
  var grounds: [String: RoutingReport.Ground] = [:]
  for route in configuration.routes where route.unless.isEmpty {
    grounds[route.name] = route.conditions.unmet(by: referral)
  }
  let plain = Set(configuration.routes.lazy.filter { $0.unless.isEmpty }.map(\.name))
  for route in configuration.routes where !route.unless.isEmpty {
    let other = route.unless.first { plain.contains($0) && grounds[$0] == nil }
    grounds[route.name] = other.map { .unless($0) } ?? route.conditions.unmet(by: referral)
  }
  var asked = configuration.routes.map {
    (name: $0.name, partners: $0.partners, ground: grounds[$0.name])
  }
  for project in configuration.projects where project.isRouted {
    let ground = project.isInForce(on: day) ? project.conditions.unmet(by: referral) : .days
    asked.append((name: project.label, partners: project.partners, ground: ground))
  }
  let isWithdrawal = referral.header.operation == .withdraw
  return RoutingReport(
    lines: configuration.partners.map { partner in
      let own = asked.filter { $0.partners.contains(partner.code) }
      return RoutingReport.Line(
        partner: partner.code,
        chosenBy: isWithdrawal ? [] : own.filter { $0.ground == nil }.map(\.name),
        passedOver: own.compactMap { one in
          (isWithdrawal ? .withdrawal : one.ground)
            .map { RoutingReport.PassedOver(route: one.name, ground: $0) }
        })
    })
}

extension RouteConditions {
  /// Nil when all hold.
  func unmet(by referral: Referral) -> RoutingReport.Ground? {
    for question in RouteQuestion.allCases {
      guard let asked = words[question] else { continue }
      if asked.isDisjoint(with: question.answers(in: referral)) { return .question(question) }
    }
    guard let place else { return nil }
    return place.fits(referral) ? nil : .place(place)
  }
}

extension RouteQuestion {
  /// Tokens below the member `referral`.
  package var place: [String] {
    switch self {
    case .kinds: ["header", "kind"]
    case .operations: ["header", "operation"]
    case .purposes: ["handling", "purpose"]
    case .forms: ["trafficking", "forms"]
    case .persons: ["persons"]
    case .procedures: ["case", "detection", "procedure"]
    case .residenceEvents: ["residence", "event"]
    case .channels: ["crossBorder", "channel"]
    case .channelCountries: ["crossBorder", "countries"]
    }
  }

  /// The codes that a referral holds there.
  fileprivate func answers(in referral: Referral) -> Set<String> {
    if self == .persons {
      return Set(referral.persons.flatMap(PersonSort.of).map(\.rawValue))
    }
    var value = referral.group(place[0])
    for token in place.dropFirst() { value = value?[token] }
    let codes = (value?.elements ?? value.map { [$0] } ?? []).map { $0["code"] ?? $0 }
    return Set(codes.compactMap(\.text))
  }
}

extension PersonSort {
  static func of(_ person: Person) -> [PersonSort] {
    allCases.filter { sort in
      switch sort {
      case .minor: person.minorStatus.needsGuardian
      case .victim: person.isVictim
      case .suspect: person.isOffender
      case .witness: !person.roles.isDisjoint(with: ["witness", "reporting-witness"])
      case .smuggled: person.roles.contains("smuggled-person")
      }
    }
  }
}

extension PlaceCondition {
  fileprivate func fits(_ referral: Referral) -> Bool {
    let events = (referral.group("trafficking")?["events"]?.elements ?? []).filter {
      self.events.isEmpty || self.events.contains($0["type"]?.text ?? "")
    }
    var places = events.compactMap { $0["place"] }
    if self.events.isEmpty {
      places += (referral.group("smuggling")?["route"]?.elements ?? []).compactMap { $0["place"] }
      let found = referral.group("case")?["detection"]?["locationCountry"]
      places += found.map { [["country": $0]] } ?? []
    }
    return places.contains { place in
      isAsked(countries, place["country"]?.text)
        && isAsked(regions, place["region"]?.text?.lowercased())
        && isAsked(localities, place["locality"]?.text?.lowercased())
    }
  }

  private func isAsked(_ names: Set<String>, _ name: String?) -> Bool {
    names.isEmpty || name.map(names.contains) ?? false
  }
}
