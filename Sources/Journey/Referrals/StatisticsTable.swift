/// The tables of a statistics batch: what is counted, and by which codes.
// SPDX-License-Identifier: Apache-2.0

/// One-way tables only: two properties of a person together would be a smaller group.
package enum StatisticsTable: String, Sendable, CaseIterable {
  case referralsByKind = "referrals-by-kind"
  case personsByForm = "persons-by-form"
  case personsByGender = "persons-by-gender"
  case personsByAgeBand = "persons-by-age-band"
  case personsByRegion = "persons-by-region"

  package enum Unit: String, Sendable { case referral, person }

  package var unit: Unit {
    switch self {
    case .referralsByKind: .referral
    case .personsByForm, .personsByGender, .personsByAgeBand, .personsByRegion: .person
    }
  }

  /// A person may stand in several cells of such a table or in none, so its cells add up to
  /// nothing.
  package var cellsOverlap: Bool {
    switch self {
    case .referralsByKind, .personsByGender, .personsByAgeBand: false
    case .personsByForm, .personsByRegion: true
    }
  }

  /// The cells in their order, always all of them. Where cells do not overlap the last one takes
  /// whoever fits no other. Where they overlap there is no such cell: with it the cells would add
  /// up to the whole at least, and what is held back could be narrowed down.
  package var codes: [String] {
    switch self {
    case .referralsByKind: ReferralKind.allCases.map(\.rawValue)
    case .personsByForm: StatisticsTable.forms
    case .personsByGender: StatisticsTable.genders
    case .personsByAgeBand: AgeBand.allCases.map(\.rawValue) + ["unknown"]
    case .personsByRegion: WorldRegion.codes
    }
  }

  /// schemas/codelists/genders.json.
  private static let genders = [
    "Feminine", "Masculine", "TransgenderFeminine", "TransgenderMasculine", "NonConforming",
    "NonSpecifiedUnknown",
  ]
  /// schemas/codelists/forms.json without UNKNOWN.
  private static let forms = [
    "SEXUAL_PROSTITUTION", "SEXUAL_OTHER", "FORCED_LABOUR_SERVICES", "CHILD_LABOUR",
    "FORCED_BEGGING", "SLAVERY_OR_SIMILAR", "SERVITUDE", "DOMESTIC_SERVITUDE",
    "CRIMINAL_ACTIVITIES", "ORGAN_REMOVAL", "FORCED_MARRIAGE", "ILLEGAL_ADOPTION",
    "SURROGACY_EXPLOITATION", "FORCED_MILITARY_NON_STATE", "OTHER",
  ]
}
