/// Who gets a referral that names nobody: routes, each with the questions that it asks.
// SPDX-License-Identifier: Apache-2.0

/// What a route asks of a referral; the raw value is the key in the file. Each is answered by the
/// codes of one place (docs/routing.md).
package enum RouteQuestion: String, Sendable, CaseIterable, Hashable {
  case kinds, operations, purposes, forms, persons, procedures
  case residenceEvents = "residence_events"
  /// How a case crosses the border, and to which countries.
  case channels
  case channelCountries = "channel_countries"
}

/// Sorts of persons that a route may ask for.
package enum PersonSort: String, Sendable, CaseIterable, Hashable {
  /// A child or presumed child.
  case minor
  case victim
  /// Also the convicted, and whoever is listed as perpetrator.
  case suspect
  case witness
  case smuggled
}

/// One place of the referral must fit all that is given here.
package struct PlaceCondition: Sendable, Equatable {
  /// ISO 3166-1 alpha-3; empty: any.
  package let countries: Set<String>
  /// In lower case; empty: any.
  package let regions: Set<String>, localities: Set<String>
  /// Of the events of trafficking only these types; empty: every place of the referral.
  package let events: Set<String>
}

/// All must hold; of each list one word is enough.
package struct RouteConditions: Sendable, Equatable {
  package let words: [RouteQuestion: Set<String>]
  package let place: PlaceCondition?
}

package struct Route: Sendable {
  /// Once in all files.
  package let name: String
  package let partners: [PartnerCode]
  package let conditions: RouteConditions
  /// Names of routes; where one of them chose somebody, this one does not. None of them has such a
  /// list itself.
  package let unless: [String]
  package let reason: String
}
