/// What the store keeps to itself, and what it refuses.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import Digest
import Foundation
import Outbox
import Platform
import SQLite
import Testing

@Test func `a partner's alias key is made once and stays`() async throws {
  let folder = Folder()
  var store = try await folder.open()
  func alias(_ partner: String, _ fresh: UInt8) async throws -> UniversalID {
    try await store.aliasKey(of: partner, fresh: [UInt8](repeating: fresh, count: 32))
      .alias(of: referral, for: .referral)
  }
  let first = try await alias("emm", 1)
  #expect(try await alias("emm", 2) == first)
  #expect(try await alias("nla", 3) != first)
  await store.close()
  store = try await folder.open()
  #expect(try await alias("emm", 4) == first)
  await store.close()
}

@Test func `a store of another profile is refused`() async throws {
  let folder = Folder()
  await (try await folder.open()).close()
  let error = await #expect(throws: OutboxError.self) {
    try await folder.open(profile: "production")
  }
  #expect(error?.code == .otherProfile)
  await (try await folder.open()).close()
}

@Test func `without the store key nothing opens`() async throws {
  let folder = Folder()
  var store = try await folder.open()
  _ = try await store.accept(1)
  await store.close()
  store = try await folder.open(key: 8)
  let error = await #expect(throws: OutboxError.self) { try await store.claim(10) }
  #expect(error?.code == .sealed)
  await store.close()
}

@Test func `the audit is append-only`() async throws {
  let folder = Folder()
  let store = try await folder.open()
  try await store.audit(
    AuditEntry(at: now, actor: "uid:1", action: "hold", subject: "x", reason: "CANARY-REASON"))
  await store.close()
  let raw = try Store(
    path: folder.path + "/outbox.db", applicationID: 0x5247_574F,
    migrations: Array(repeating: "SELECT 1", count: OutboxStore.schemaVersion), onBroken: { _ in })
  for change: Statement in [
    "DELETE FROM audit", "UPDATE audit SET actor = 'uid:2'",
  ] {
    await #expect(throws: StoreError.self) {
      try await raw.write { (transaction) throws(StoreError) in
        _ = try transaction.run(change)
      }
    }
  }
  let count = try await raw.read { (now) throws(StoreError) in
    try now.row("SELECT count(*) FROM audit")?.integer(0)
  }
  #expect(count == 1)
  await raw.close()
}

@Test func `nothing that was said about anybody can be read in the files`() async throws {
  let folder = Folder()
  let store = try await folder.open()
  _ = try await store.accept(1, content: "CANARY-NAME")
  let claim = try #require(try await store.claim(10))
  _ = try await store.end(claim, to: .deferred, acknowledgement: acknowledgement(1))
  try await store.audit(
    AuditEntry(at: now, actor: "uid:1", action: "hold", subject: "x", reason: "CANARY-REASON"))
  func search() throws {
    let files = Data(try folder.octets())
    #expect(files.count > 16_384)
    #expect(files.range(of: Data("emm".utf8)) != nil, "the search finds what is readable")
    #expect(files.range(of: Data("CANARY".utf8)) == nil)
    #expect(files.range(of: Data("AAAA..".utf8)) == nil, "the signature is sealed too")
  }
  try search()
  await store.close()
  try search()
}
