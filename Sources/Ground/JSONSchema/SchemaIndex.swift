/// Finds the schema that a URI names: resources by $id, anchors, JSON Pointers.
// SPDX-License-Identifier: Apache-2.0

import JSON

/// A schema within one of the documents.
struct Place: Sendable {
  let document: Int
  let pointer: JSONPointer
  let value: JSONValue
  /// URI, without fragment, that its own `$id` is resolved against.
  var base: String

  func child(_ tokens: String..., value: JSONValue) -> Place {
    Place(
      document: document, pointer: JSONPointer(tokens: pointer.tokens + tokens), value: value,
      base: base)
  }

  var key: String { "\(document)#\(pointer)" }
}

struct SchemaIndex: Sendable {
  private(set) var documents: [String] = []
  private var resources: [String: Place] = [:]
  private var anchors: [String: Place] = [:]
  private var dynamicAnchors: [String: [String: Place]] = [:]

  /// Keywords whose value is a schema, a list of schemas, an object of schemas.
  static let single: Set<String> = [
    "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema",
  ]
  static let listed: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems"]
  static let named: Set<String> = [
    "$defs", "definitions", "dependentSchemas", "patternProperties", "properties",
  ]

  mutating func add(_ value: JSONValue, uri: String) throws(SchemaError) {
    let place = Place(
      document: documents.count, pointer: JSONPointer(), value: value,
      base: URIReference(uri).absolute)
    documents.append(place.base)
    try register(place, as: place.base)
    try walk(place)
  }

  private mutating func register(_ place: Place, as uri: String) throws(SchemaError) {
    if let known = resources[uri], known.key != place.key {
      throw SchemaError(
        code: .duplicateIdentifier, location: location(of: place), reason: "twice: \(uri)")
    }
    resources[uri] = place
  }

  private mutating func walk(_ parent: Place) throws(SchemaError) {
    guard let object = parent.value.members else { return }
    var place = parent
    if let base = SchemaIndex.base(of: place.value, within: place.base) {
      place.base = base
      try register(parent, as: base)
    }
    if let name = object["$anchor"]?.text { anchors["\(place.base)#\(name)"] = parent }
    if let name = object["$dynamicAnchor"]?.text {
      anchors["\(place.base)#\(name)"] = parent
      dynamicAnchors[place.base, default: [:]][name] = parent
    }
    for member in object.members {
      for child in SchemaIndex.subschemas(member, of: place) { try walk(child) }
    }
  }

  /// The schemas directly below a keyword.
  private static func subschemas(_ member: JSONMember, of place: Place) -> [Place] {
    if single.contains(member.name) { return [place.child(member.name, value: member.value)] }
    if listed.contains(member.name) {
      return (member.value.elements ?? []).enumerated()
        .map { place.child(member.name, String($0), value: $1) }
    }
    if named.contains(member.name) {
      return (member.value.members?.members ?? [])
        .map { place.child(member.name, $0.name, value: $0.value) }
    }
    return []
  }

  /// The URI that `$id` gives a schema; nil where it has none.
  static func base(of schema: JSONValue, within base: String) -> String? {
    guard let id = schema["$id"]?.text else { return nil }
    return URIReference(id).resolved(against: URIReference(base)).absolute
  }

  func location(of place: Place) -> String { "\(documents[place.document])#\(place.pointer)" }

  func dynamicAnchors(of resource: String) -> [String: Place] { dynamicAnchors[resource] ?? [:] }

  /// What `reference` means within `base`.
  func place(_ reference: String, from base: String) -> Place? {
    let uri = URIReference(reference).resolved(against: URIReference(base))
    guard let fragment = uri.decodedFragment else { return nil }
    guard fragment.isEmpty || fragment.hasPrefix("/") else {
      return anchors["\(uri.absolute)#\(fragment)"]
    }
    guard let root = resources[uri.absolute], let pointer = JSONPointer(fragment) else {
      return nil
    }
    return descend(pointer.tokens, from: root)
  }

  /// Follows a pointer; each $id on the way changes the base of what is below it.
  private func descend(_ tokens: [String], from root: Place) -> Place? {
    var place = root
    for token in tokens {
      guard let next = place.value.at(JSONPointer(tokens: [token])) else { return nil }
      place.base = SchemaIndex.base(of: place.value, within: place.base) ?? place.base
      place = place.child(token, value: next)
    }
    return place
  }
}
