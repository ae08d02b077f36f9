/// A text reaches the partner as it was handed in, code point for code point.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import JSON
import Reception
import Signing
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: AwkwardText.all.filter { $0.verdict == "kept" })
  func `a kept text is octet-equal in what the partner received and holds`(_ text: AwkwardText)
    async throws
  {
    let partner = try PartnerUnderTest()
    var sender = Sender()
    sender.text = text
    let document = try sender.document()
    let answer = await partner.receive(document.message)
    #expect(answer.statement == "receipt")
    let received = try JSONReader.read(document.message.body)
    let place = try #require(JSONPointer("/data/case/statements/0/text"))
    let octets = try #require(text.octets)
    #expect(received.at(place)?.text.map { Array($0.utf8) } == octets)
    // What is stored is the JSON text, in which two characters of these stand escaped.
    let plain = octets.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 != 0x0A }
    #expect(try await partner.holds(String(decoding: plain, as: UTF8.self)))
  }
}
