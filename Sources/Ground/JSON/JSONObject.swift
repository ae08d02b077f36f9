/// The members of a JSON object in the order of the text.
// SPDX-License-Identifier: Apache-2.0

package struct JSONMember: Sendable, Hashable {
  package let name: String
  package var value: JSONValue

  package init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }

  package static func == (a: JSONMember, b: JSONMember) -> Bool {
    ExactText.same(a.name, b.name) && a.value == b.value
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(ExactText(name))
    hasher.combine(value)
  }
}

/// Names are found by their exact code points, in linear time: objects of the trade are small.
package struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  package private(set) var members: [JSONMember]

  /// The caller answers for distinct names; the reader refuses duplicates.
  package init(_ members: [JSONMember] = []) { self.members = members }

  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    members = elements.map { JSONMember($0.0, $0.1) }
  }

  package var count: Int { members.count }
  package var isEmpty: Bool { members.isEmpty }
  package var names: [String] { members.map(\.name) }

  /// Setting replaces in place or appends; setting nil removes.
  package subscript(name: String) -> JSONValue? {
    get {
      for member in members where ExactText.same(member.name, name) { return member.value }
      return nil
    }
    set {
      let index = members.firstIndex { ExactText.same($0.name, name) }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(JSONMember(name, value))
      case (nil, nil): break
      }
    }
  }
}
