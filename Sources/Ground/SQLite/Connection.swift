/// The one connection to the file: opening, statements, and the outcome of every call.
// SPDX-License-Identifier: Apache-2.0
import CSQLite
import Glibc
import Platform

final class Connection: @unchecked Sendable {
  // SAFETY: made by one thread and then handed to the store's thread, which alone touches it.
  private let database: OpaquePointer
  private var statements: [String: OpaquePointer] = [:]
  /// Pages in the write-ahead log after the last commit; written by SQLite's hook.
  private let logPages: UnsafeMutablePointer<Int32>
  /// Why the running transaction can no longer be committed.
  private(set) var lost: StoreError?
  private var isInTransaction = false
  private var isOpen = true
  #if DEBUG
    /// Lives as long as the connection that stands on it.
    private let disk: FaultyDisk?
  #endif

  init(path: String) throws(StoreError) {
    // SQLite would make the file readable for the group; its log takes the mode of the file.
    let fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard fd >= 0 else { throw StoreError(extended: SQLITE_CANTOPEN, place: "open") }
    Glibc.close(fd)
    var handle: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
    #if DEBUG
      disk = FaultyDisk.at(path)
      let code = sqlite3_open_v2(path, &handle, flags, disk?.name)
    #else
      let code = sqlite3_open_v2(path, &handle, flags, nil)
    #endif
    guard code == SQLITE_OK, let handle else {
      sqlite3_close(handle)
      throw StoreError(extended: code, place: "open")
    }
    database = handle
    logPages = .allocate(capacity: 1)
    logPages.initialize(to: 0)
    sqlite3_extended_result_codes(database, 1)
  }

  deinit {
    close()
    logPages.deallocate()
  }

  /// Finalizes all statements, which sqlite3_close insists on, and closes the file.
  func close() {
    guard isOpen else { return }
    isOpen = false
    forgetStatements()
    let code = sqlite3_close(database)
    precondition(code == SQLITE_OK, "sqlite3_close: \(code)")
  }

  func releaseMemory() { sqlite3_db_release_memory(database) }

  // MARK: Opening

  /// What must be in force, in this order, and what reading it back says. The page size is fixed
  /// before the log; the lock is exclusive before the log, so that there is no shared memory.
  private static let settings: [(pragma: String, value: String, readBack: String)] = [
    ("locking_mode", "EXCLUSIVE", "exclusive"),
    ("page_size", "16384", "16384"),
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", "2"),
    ("trusted_schema", "OFF", "0"),
    ("secure_delete", "ON", "1"),
    ("foreign_keys", "ON", "1"),
    ("cache_size", "-65536", "-65536"),
    ("temp_store", "MEMORY", "2"),
  ]

  /// Checks whose file it is before a single octet of it changes, then puts the settings in force
  /// and runs the migrations that the file has not seen.
  func prepare(applicationID: Int32, migrations: [String]) throws(StoreError) {
    try execute("PRAGMA locking_mode=EXCLUSIVE")
    let found = try pragma("application_id")
    let version = Int(try pragma("user_version")) ?? 0
    let isEmpty = try query("SELECT 1 FROM sqlite_schema LIMIT 1", []).isEmpty
    let isNew = found == "0" && version == 0 && isEmpty
    guard isNew || found == String(applicationID) else {
      throw StoreError(.notOurs, place: "application id \(found)")
    }
    guard version <= migrations.count else {
      throw StoreError(.newer, place: "version \(version), known \(migrations.count)")
    }
    for setting in Connection.settings {
      try execute("PRAGMA \(setting.pragma)=\(setting.value)")
      guard try pragma(setting.pragma) == setting.readBack else {
        throw StoreError(.other, place: "PRAGMA \(setting.pragma)=\(setting.value)")
      }
    }
    #if DEBUG
      if disk?.faults.plantsNormal == true { try execute("PRAGMA synchronous=NORMAL") }
    #endif
    csqlite_defend(database)
    sqlite3_wal_hook(database, pagesWritten, logPages)
    if isNew { try execute("PRAGMA application_id=\(applicationID)") }
    for (index, migration) in migrations.enumerated().dropFirst(version) {
      try begin()
      do throws(StoreError) {
        try execute(migration)
        try execute("PRAGMA user_version=\(index + 1)")
        try commit()
      } catch {
        rollBack()
        throw StoreError(error.code, extended: error.extended, place: "migration \(index + 1)")
      }
    }
  }

  /// The value of a pragma as text, "" when it has none.
  func pragma(_ name: String) throws(StoreError) -> String {
    guard let value = try query("PRAGMA \(name)", []).first?.values.first else { return "" }
    return switch value {
    case .integer(let n): String(n)
    case .text(let text): text
    case .real, .blob, .null: ""
    }
  }

  /// Runs one or more statements without parameters, not kept.
  func execute(_ sql: String) throws(StoreError) {
    let code = sqlite3_exec(database, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw failed(code, sql) }
  }

  // MARK: Transactions

  func begin() throws(StoreError) {
    _ = try step("BEGIN IMMEDIATE")
    isInTransaction = true
  }

  /// Durable when this returns. Throws what made the transaction impossible, even if the change
  /// that met it went on.
  func commit() throws(StoreError) {
    if let lost { throw lost }
    _ = try step("COMMIT")
    isInTransaction = false
  }

