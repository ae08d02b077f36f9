/// Schemas of JSON Schema 2020-12, compiled once and applied often.
// SPDX-License-Identifier: Apache-2.0

package import JSON

package struct SchemaOptions: Sendable {
  /// Refuses keywords the draft does not know, except those that begin with "x-", and formats
  /// that cannot be asserted: for the house's own schemas, where they are mistakes.
  package var strictKeywords: Bool

  package init(strictKeywords: Bool = false) { self.strictKeywords = strictKeywords }

  private static let others: Set<String> = [
    "$id", "$schema", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary",
    "$comment", "type", "const", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
    "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
    "uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties", "required",
    "dependentRequired", "format", "contentEncoding", "contentMediaType", "title",
    "description", "default", "deprecated", "readOnly", "writeOnly", "examples",
  ]

  static func knows(_ keyword: String) -> Bool {
    others.contains(keyword) || SchemaIndex.single.contains(keyword)
      || SchemaIndex.listed.contains(keyword)
      || (SchemaIndex.named.contains(keyword) && keyword != "definitions")
      || keyword.hasPrefix("x-")
  }
}

/// Documents that may refer to each other and to the draft's metaschema; nothing is ever fetched.
package struct SchemaSet: Sendable {
  private var index = SchemaIndex()
  private let options: SchemaOptions

  /// Each document is known by `uri` and by its `$id`. Throws on identifiers that occur twice.
  package init(
    documents: [(uri: String, schema: JSONValue)], options: SchemaOptions = SchemaOptions()
  ) throws(SchemaError) {
    self.options = options
    for document in documents { try index.add(document.schema, uri: document.uri) }
    for document in Metaschema.documents {
      guard let id = document["$id"]?.text, !index.knows(id) else { continue }
      try index.add(document, uri: id)
    }
  }

  /// Documents known by their `$id` alone.
  package init(
    documents: [JSONValue], options: SchemaOptions = SchemaOptions()
  ) throws(SchemaError) {
    var named: [(uri: String, schema: JSONValue)] = []
    for (i, document) in documents.enumerated() {
      named.append((document["$id"]?.text ?? "urn:schema:\(i)", document))
    }
    try self.init(documents: named, options: options)
  }

  /// Compiles the schema `uri`, which may have a fragment, and all it refers to.
  package func schema(_ uri: String) throws(SchemaError) -> Schema {
    guard let place = index.place(uri, from: "") else {
      throw SchemaError(code: .unknownSchema, location: uri, reason: "no document has this URI")
    }
    return Schema(try Compiler.compile(place, index: index, options: options))
  }

  /// What the metaschema finds wrong with the document `uri`, also where no reference leads.
  package func mistakes(in uri: String) throws(SchemaError) -> [SchemaViolation] {
    guard let place = index.place(uri, from: "")?.entered else {
      throw SchemaError(code: .unknownSchema, location: uri, reason: "no document has this URI")
    }
    _ = try index.vocabularies(of: place)
    return try schema(place.dialect ?? Metaschema.uri).violations(of: place.value)
  }
}

package enum FormatMode: Sendable {
  /// `format` says nothing about validity: the draft's default.
  case annotation
  /// `format` is checked for the formats of `Format`.
  case assertion
}

/// One way in which a value breaks a schema; holds nothing of the value but the way to it.
package struct SchemaViolation: Sendable, Equatable {
  package let pointer: JSONPointer
  package let keyword: String
  /// URI of the schema document and JSON Pointer of the keyword.
  package let schemaLocation: String
  /// To follow the name of the place: "must be at most 20 characters long".
  package let message: String
}

package struct Schema: Sendable {
  private let program: Program

  init(_ program: Program) { self.program = program }

  /// All violations up to `limit`, in the order of the document; none for a valid value.
  package func violations(
    of value: JSONValue, format: FormatMode = .annotation, limit: Int = 100
  ) -> [SchemaViolation] {
    var run = Validation(program, format: format, limit: max(limit, 1))
    return run.violations(of: value)
  }

  /// The same as "no violations", without looking for more than the first.
  package func accepts(_ value: JSONValue, format: FormatMode = .annotation) -> Bool {
    var run = Validation(program, format: format, limit: 0)
    return run.accepts(value)
  }
}
