/// The store's promises, each on a real file.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform
import SQLite
import Testing

private let schema = [
  "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, body BLOB) STRICT;"
]
private let ours: Int32 = 0x5247_5731

/// A folder that ends with the test.
private struct Folder: ~Copyable {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "store-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  var file: String { path + "/store" }
}

private func open(
  _ path: String, id: Int32 = ours, migrations: [String] = schema, pageLimit: Int? = nil
) throws(StoreError) -> Store {
  try Store(path: path, applicationID: id, migrations: migrations, pageLimit: pageLimit) { error in
    Issue.record("the store broke: \(error)")
  }
}

private func insert(_ name: String, into store: Store, octets: Int = 4) async throws(StoreError) {
  let body = [UInt8](repeating: 7, count: octets)
  try await store.write { (change) throws(StoreError) in
    try change.run("INSERT INTO item (name, body) VALUES (?, ?)", .text(name), .blob(body))
  }
}

private func count(_ store: Store) async throws(StoreError) -> Int64 {
  try await store.read { (now) throws(StoreError) in
    try now.row("SELECT count(*) FROM item")?.integer(0) ?? -1
  }
}

@Test func `keeps the settings that durability needs in force`() async throws {
  let folder = try Folder()
  let store = try open(folder.file)
  let wanted: [(Statement, SQLValue)] = [
    ("PRAGMA journal_mode", "wal"), ("PRAGMA synchronous", 2), ("PRAGMA page_size", 16384),
    ("PRAGMA locking_mode", "exclusive"), ("PRAGMA secure_delete", 1),
    ("PRAGMA foreign_keys", 1), ("PRAGMA trusted_schema", 0), ("PRAGMA cache_size", -65536),
    ("PRAGMA application_id", .integer(Int64(ours))), ("PRAGMA user_version", 1),
  ]
  for (pragma, value) in wanted {
    let found = try await store.write { (now) throws(StoreError) in try now.row(pragma)?.values }
    #expect(found == [value], "\(pragma.sql)")
  }
  let mode = try FileManager.default.attributesOfItem(atPath: folder.file)[.posixPermissions]
  #expect(mode as? Int == 0o600)
  #expect(!FileManager.default.fileExists(atPath: folder.file + "-shm"))
  await store.close()
}

@Test func `keeps rows of every type over a restart`() async throws {
  let folder = try Folder()
  let first = try open(folder.file, migrations: ["CREATE TABLE t (a, b, c, d, e, f, g);"])
  let values: [SQLValue] = [
    .integer(.min), .real(0.5), "a\0é", .blob([0, 255]), nil, "", .blob([]),
  ]
  try await first.write { (change) throws(StoreError) in
    try change.run("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", values: values)
  }
  await first.close()
  let second = try open(folder.file, migrations: ["CREATE TABLE t (a, b, c, d, e, f, g);"])
  let row = try await second.read { (now) throws(StoreError) in
    try now.row("SELECT * FROM t")
  }
  #expect(row?.values == values)
  #expect(try row?.text(2) == "a\0é")
  #expect(try row?.optionalBlob(4) == nil)
  #expect(throws: StoreError.self) { try row?.integer(3) }
  #expect(throws: StoreError.self) { try row?.integer(9) }
  await second.close()
}

@Test func `a failing change is undone alone and its neighbours commit`() async throws {
  let folder = try Folder()
  let store = try open(folder.file)
  let refused = await withTaskGroup(of: StoreError.Code?.self) { group in
    for n in 0..<200 {
      group.addTask {
        // Every tenth change writes a row of its own before it meets the name that is taken.
        let names = n % 10 == 0 ? ["item \(n)", "item \(n)"] : ["item \(n)"]
        do throws(StoreError) {
          try await store.write { (change) throws(StoreError) in
            for name in names { try change.run("INSERT INTO item (name) VALUES (?)", .text(name)) }
          }
          return nil
        } catch { return error.code }
      }
    }
    var codes: [StoreError.Code] = []
    for await case let code? in group { codes.append(code) }
    return codes
  }
  #expect(refused == Array(repeating: .constraint, count: 20))
  #expect(try await count(store) == 180)
  await store.close()
}

@Test func `a change that goes on after a constraint failure keeps the rest of its work`()
  async throws
{
  let folder = try Folder()
  let store = try open(folder.file)
  try await insert("taken", into: store)
  let code = try await store.write { (change) throws(StoreError) -> StoreError.Code? in
    try change.run("INSERT INTO item (name) VALUES ('before')")
    do throws(StoreError) {
      try change.run("INSERT INTO item (name) VALUES ('taken')")
      return nil
    } catch { return error.code }
  }
  #expect(code == .constraint)
  #expect(try await count(store) == 2)
  await store.close()
}

