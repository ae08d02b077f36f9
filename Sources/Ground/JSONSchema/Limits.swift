/// What a schema, a pattern and one validation may cost at most.
// SPDX-License-Identifier: Apache-2.0

package enum SchemaLimits {
  /// Subschemas within each other in one validation, references included.
  package static let validationDepth = 256
  /// Subschemas applied in one validation: bounds schemas that branch into themselves.
  package static let validationSteps = 10_000_000
  /// Subschemas of one compiled schema.
  package static let schemaNodes = 100_000
  /// The count in {n,m} of a pattern.
  package static let patternRepetitions = 1_000
  /// States of the automaton of one pattern.
  package static let patternStates = 10_000
  /// A pattern that needs more is matched without a table.
  package static let patternTableStates = 256
  package static let patternTableColumns = 48
  /// Groups within each other in one pattern.
  package static let patternDepth = 100
  /// Significant digits of `multipleOf`, so that remainders fit 64 bits.
  package static let divisorDigits = 18
}
