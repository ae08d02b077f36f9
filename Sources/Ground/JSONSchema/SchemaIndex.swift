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
  /// URI of the metaschema that it is written for; nil where no `$schema` says so.
  var dialect: String?

  func child(_ tokens: String..., value: JSONValue) -> Place {
    Place(
      document: document, pointer: JSONPointer(tokens: pointer.tokens + tokens), value: value,
      base: base, dialect: dialect)
  }

  /// As its keywords see it: `$id` moves the base, and at the root of a resource `$schema` names
  /// the dialect.
  var entered: Place {
    var place = self
    let base = SchemaIndex.base(of: value, within: base)
    if let base { place.base = base }
    if base != nil || pointer.tokens.isEmpty, let dialect = value["$schema"]?.text {
      place.dialect = URIReference(dialect).absolute
    }
    return place
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
      base: URIReference(uri).resolved(against: URIReference("")).absolute)
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
    let place = parent.entered
    if object["$id"]?.text != nil { try register(parent, as: place.base) }
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

  /// Whether a document or an `$id` has this URI.
  func knows(_ uri: String) -> Bool { resources[URIReference(uri).absolute] != nil }

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
      place = place.entered.child(token, value: next)
    }
    return place
  }
}