  func rollBack() {
    isInTransaction = false
    lost = nil
    if sqlite3_get_autocommit(database) == 0 {
      sqlite3_exec(database, "ROLLBACK", nil, nil, nil)
    }
  }

  /// Moves the log into the file once it is long. SQLite's own trigger would swallow its errors.
  func checkpointIfDue() throws(StoreError) {
    guard Int(logPages.pointee) >= Limits.logPages else { return }
    try checkpoint(truncate: false)
  }

  func checkpoint(truncate: Bool) throws(StoreError) {
    let mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
    let code = sqlite3_wal_checkpoint_v2(database, nil, mode, nil, nil)
    guard code == SQLITE_OK else { throw failed(code, "checkpoint") }
    logPages.pointee = 0
  }

  /// After a failed write the log is evidence for the next start; do not touch it.
  func leaveLog() { csqlite_leave_log(database) }

  // MARK: Statements

  var changes: Int { Int(sqlite3_changes64(database)) }
  var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(database) }

  func isReadOnly(_ sql: String) throws(StoreError) -> Bool {
    sqlite3_stmt_readonly(try prepared(sql)) != 0
  }

  private func step(_ sql: String) throws(StoreError) -> Int {
    try query(sql, []).count
  }

  func query(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> [Row] {
    if let lost { throw lost }
    let statement = try prepared(sql)
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    guard values.count == Int(sqlite3_bind_parameter_count(statement)) else {
      throw StoreError(.misuse, place: "\(values.count) values for: \(sql)")
    }
    for (index, value) in values.enumerated() {
      let code = bind(value, to: statement, at: Int32(index + 1))
      guard code == SQLITE_OK else { throw failed(code, sql) }
    }
    var rows: [Row] = []
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_DONE: return rows
      case SQLITE_ROW:
        guard rows.count < Limits.queryRows else {
          throw StoreError(.misuse, place: "more than \(Limits.queryRows) rows: \(sql)")
        }
        let columns = 0..<sqlite3_column_count(statement)
        rows.append(Row(values: columns.map { value(of: statement, column: $0) }, place: sql))
      case let code: throw failed(code, sql)
      }
    }
  }

  private func prepared(_ sql: String) throws(StoreError) -> OpaquePointer {
    if let known = statements[sql] { return known }
    if statements.count >= Limits.preparedStatements { forgetStatements() }
    var statement: OpaquePointer?
    let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
    let code = sqlite3_prepare_v3(database, sql, -1, flags, &statement, nil)
    guard code == SQLITE_OK else { throw failed(code, sql) }
    guard let statement else { throw StoreError(.misuse, place: "no statement: \(sql)") }
    statements[sql] = statement
    return statement
  }

  private func forgetStatements() {
    for statement in statements.values { sqlite3_finalize(statement) }
    statements.removeAll()
  }

  /// The error of a call. A full disk or an I/O error may have undone the whole transaction;
  /// what follows in the same change would then commit on its own, so it must not run.
  private func failed(_ code: Int32, _ place: String) -> StoreError {
    let error = StoreError(extended: code, place: place)
    if isInTransaction, error.code == .ioError || sqlite3_get_autocommit(database) != 0 {
      lost = error
    }
    return error
  }

  private func bind(_ value: SQLValue, to statement: OpaquePointer, at index: Int32) -> Int32 {
    switch value {
    case .integer(let number): sqlite3_bind_int64(statement, index, number)
    case .real(let number): sqlite3_bind_double(statement, index, number)
    case .text(var text):
      text.withUTF8 { octets in
        // An empty buffer may have no address, which SQLite would take for NULL.
        octets.withMemoryRebound(to: CChar.self) {
          sqlite3_bind_text64(
            statement, index, $0.baseAddress ?? emptyText, UInt64($0.count), csqlite_transient(),
            UInt8(SQLITE_UTF8))
        }
      }
    case .blob(let octets):
      octets.isEmpty
        ? sqlite3_bind_zeroblob(statement, index, 0)
        : sqlite3_bind_blob64(
          statement, index, octets, UInt64(octets.count), csqlite_transient())
    case .null: sqlite3_bind_null(statement, index)
    }
  }

  private func value(of statement: OpaquePointer, column: Int32) -> SQLValue {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, column))
    case SQLITE_TEXT:
      let start = sqlite3_column_text(statement, column)
      let count = Int(sqlite3_column_bytes(statement, column))
      let octets = UnsafeBufferPointer(start: start, count: count)
      return .text(String(decoding: octets, as: UTF8.self))
    case SQLITE_BLOB:
      let start = sqlite3_column_blob(statement, column)
      let count = Int(sqlite3_column_bytes(statement, column))
      return .blob(Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)))
    default: return .null
    }
  }
}

nonisolated(unsafe) private let emptyText: UnsafePointer<CChar> = {
  let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
  text.initialize(to: 0)
  return UnsafePointer(text)
}()

private func pagesWritten(
  _ context: UnsafeMutableRawPointer?, _: OpaquePointer?, _: UnsafePointer<CChar>?, _ pages: Int32
) -> Int32 {
  context?.assumingMemoryBound(to: Int32.self).pointee = pages
  return SQLITE_OK
}
