/// Why a schema cannot be compiled, and where in it.
// SPDX-License-Identifier: Apache-2.0

package struct SchemaError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    case unknownSchema = "unknown-schema"
    case duplicateIdentifier = "duplicate-identifier"
    case unresolvedReference = "unresolved-reference"
    case unknownKeyword = "unknown-keyword"
    case unknownFormat = "unknown-format"
    case unknownDialect = "unknown-dialect"
    case unknownVocabulary = "unknown-vocabulary"
    case invalidKeyword = "invalid-keyword"
    case invalidPattern = "invalid-pattern"
    case patternTooLarge = "pattern-too-large"
    case tooManySchemas = "too-many-schemas"
  }

  package let code: Code
  /// URI of the document and JSON Pointer of the keyword, or the URI asked for.
  package let location: String
  /// What is wrong, in words about the schema only.
  package let reason: String

  package var description: String { "\(code.rawValue) at \(location): \(reason)" }
}
