/// A compiled schema: subschemas as a flat list that refer to each other by index.
// SPDX-License-Identifier: Apache-2.0

import JSON

final class Program: Sendable {
  let nodes: [Node]
  /// For each schema resource its dynamic anchors.
  let dynamicAnchors: [[String: Int]]

  init(nodes: [Node], dynamicAnchors: [[String: Int]]) {
    self.nodes = nodes
    self.dynamicAnchors = dynamicAnchors
  }
}

/// One subschema.
struct Node: Sendable {
  enum Body: Sendable {
    case always, never
    case rules([Rule])
  }

  var body: Body
  /// Index of the schema resource, for the dynamic scope.
  var resource: Int
  /// Whether one of its rules asks what the others have looked at.
  var asksForEvaluated = false
  /// URI of the document and JSON Pointer.
  let location: String
  /// The keyword above, which a schema `false` is reported under.
  let keyword: String
}

struct TypeSet: OptionSet, Sendable {
  let rawValue: UInt8

  static let null = TypeSet(rawValue: 1)
  static let boolean = TypeSet(rawValue: 2)
  static let integer = TypeSet(rawValue: 4)
  static let number = TypeSet(rawValue: 8)
  static let string = TypeSet(rawValue: 16)
  static let array = TypeSet(rawValue: 32)
  static let object = TypeSet(rawValue: 64)

  static let named: [(name: String, type: TypeSet)] = [
    ("null", .null), ("boolean", .boolean), ("integer", .integer), ("number", .number),
    ("string", .string), ("array", .array), ("object", .object),
  ]

  var names: String {
    TypeSet.named.filter { contains($0.type) }.map(\.name).joined(separator: ", ")
  }
}

/// A keyword, or keywords that belong together, ready to be applied.
enum Rule: Sendable {
  case type(TypeSet)
  case values(Set<SameValue>, keyword: String, message: String)
  /// Values that are all strings, which most lists are.
  case words(NameTable, keyword: String, message: String)
  case number(NumberRule)
  case string(StringRule)
  case array(ArrayRule)
  case object(ObjectRule)
  case reference(Int)
  case dynamicReference(Int, anchor: String)
  case allOf([Int])
  case anyOf([Int])
  case oneOf([Int])
  case not(Int)
  case condition(test: Int, then: Int?, otherwise: Int?)
  case unevaluatedItems(Int)
  case unevaluatedProperties(Int)

  /// Rules that ask what others have looked at come last.
  var isLast: Bool {
    switch self {
    case .unevaluatedItems, .unevaluatedProperties: true
    default: false
    }
  }
}

/// Each with its bound and the bound's text.
enum NumberRule: Sendable {
  case minimum(Decimal, String)
  case exclusiveMinimum(Decimal, String)
  case maximum(Decimal, String)
  case exclusiveMaximum(Decimal, String)
  case multipleOf(Decimal, String)
}

enum StringRule: Sendable {
  /// In code points; the pattern is tried only on texts of the right length.
  case shape(min: Int?, max: Int?, pattern: Pattern?)
  /// With `assertion` where the schema itself says that its formats bind.
  case format(Format, FormatMode)
}

enum ArrayRule: Sendable {
  case count(min: Int?, max: Int?)
  case unique
  case elements(prefix: [Int], rest: Int?)
  case contains(Int, min: Int, max: Int?)
}

enum ObjectRule: Sendable {
  case count(min: Int?, max: Int?)
  case required([String])
  case members(named: NameTable, patterns: [(Pattern, Int)], others: Int?)
  case names(Int)
  case dependentRequired([(String, [String])])
  case dependentSchemas([(String, Int)])
}
