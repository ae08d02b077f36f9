/// Coarser forms of a field: month for day, country for address, age band for birth date.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform
import Referrals
import Register

enum Generalisation {
  case month, year, country, ageBand, fiveYearBand, region

  init?(_ action: FieldAction) {
    switch action {
    case .disclose, .remove: return nil
    case .month: self = .month
    case .year: self = .year
    case .country: self = .country
    case .ageBand: self = .ageBand
    case .fiveYearBand: self = .fiveYearBand
    case .region: self = .region
    }
  }

  /// Nil where nothing coarse enough can be said.
  func apply(to value: JSONValue, path: [String], persons: [Person], day: CivilDate?)
    -> (name: String?, value: JSONValue)?
  {
    switch self {
    case .month: return cut(value, to: 7)
    case .year: return cut(value, to: 4)
    case .country:
      if case .object = value { return value["country"].map { (nil, ["country": $0]) } }
      // Any other text may be an address.
      return isCountryCode(value) ? (nil, value) : nil
    case .ageBand:
      return age(at: path, persons, day).flatMap(AgeBand.init)
        .map { ("ageBand", .string($0.rawValue)) }
    case .fiveYearBand:
      guard let age = age(at: path, persons, day), age.lowerBound / 5 == age.upperBound / 5,
        age.upperBound < 100
      else { return nil }
      let first = age.lowerBound / 5 * 5
      return ("ageBand", .string("\(first)-\(first + 4)"))
    case .region:
      if let country = value["country"] {
        var place: JSONObject = ["country": country]
        place["region"] = value["region"]
        return (nil, .object(place))
      }
      let codes = (value.elements ?? [value]).compactMap { $0["code"]?.text ?? $0.text }
      return codes.lazy.compactMap { WorldRegion.code(ofCountry: $0) }.first
        .map { ("citizenshipRegion", .string($0)) }
    }
  }

  private func age(at path: [String], _ persons: [Person], _ day: CivilDate?)
    -> ClosedRange<Int>?
  {
    guard path.count >= 2, let index = Int(path[1]), let day else { return nil }
    return persons.first { $0.index == index }?.age(on: day)
  }

  private func cut(_ value: JSONValue, to length: Int) -> (name: String?, value: JSONValue)? {
    guard let text = value.text, text.utf8.count >= length else { return nil }
    let start = String(text.prefix(length))
    // Only of a date is the start coarser than the whole.
    return DateRange(partial: start) == nil ? nil : (nil, .string(start))
  }

  /// ISO 3166-1 alpha-3, or the codes of ICAO Doc 9303 for those without a nationality.
  private func isCountryCode(_ value: JSONValue) -> Bool {
    guard let text = value.text else { return false }
    return text.utf8.count == 3 && text.utf8.allSatisfy { (0x41...0x5A).contains($0) }
  }
}
