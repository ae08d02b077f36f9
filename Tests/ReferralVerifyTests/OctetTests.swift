/// Octets all along a golden exchange changed in turn, inside this process.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import JSON
import OpenSSL
import Platform
import Register
import Signing
import TestSupport
import Testing
import Wire

private struct Golden {
  let check: OfflineCheck
  let fields: [(name: String, value: String)]
  let body: [UInt8]
  let moment: Instant

  init() throws {
    moment = try #require(Exchange().at.flatMap(Instant.init(rfc3339:)))
    let exchange = try Exchange.request()
    body = exchange.body
    fields = try ReceivedMessage.fields(lines: exchange.head).get()
    let made = OfflineCheck(
      .document(try WireSchemas.builtIn()),
      trusting: try ["anchors", "chain"].flatMap { try Certificate.all(pem: Exchange.pem($0)) },
      revocationLists: try RevocationList.all(pem: Exchange.pem("crl")), checksRevocation: true,
      headerName: nil, identity: PartnerIdentity(Exchange.sender), recipient: nil)
    check = try #require(made)
  }

  func verdict(
    _ name: String = "", _ value: [UInt8] = [], body other: [UInt8]? = nil
  ) -> OfflineVerdict {
    let changed = fields.map { field in
      field.name.lowercased() == name
        ? (name: field.name, value: String(decoding: value, as: UTF8.self)) : field
    }
    return check.judge(ReceivedMessage(fields: changed, body: other ?? body), at: .moment(moment))
  }

  func octets(_ name: String) throws -> [UInt8] {
    Array(try #require(fields.first { $0.name.lowercased() == name }).value.utf8)
  }
}

/// A distance that shares nothing with 8, so that each bit gets its turn; all octets take too long.
private let distance = 5

@Test func `takes the exchange, and refuses it with an octet of its body changed`() async throws {
  let golden = try Golden()
  #expect(golden.verdict().outcome == .valid)
  var missed: [Int] = []
  for place in stride(from: 0, to: golden.body.count, by: distance) {
    var body = golden.body
    body[place] ^= 1 << (place % 8)
    if golden.verdict(body: body).reason?.code != .digestMismatch { missed.append(place) }
    await Task.yield()
  }
  #expect(missed.isEmpty)
}

@Test(arguments: [("payload-signature", distance), ("digest", 1)])
func `refuses the exchange with an octet of a field changed`(_ name: String, _ distance: Int)
  async throws
{
  let golden = try Golden()
  let value = try golden.octets(name)
  var missed: [Int] = []
  for place in stride(from: 0, to: value.count, by: distance) {
    var octets = value
    octets[place] ^= 1 << (place % 8)
    if golden.verdict(name, octets).outcome != .invalid { missed.append(place) }
    await Task.yield()
  }
  #expect(missed.isEmpty)
}
