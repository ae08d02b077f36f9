/// The words that conditions may use: closed lists of the trade, and the published code lists.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform
import Referrals

/// Reads a code list when it is first asked for.
final class CodeWords {
  private let folder: String?
  private let kinds: [String]
  private var lists: [String: [String]?] = [:]

  /// - Parameter schemas: the folder of the schemas; nil where gateway.toml does not say.
  init(schemas: String?, kinds: [String]) {
    folder = schemas
    self.kinds = kinds
  }

  /// Nil where any word will do, or where the list cannot be read, which is a finding then.
  func known(_ question: RouteQuestion, _ section: Section, _ key: String) -> [String]? {
    switch question {
    case .kinds: kinds
    // A withdrawal goes to whoever has the referral, and to nobody else.
    case .operations: [.create, .update, .correct].map { (word: Operation) in word.rawValue }
    case .persons: PersonSort.allCases.map(\.rawValue)
    case .purposes: codes("purposes", section, key)
    case .forms: codes("forms", section, key)
    case .procedures: codes("detection-procedures", section, key)
    case .residenceEvents: codes("residence-events", section, key)
    case .channels: codes("border-channels", section, key)
    case .channelCountries: nil
    }
  }

  func codes(_ list: String, _ section: Section, _ key: String) -> [String]? {
    guard section.has(key), let folder else { return nil }
    let path = "\(folder)/codelists/\(list).json"
    let codes = lists[list] ?? read(path)
    lists[list] = codes
    if codes == nil {
      section.refuse(
        key, section.place(of: key), "cannot be checked: \(list).json cannot be read",
        "put the published code lists into \(folder)/codelists", code: .unreadable)
    }
    return codes
  }

  private func read(_ path: String) -> [String]? {
    guard let octets = try? Files.read(path, limit: Limits.configurationOctets),
      let document = try? JSONReader.read(octets), let codes = document["codes"]?.elements
    else { return nil }
    return codes.compactMap { $0["code"]?.text }
  }
}