@Test func `a deferred foreign key that fails at the commit fails its change only`() async throws {
  let folder = try Folder()
  let store = try open(
    folder.file,
    migrations: [
      schema[0] + """
        CREATE TABLE child (
          item INTEGER REFERENCES item DEFERRABLE INITIALLY DEFERRED
        );
        """
    ])
  async let good: Void = insert("good", into: store)
  await #expect(throws: StoreError.self) {
    try await store.write { (change) throws(StoreError) in
      try change.run("INSERT INTO child VALUES (99)")
    }
  }
  try await good
  #expect(try await count(store) == 1)
  await store.close()
}

@Test func `a thousand concurrent changes share few commits`() async throws {
  let folder = try Folder()
  let store = try open(folder.file)
  try await withThrowingTaskGroup(of: Void.self) { group in
    for n in 0..<1000 { group.addTask { try await insert("item \(n)", into: store) } }
    try await group.waitForAll()
  }
  let statistics = store.statistics
  #expect(statistics.changes == 1000)
  #expect(statistics.commits <= 500)
  #expect(statistics.largestGroup <= Limits.groupChanges)
  #expect(statistics.replays == 0)
  #expect(try await count(store) == 1000)
  await store.close()
}

@Test func `refuses a file of another application and leaves it as it is`() async throws {
  let folder = try Folder()
  await (try open(folder.file, id: 1)).close()
  let before = try Data(contentsOf: URL(fileURLWithPath: folder.file))
  #expect {
    _ = try open(folder.file, id: 2)
  } throws: {
    ($0 as? StoreError)?.code == .notOurs
  }
  #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file)) == before)
}

@Test func `refuses a file of a newer version`() async throws {
  let folder = try Folder()
  await (try open(folder.file, migrations: schema + ["CREATE TABLE more (a);"])).close()
  #expect {
    _ = try open(folder.file)
  } throws: {
    ($0 as? StoreError)?.code == .newer
  }
}

@Test func `runs only the migrations that the file has not seen`() async throws {
  let folder = try Folder()
  let first = try open(folder.file)
  try await insert("old", into: first)
  await first.close()
  let more = schema + ["ALTER TABLE item ADD COLUMN note TEXT; UPDATE item SET note = 'moved';"]
  let second = try open(folder.file, migrations: more)
  let note = try await second.read { (now) throws(StoreError) in
    try now.row("SELECT note FROM item")?.text(0)
  }
  #expect(note == "moved")
  await second.close()
}

@Test func `a migration that fails leaves the file at the version before`() async throws {
  let folder = try Folder()
  await (try open(folder.file)).close()
  #expect(throws: StoreError.self) {
    _ = try open(folder.file, migrations: schema + ["CREATE TABLE half (a); nonsense;"])
  }
  let store = try open(folder.file)
  let tables = try await store.read { (now) throws(StoreError) in
    try now.rows("SELECT name FROM sqlite_schema WHERE type = 'table'").count
  }
  #expect(tables == 1)
  await store.close()
}

@Test func `refuses a file that is no database`() throws {
  let folder = try Folder()
  try Data(repeating: 65, count: 32_768).write(to: URL(fileURLWithPath: folder.file))
  #expect {
    _ = try open(folder.file)
  } throws: {
    ($0 as? StoreError)?.code == .ioError
  }
}

@Test func `refuses a second opener while the first is at work`() async throws {
  let folder = try Folder()
  let store = try open(folder.file)
  #expect {
    _ = try open(folder.file)
  } throws: {
    ($0 as? StoreError)?.code == .busy
  }
  await store.close()
}

@Test func `recovers from a full disk once there is space`() async throws {
  let folder = try Folder()
  let store = try open(folder.file, pageLimit: 12)
  var kept = 0
  var refusal: StoreError?
  for n in 0..<50 where refusal == nil {
    do throws(StoreError) {
      try await insert("item \(n)", into: store, octets: 20_000)
      kept += 1
    } catch { refusal = error }
  }
  #expect(refusal?.code == .full)
  #expect(try await count(store) == Int64(kept))
  try await store.write { (change) throws(StoreError) in try change.run("DELETE FROM item") }
  try await insert("after", into: store, octets: 20_000)
  #expect(try await count(store) == 1)
  await store.close()
}

