/// What a change and a read may do; neither outlives its closure.
// SPDX-License-Identifier: Apache-2.0

/// The group's transaction, lent to one change.
package struct Transaction: ~Copyable {
  let connection: Connection

  /// Runs a statement; the result is the number of rows that it changed.
  @discardableResult
  package func run(_ statement: Statement, _ values: SQLValue...) throws(StoreError) -> Int {
    try run(statement, values: values)
  }
  @discardableResult
  package func run(_ statement: Statement, values: [SQLValue]) throws(StoreError) -> Int {
    _ = try connection.query(statement.sql, values)
    return connection.changes
  }

  package func rows(_ statement: Statement, _ values: SQLValue...) throws(StoreError) -> [Row] {
    try connection.query(statement.sql, values)
  }
  package func rows(_ statement: Statement, values: [SQLValue]) throws(StoreError) -> [Row] {
    try connection.query(statement.sql, values)
  }
  /// The first row, if there is one.
  package func row(_ statement: Statement, _ values: SQLValue...) throws(StoreError) -> Row? {
    try connection.query(statement.sql, values).first
  }

  /// Rows changed by the latest INSERT, UPDATE or DELETE.
  package var changes: Int { connection.changes }
  package var lastInsertedRow: Int64 { connection.lastInsertedRow }
}

/// The committed state, lent to one read; nothing changes while it runs.
package struct Reading: ~Copyable {
  let connection: Connection

  package func rows(_ statement: Statement, _ values: SQLValue...) throws(StoreError) -> [Row] {
    try rows(statement, values: values)
  }
  package func rows(_ statement: Statement, values: [SQLValue]) throws(StoreError) -> [Row] {
    guard try connection.isReadOnly(statement.sql) else {
      throw StoreError(.misuse, place: "a read may not change: \(statement.sql)")
    }
    return try connection.query(statement.sql, values)
  }
  /// The first row, if there is one.
  package func row(_ statement: Statement, _ values: SQLValue...) throws(StoreError) -> Row? {
    try rows(statement, values: values).first
  }
}
