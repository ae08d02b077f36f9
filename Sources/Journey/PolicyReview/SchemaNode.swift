/// A place of the model as its schemas describe it: base and restrictions read together.
// SPDX-License-Identifier: Apache-2.0
import JSON

/// Schema documents by identifier. References lead from one to the other; nothing is fetched.
struct SchemaLibrary {
  private let documents: [String: JSONValue]

  init(_ documents: [JSONValue]) {
    self.documents = Dictionary(
      documents.compactMap { document in document["$id"]?.text.map { ($0, document) } },
      uniquingKeysWith: { first, _ in first })
  }

  func document(_ id: String) -> JSONValue? { documents[id] }

  /// The fragments that a schema consists of: itself, and what it refers to.
  func expanded(_ schema: Fragment) -> [Fragment] {
    guard let reference = schema.value["$ref"]?.text else { return [schema] }
    let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let id = parts[0].isEmpty ? schema.document : String(parts[0])
    guard let document = documents[id],
      let target = JSONPointer(parts.count > 1 ? String(parts[1]) : "").flatMap(document.at)
    else { return [schema] }
    return expanded(Fragment(value: target, document: id)) + [schema]
  }

  /// A part of a schema and the document that it stands in.
  struct Fragment {
    let value: JSONValue
    let document: String

    func member(_ name: String) -> Fragment? {
      value[name].map { Fragment(value: $0, document: document) }
    }
  }
}

/// Read as far as disclosure needs it; conditions (`if`, `allOf`) are not looked at.
indirect enum SchemaNode: Sendable {
  case object([(name: String, node: SchemaNode)], required: Set<String>)
  case list(SchemaNode)
  case leaf(Leaf)

  struct Leaf: Sendable {
    let isDate: Bool
    let isCountry: Bool
    /// The only texts allowed; empty: any.
    let words: [String]
  }

  /// Nil where a fragment says that nothing may stand here.
  init?(_ fragments: [SchemaLibrary.Fragment], in library: SchemaLibrary) {
    let all = fragments.flatMap(library.expanded)
    guard !all.contains(where: { $0.value.flag == false }) else { return nil }
    var names: [String] = []
    for fragment in all {
      for name in fragment.value["properties"]?.members?.names ?? [] where !names.contains(name) {
        names.append(name)
      }
    }
    if !names.isEmpty {
      let members = names.compactMap { name in
        SchemaNode(all.compactMap { $0.member("properties")?.member(name) }, in: library)
          .map { (name: name, node: $0) }
      }
      self = .object(
        members, required: Set(all.flatMap { $0.value["required"].texts }))
      return
    }
    let items = all.compactMap { $0.member("items") }
    if !items.isEmpty, let item = SchemaNode(items, in: library) {
      self = .list(item)
    } else {
      self = .leaf(Leaf(all))
    }
  }

  /// The node at a path; `*` and digits lead into a list.
  func at(_ path: ArraySlice<String>) -> SchemaNode? {
    guard let token = path.first else { return self }
    switch self {
    case .object(let members, _):
      return members.first { $0.name == token }?.node.at(path.dropFirst())
    case .list(let item):
      let isIndex = token == "*" || token.utf8.allSatisfy { (0x30...0x39).contains($0) }
      return isIndex ? item.at(path.dropFirst()) : nil
    case .leaf: return nil
    }
  }

  /// Every leaf with its path, in the order of the schema.
  func leaves(at path: [String] = []) -> [(path: [String], leaf: Leaf)] {
    switch self {
    case .object(let members, _): members.flatMap { $0.node.leaves(at: path + [$0.name]) }
    case .list(let item): item.leaves(at: path + ["*"])
    case .leaf(let leaf): [(path, leaf)]
    }
  }
}

extension SchemaNode.Leaf {
  fileprivate init(_ fragments: [SchemaLibrary.Fragment]) {
    let format = fragments.lazy.compactMap { $0.value["format"]?.text }.first
    let pattern = fragments.lazy.compactMap { $0.value["pattern"]?.text }.first ?? ""
    isDate =
      format == "date" || format == "date-time" || pattern.hasPrefix("^[0-9]{4}")
      || pattern.hasPrefix("^([0-9]{4}")
    isCountry = pattern == "^[A-Z]{3}$"
    words = fragments.lazy.map { $0.value["enum"].texts }.first { !$0.isEmpty } ?? []
  }
}

extension JSONValue? {
  /// The texts of a list; none where this is no list.
  var texts: [String] { (self?.elements ?? []).compactMap(\.text) }
}
