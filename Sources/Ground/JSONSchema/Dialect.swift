/// Which keywords mean something: what the metaschema that `$schema` names makes of them.
// SPDX-License-Identifier: Apache-2.0

import JSON

/// The vocabularies of draft 2020-12 that judge values; those that only describe are left out.
struct Vocabularies: OptionSet, Sendable {
  let rawValue: UInt8

  static let applicator = Vocabularies(rawValue: 1)
  static let unevaluated = Vocabularies(rawValue: 2)
  static let validation = Vocabularies(rawValue: 4)
  static let formatAnnotation = Vocabularies(rawValue: 8)
  static let formatAssertion = Vocabularies(rawValue: 16)

  static let standard: Vocabularies = [.applicator, .unevaluated, .validation, .formatAnnotation]

  private static let prefix = "https://json-schema.org/draft/2020-12/vocab/"
  private static let named: [String: Vocabularies] = [
    "core": [], "meta-data": [], "content": [], "applicator": .applicator,
    "unevaluated": .unevaluated, "validation": .validation,
    "format-annotation": .formatAnnotation, "format-assertion": .formatAssertion,
  ]

  /// Nil for a vocabulary that is not known here.
  static func named(_ uri: String) -> Vocabularies? {
    uri.hasPrefix(prefix) ? named[String(uri.dropFirst(prefix.count))] : nil
  }

  /// The vocabularies that give a keyword its meaning; empty for those that always have one.
  private static func behind(_ keyword: String) -> Vocabularies {
    switch keyword {
    case "unevaluatedItems", "unevaluatedProperties": .unevaluated
    case "format": [.formatAnnotation, .formatAssertion]
    case "type", "const", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
      "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
      "uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties", "required",
      "dependentRequired":
      .validation
    case "prefixItems", "items", "contains", "additionalProperties", "properties",
      "patternProperties", "dependentSchemas", "propertyNames", "if", "then", "else", "allOf",
      "anyOf", "oneOf", "not":
      .applicator
    default: []
    }
  }

  /// The schema without the keywords that these vocabularies do not have.
  func meaningful(_ schema: JSONObject) -> JSONObject {
    guard !isSuperset(of: .standard) else { return schema }
    return JSONObject(
      schema.members.filter { member in
        let behind = Vocabularies.behind(member.name)
        return behind.isEmpty || !isDisjoint(with: behind)
      })
  }
}

extension SchemaIndex {
  /// The vocabularies of the dialect in which a schema is written; without `$schema` it is the
  /// draft's own. What another draft means by its keywords is not guessed.
  func vocabularies(of place: Place) throws(SchemaError) -> Vocabularies {
    guard let dialect = place.dialect, dialect != Metaschema.uri else { return .standard }
    guard let metaschema = self.place(dialect, from: "") else {
      throw SchemaError(
        code: .unknownDialect, location: location(of: place),
        reason: "it is written for \(dialect), and only draft 2020-12 is known")
    }
    guard let listed = metaschema.value["$vocabulary"]?.members else { return .standard }
    var known: Vocabularies = []
    for member in listed.members {
      if let vocabulary = Vocabularies.named(member.name) {
        known.formUnion(vocabulary)
      } else if member.value.flag == true {
        throw SchemaError(
          code: .unknownVocabulary, location: location(of: place),
          reason: "its metaschema requires the vocabulary \(member.name), which is not known")
      }
    }
    return known
  }
}
