/// Refused acknowledgements that are about no delivery of ours: evidence, apart, and bounded.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import Outbox
import Platform
import Testing

private func stray(_ number: UInt8, _ verdict: String = "unknown-message", body: [UInt8]? = nil)
  -> NewAcknowledgement
{
  acknowledgement(number, verdict: verdict, body: body)
}

@Test func `keeps what is about nothing, once for the same octets and reason`() async throws {
  let store = try await Folder().open()
  #expect(try await store.keepRefused(stray(1), row: nil, partner: "a") == .kept)
  #expect(try await store.keepRefused(stray(1), row: nil, partner: "a") == .repeated)
  #expect(
    try await store.keepRefused(stray(1, "signature-invalid"), row: nil, partner: "a") == .kept)
  #expect(try await store.keepRefused(stray(2), row: nil, partner: "a") == .kept)
  #expect(try await store.keepRefused(stray(1), row: nil, partner: "b") == .kept)
  let found = try await store.strays(from: "a", limit: 10)
  #expect(found.count == 3)
  #expect(found.allSatisfy { $0.octets == Array("CANARY-ACKNOWLEDGEMENT".utf8) })
  #expect(try await store.strays(from: "b", limit: 10).count == 1)
  #expect(try await store.strays(from: "a", limit: 2).count == 2)
  #expect(try await store.strays(from: "c", limit: 10).isEmpty)
  await store.close()
}

@Test func `what is about nothing changes nothing, tells nobody, and is sealed`() async throws {
  let folder = Folder()
  let store = try await folder.open()
  _ = try await store.accept(1, to: ["a"])
  let before = try await store.untoldEvents(at: now, limit: 10).count
  _ = try await store.keepRefused(stray(1), row: nil, partner: "a")
  #expect(try await store.untoldEvents(at: now, limit: 10).count == before)
  #expect(try await store.summary(10).state == .queued)
  let row = try await store.summary(10).row
  #expect(try await store.keptAcknowledgements(of: row).isEmpty)
  await store.close()
  let octets = try folder.octets()
  #expect(octets.firstRange(of: Array("CANARY-ACKNOWLEDGEMENT".utf8)) == nil)
}

@Test func `a partner that brings nonsense all day fills no disk`() async throws {
  let store = try await Folder().open()
  func bring(_ number: Int, by partner: String) async throws -> RefusalRecording {
    let body = Array("nonsense \(number)".utf8)
    return try await store.keepRefused(stray(1, body: body), row: nil, partner: partner)
  }
  let limit = OutboxLimits.refusedCallbacksOfADay
  for number in 0..<limit { #expect(try await bring(number, by: "a") == .kept) }
  #expect(try await bring(limit, by: "a") == .notKept)
  #expect(try await bring(0, by: "a") == .repeated)
  #expect(try await bring(limit, by: "b") == .kept, "another partner has its own measure")
  #expect(try await store.strays(from: "a", limit: 2 * limit).count == limit)
  await store.close()
}
