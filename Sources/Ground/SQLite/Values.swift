/// What goes into a statement and what comes out of a row.
// SPDX-License-Identifier: Apache-2.0

package enum SQLValue: Sendable, Equatable {
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])
  case null

  package init(_ value: Int64?) { self = value.map { .integer($0) } ?? .null }
  package init(_ value: Int) { self = .integer(Int64(value)) }
  package init(_ value: Bool) { self = .integer(value ? 1 : 0) }
  package init(_ value: String?) { self = value.map { .text($0) } ?? .null }
  package init(_ value: [UInt8]?) { self = value.map { .blob($0) } ?? .null }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral
{
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(stringLiteral value: String) { self = .text(value) }
  package init(nilLiteral: ()) { self = .null }
}

/// SQL that stands in the source: a value can only enter it as a parameter.
package struct Statement: Sendable, Hashable, ExpressibleByStringLiteral {
  package let sql: String

  package init(stringLiteral sql: StaticString) { self.sql = sql.description }
  private init(sql: String) { self.sql = sql }

  /// For conditions chosen at run time, each of them a literal.
  package static func + (head: Statement, tail: Statement) -> Statement {
    Statement(sql: head.sql + tail.sql)
  }
}

/// One row of a result. The getters throw `.misuse` for a missing column or another type.
package struct Row: Sendable, Equatable {
  package let values: [SQLValue]
  let place: String

  package func integer(_ column: Int) throws(StoreError) -> Int64 {
    guard case .integer(let value) = try value(column) else { throw wrong(column, "integer") }
    return value
  }
  package func real(_ column: Int) throws(StoreError) -> Double {
    guard case .real(let value) = try value(column) else { throw wrong(column, "real") }
    return value
  }
  package func text(_ column: Int) throws(StoreError) -> String {
    guard case .text(let value) = try value(column) else { throw wrong(column, "text") }
    return value
  }
  package func blob(_ column: Int) throws(StoreError) -> [UInt8] {
    guard case .blob(let value) = try value(column) else { throw wrong(column, "blob") }
    return value
  }
  package func isNull(_ column: Int) throws(StoreError) -> Bool { try value(column) == .null }

  package func optionalInteger(_ column: Int) throws(StoreError) -> Int64? {
    try isNull(column) ? nil : integer(column)
  }
  package func optionalText(_ column: Int) throws(StoreError) -> String? {
    try isNull(column) ? nil : text(column)
  }
  package func optionalBlob(_ column: Int) throws(StoreError) -> [UInt8]? {
    try isNull(column) ? nil : blob(column)
  }

  private func value(_ column: Int) throws(StoreError) -> SQLValue {
    guard values.indices.contains(column) else { throw wrong(column, "present") }
    return values[column]
  }
  private func wrong(_ column: Int, _ wanted: String) -> StoreError {
    StoreError(.misuse, place: "column \(column) is not \(wanted): \(place)")
  }
}
