/// What people read in an event, in Dutch and English, from the published code lists.
// SPDX-License-Identifier: Apache-2.0
package import JSON

/// A text in both languages.
package struct BilingualText: Sendable, Equatable {
  package let dutch: String
  package let english: String

  package init(dutch: String, english: String) {
    self.dutch = dutch
    self.english = english
  }

  init?(_ value: JSONValue?) {
    guard let dutch = value?["nl"]?.text, let english = value?["en"]?.text else { return nil }
    self.init(dutch: dutch, english: english)
  }

  var value: JSONValue { ["nl": .string(dutch), "en": .string(english)] }

  func joined(_ other: BilingualText?, by separator: String) -> BilingualText {
    guard let other else { return self }
    return BilingualText(
      dutch: dutch + separator + other.dutch, english: english + separator + other.english)
  }
}

package struct CaseLabels: Sendable {
  package struct Entry: Sendable {
    package let label: BilingualText
    package let whatToDo: BilingualText?
  }
  private let lists: [String: [String: Entry]]

  /// The lists of schemas/codelists that an event may quote.
  package static let names = ["event-kinds", "delivery-reasons", "submission-refusals", "rules"]

  /// - Parameter codeLists: by name, as published.
  package init(_ codeLists: [String: JSONValue]) {
    lists = codeLists.mapValues { document in
      var entries: [String: Entry] = [:]
      for code in document["codes"]?.elements ?? [] {
        guard let word = code["code"]?.text, let label = BilingualText(code["labels"]) else {
          continue
        }
        entries[word] = Entry(label: label, whatToDo: BilingualText(code["whatToDo"]))
      }
      return entries
    }
  }

  package subscript(_ list: String, _ code: String) -> Entry? { lists[list]?[code] }
}
