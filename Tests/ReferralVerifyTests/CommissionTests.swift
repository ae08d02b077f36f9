/// Answers that the European Commission signed, and every way in which one octet can differ.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Platform
import TestSupport
import Testing

/// Names without ending, each with a body and its headers.
private let answers: [String] = {
  let names = (try? Files.list(Vectors.root.appendingPathComponent("oots").path)) ?? []
  return names.filter { $0.hasSuffix(".headers") }.map { String($0.dropLast(".headers".count)) }
}()

private struct Answer {
  let exchange: Exchange
  let body: [UInt8]
  let headers: [UInt8]

  init(_ name: String, _ options: [String] = ["--no-revocation-check"]) throws {
    let folder = Vectors.root.appendingPathComponent("oots").path
    let names = try Files.list(folder)
    let file = try #require(names.first { $0.hasPrefix(name) && !$0.hasSuffix(".headers") })
    let anchor = try #require(names.first { $0.hasSuffix(".pem") })
    body = try Files.read("\(folder)/\(file)", limit: 1_048_576)
    headers = try Files.read("\(folder)/\(name).headers", limit: 65_536)
    var exchange = try Exchange()
    exchange.verb = "signature"
    exchange.trust = "\(folder)/\(anchor)"
    exchange.body = "\(folder)/\(file)"
    exchange.headers = "\(folder)/\(name).headers"
    exchange.identity = nil
    exchange.revocationLists = []
    exchange.at = "iat"
    exchange.more = ["--header-name", "oots-response-sig"] + options
    self.exchange = exchange
  }

  /// The octets of a field's value.
  func range(_ field: String) throws -> Range<Int> {
    let text = String(decoding: headers, as: UTF8.self)
    let start = try #require(text.range(of: "\(field): "))
    let end = text[start.upperBound...].firstIndex(of: "\n") ?? text.endIndex
    return text.utf8.distance(
      from: text.startIndex, to: start.upperBound)..<text.utf8.distance(
        from: text.startIndex, to: end)
  }

  func withBody(_ octets: [UInt8]) throws -> Exchange {
    var changed = exchange
    changed.body = try exchange.file("body", octets)
    return changed
  }

  func withHeaders(_ octets: [UInt8]) throws -> Exchange {
    var changed = exchange
    changed.headers = try exchange.file("altered", octets)
    return changed
  }
}

extension [UInt8] {
  /// One bit differs, another one at each place.
  fileprivate func altered(at place: Int) -> [UInt8] {
    var octets = self
    octets[place] ^= 1 << (place % 8)
    return octets
  }
}

extension Range<Int> {
  /// First, last, and places between, with a distance that shares nothing with 8.
  fileprivate func places(_ count: Int) -> [Int] {
    let distance = Swift.max(1, self.count / count) | 1
    return Set(
      [lowerBound, upperBound - 1] + stride(from: lowerBound, to: upperBound, by: distance)
    )
    .sorted()
  }
}

@Suite(.serialized, .enabled(if: !answers.isEmpty, "test vectors oots are absent"))
struct CommissionTests {
  @Test(arguments: answers) func `verifies at the time of signing`(_ name: String) async throws {
    let judged = try await Answer(name).exchange.run()
    judged.expect(0)
    #expect(judged.verdict["signer"]?.text?.contains("O=European Commission") == true)
    #expect(judged.verdict["chain"]?.elements?.count == 3)
    try await Answer(name, []).exchange.run().expect(2, step: 11, "revocation-unknown")
  }

  @Test(arguments: answers) func `refuses a body with one other octet`(_ name: String)
    async throws
  {
    let answer = try Answer(name)
    for place in answer.body.indices.places(8) {
      let altered = try answer.withBody(answer.body.altered(at: place))
      try await altered.run().expect(1, step: 8, "digest-mismatch", "\(place)")
    }
    try await answer.withBody(answer.body + [0x0A]).run().expect(1, step: 8, "digest-mismatch")
    try await answer.withBody(answer.body.dropLast()).run().expect(1, step: 8, "digest-mismatch")
  }

  @Test(arguments: answers) func `refuses a digest with one other octet`(_ name: String)
    async throws
  {
    let answer = try Answer(name)
    for place in try answer.range("digest").places(8) {
      let run = try await answer.withHeaders(answer.headers.altered(at: place)).run().run
      #expect(run.status == 1, "\(place) \(run)")
    }
  }

  @Test(arguments: answers) func `refuses a signature with one other octet`(_ name: String)
    async throws
  {
    let answer = try Answer(name)
    for place in try answer.range("oots-response-sig").places(24) {
      let run = try await answer.withHeaders(answer.headers.altered(at: place)).run().run
      #expect(run.status == 1, "\(place) \(run)")
    }
  }

  @Test func `refuses the body and digest of another answer`() async throws {
    let (one, other) = (try Answer(answers[0]), try Answer(answers[answers.count - 1]))
    let digest = other.headers[try other.range("digest")]
    var headers = one.headers
    headers.replaceSubrange(try one.range("digest"), with: digest)
    var mixed = try one.withHeaders(headers)
    mixed.body = other.exchange.body
    try await mixed.run().expect(1, step: 9, "signature-invalid")
  }
}
