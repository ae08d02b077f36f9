/// Answers whose body goes to a sink as it comes.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import Foundation
import Platform
import Testing

private let site = Result { try Site() }
private let large = Data((0..<12_000).flatMap { _ in (0..<250).map { UInt8($0) } })

private final class Taken: Sendable {
  private let state = Locked((octets: Data(), pieces: 0, largest: 0))
  var octets: Data { state.withLock { $0.octets } }
  var largest: Int { state.withLock { $0.largest } }

  func sink(until stop: Int = .max) -> @Sendable ([UInt8]) -> Bool {
    { [self] piece in
      state.withLock { state in
        state.octets += piece
        state.largest = max(state.largest, piece.count)
        return state.octets.count < stop
      }
    }
  }
}

private func get(
  _ path: String, _ sink: @escaping @Sendable ([UInt8]) -> Bool, most: Int = 3_000_000,
  on fetcher: Fetcher? = nil
) async throws -> FetchResult {
  var request = try site.get().request(path)
  request.sink = sink
  request.maxAnswerOctets = most
  let own = fetcher ?? Fetcher()
  let result = await own.get(request)
  if fetcher == nil { await own.close() }
  return result
}

@Suite struct `Bodies to a sink` {
  @Test(arguments: ["/large", "/large-chunks"])
  func `gives every octet in its order and keeps none`(_ path: String) async throws {
    let taken = Taken()
    let answer = try #require(try await get(path, taken.sink()).answer)
    #expect(answer.status == 200 && answer.body.isEmpty)
    #expect(taken.octets == large)
    #expect(taken.largest <= 16_384)
  }

  @Test(arguments: [("/large", 0), ("/large-chunks", 2_999_999)])
  func `refuses one octet more than the bound`(_ path: String, _ most: Int) async throws {
    let taken = Taken()
    let result = try await get(path, taken.sink(), most: 2_999_999)
    #expect(result.failure?.kind == .tooLarge)
    // A length that is announced is refused before its first octet.
    #expect(taken.octets.count <= most)
    #expect(taken.octets == large.prefix(taken.octets.count))
  }

  @Test func `a body that is cut is no answer`() async throws {
    let taken = Taken()
    let result = try await get("/large-short", taken.sink())
    #expect(result.failure?.kind == .reset)
    #expect(taken.octets.count <= 2_900_000)
  }

  @Test func `a sink that takes no more ends the transfer`() async throws {
    let taken = Taken()
    let result = try await get("/large", taken.sink(until: 100_000))
    #expect(result.failure?.kind == .aborted)
    #expect((100_000..<120_000).contains(taken.octets.count))
  }

  @Test func `answers other than 200 go into memory, within their own bound`() async throws {
    let taken = Taken()
    let missing = try #require(try await get("/missing", taken.sink()).answer)
    #expect(missing.status == 404 && missing.body == Array("gone".utf8))
    #expect(try await get("/large-missing", taken.sink()).failure?.kind == .tooLarge)
    #expect(taken.octets.isEmpty)
  }

  @Test func `a sink is forgotten with its transfer`() async throws {
    let fetcher = Fetcher()
    let taken = Taken()
    #expect(try await get("/large", taken.sink(), on: fetcher).answer != nil)
    let next = await fetcher.get(try site.get().request("/who"))
    #expect(next.seen == "a" && next.answer?.reusedConnection == true)
    #expect(taken.octets.count == 3_000_000)
    await fetcher.close()
  }
}