@Test func `a change that goes on after a full disk commits nothing`() async throws {
  let folder = try Folder()
  let store = try open(folder.file, pageLimit: 12)
  let big = [UInt8](repeating: 1, count: 400_000)
  await #expect(throws: StoreError.self) {
    try await store.write { (change) throws(StoreError) in
      try change.run("INSERT INTO item (name) VALUES ('first')")
      do throws(StoreError) {
        try change.run("INSERT INTO item (name, body) VALUES ('big', ?)", .blob(big))
      } catch {
        // A careless caller.
      }
      try change.run("INSERT INTO item (name, body) VALUES ('big again', ?)", .blob(big))
    }
  }
  #expect(try await count(store) == 0)
  await store.close()
}

@Test func `refuses a write in a read, a missing value and a closed store`() async throws {
  let folder = try Folder()
  let store = try open(folder.file)
  await #expect {
    _ = try await store.read { (now) throws(StoreError) in try now.rows("DELETE FROM item") }
  } throws: {
    ($0 as? StoreError)?.code == .misuse
  }
  await #expect {
    try await store.write { (change) throws(StoreError) in
      try change.run("INSERT INTO item (name) VALUES (?)")
    }
  } throws: {
    ($0 as? StoreError)?.code == .misuse
  }
  await store.close()
  await store.close()
  await #expect {
    try await insert("late", into: store)
  } throws: {
    ($0 as? StoreError)?.code == .misuse
  }
}

@Test func `a backup is a whole store and never overwrites a file`() async throws {
  let folder = try Folder()
  let store = try open(folder.file)
  try await insert("kept", into: store)
  let copy = folder.path + "/copy"
  try await store.backup(to: copy)
  await #expect(throws: StoreError.self) { try await store.backup(to: copy) }
  try await insert("later", into: store)
  await store.close()
  let second = try open(copy)
  #expect(try await count(second) == 1)
  await second.close()
}

@Test func `a truncating checkpoint leaves no trace of a deleted row`() async throws {
  let folder = try Folder()
  let store = try open(folder.file)
  let mark = Array("canary-of-a-deleted-row".utf8)
  try await store.write { (change) throws(StoreError) in
    try change.run("INSERT INTO item (name, body) VALUES ('x', ?)", .blob(mark))
  }
  try await store.write { (change) throws(StoreError) in try change.run("DELETE FROM item") }
  try await store.checkpoint(truncate: true)
  for file in [folder.file, folder.file + "-wal"] {
    let content = try Files.read(file, limit: 1_000_000)
    #expect(Data(content).range(of: Data(mark)) == nil, "\(file)")
  }
  await store.close()
}

@Test func `the log stays short while changes go on`() async throws {
  let folder = try Folder()
  let store = try open(folder.file)
  for n in 0..<200 { try await insert("item \(n)", into: store, octets: 16_000) }
  let log = try FileManager.default.attributesOfItem(atPath: folder.file + "-wal")[.size]
  #expect((log as? Int ?? .max) < 3 * Limits.logPages * 16_384)
  await store.close()
}

@Test func `a damaged file ends the life of the store and is reported once`() async throws {
  let folder = try Folder()
  let first = try open(folder.file)
  for n in 0..<20 { try await insert("item \(n)", into: first, octets: 10_000) }
  await first.close()
  let file = try #require(FileHandle(forUpdatingAtPath: folder.file))
  try file.seek(toOffset: 2 * 16_384)
  try file.write(contentsOf: Data(repeating: 0xEE, count: 15 * 16_384))
  try file.close()

  let (reports, report) = AsyncStream.makeStream(of: StoreError.self)
  let second = try Store(path: folder.file, applicationID: ours, migrations: schema) {
    report.yield($0)
  }
  for _ in 0..<3 {
    await #expect {
      _ = try await second.write { (change) throws(StoreError) in
        try change.rows("SELECT sum(length(body)) FROM item")
      }
    } throws: {
      ($0 as? StoreError)?.code == .ioError
    }
  }
  await second.close()
  report.finish()
  var all: [StoreError] = []
  for await error in reports { all.append(error) }
  #expect(all.map(\.code) == [.ioError])
}

@Test func `refuses a path that cannot be opened`() throws {
  #expect {
    _ = try open("/proc/no-such-folder/store")
  } throws: {
    ($0 as? StoreError)?.code == .ioError
  }
}
