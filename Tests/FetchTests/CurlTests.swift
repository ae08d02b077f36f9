/// URLs and address ranges as the library that dials sees them.
// SPDX-License-Identifier: Apache-2.0
import Curl
import Testing

@Test func `reads a URL as it will be dialled`() {
  let parts = URLParts.parse("https://Partner.Example/v1/referrals?x=1")
  #expect(parts?.scheme == "https")
  #expect(parts?.host == "partner.example")
  #expect(parts?.port == 443)
  #expect(parts?.path == "/v1/referrals")
  #expect(URLParts.parse("https://0x7f.1:8443/")?.host == "127.0.0.1")
  #expect(URLParts.parse("http://[2001:db8::1]/")?.host == "[2001:db8::1]")
}

@Test(arguments: [
  "", "/path", "partner.example", "https://", "https://a@b/", "https://a@b@c/",
  "file:///etc/passwd", "https://a/\n", "https://a/#f", "gopher://a/",
])
func `refuses a URL that is not plain and absolute`(_ text: String) {
  #expect(URLParts.parse(text) == nil)
}

@Test func `allows exactly the addresses of the ranges`() throws {
  let list = try #require(AddressList(["192.0.2.128/25", "203.0.113.7", "2001:db8::/33"]))
  let answers = [
    "192.0.2.127": false, "192.0.2.128": true, "192.0.2.255": true, "203.0.113.7": true,
    "203.0.113.6": false, "2001:db8:7fff::1": true, "2001:db8:8000::1": false,
    "::ffff:192.0.2.200": true, "::ffff:192.0.2.1": false,
  ]
  for (address, answer) in answers {
    let octets = try #require(AddressList.octets(address))
    #expect(list.allows(octets) == answer, "\(address)")
  }
  #expect(AddressList([])?.allows([1, 2, 3, 4]) == true)
  #expect(AddressList(["0.0.0.0/0"])?.allows([1, 2, 3, 4]) == true)
}
