/// Names, addresses and patterns, one by one.
// SPDX-License-Identifier: Apache-2.0
import Register
import Testing

@Test(arguments: ["", "Police", "1police", "po_lice", String(repeating: "a", count: 41), "poliçe"])
func `refuses a partner code`(text: String) { #expect(PartnerCode(text) == nil) }

@Test func `reads identities of both forms`() throws {
  let plain = try #require(PartnerIdentity("urn:nld:oin:00000001003214345000"))
  let system = try #require(PartnerIdentity("urn:nld:oin:00000001003214345000:systeem:post"))
  #expect(plain == system && plain.oin?.isTest == false)
  let base = "https://referral-gateway.example/id/eidas/"
  let foreign = try #require(PartnerIdentity(base + "NTRBE-0123456789"))
  #expect(foreign.oin == nil && foreign != plain)
}

@Test(arguments: [
  "00000001003214345000", "urn:nld:oin:0000000100321434500", "urn:nld:oin:0000000A003214345000",
  "urn:nld:oin:00000001003214345000:", "urn:nld:oin:00000001003214345000:systeem:",
  "urn:nld:oin:00000001003214345000:system:x", "https://referral-gateway.example/id/eidas/",
  "https://referral-gateway.example/id/eidas/a/b", "https://elsewhere.example/id/eidas/NTRBE-1",
])
func `refuses an identity`(text: String) { #expect(PartnerIdentity(text) == nil) }

@Test(arguments: [
  "https://a@b/", "https://127.1/", "https://0x7f.1/", "https://2130706433/", "https://a%2eb/",
  "https://a/#x", "https://a:0/", "https://a:080/", "https://a:/", "https:///x", "ftp://a/",
  "https://a\\b/", "https://a b/", "https://-a/", "https://[::g]/", "https://a..b/",
  "https://ä.nl/", "https://1.2.3.4.5/", "https://[::1]x/",
])
func `refuses a URL that parsers read differently`(text: String) {
  #expect(ServiceURL(text) == nil)
}

@Test func `reads host and port of a URL`() throws {
  let url = try #require(ServiceURL("https://Post.Example.nl:8443/a/b?c=d"))
  #expect(url.host == "post.example.nl" && url.port == 8443 && url.isSecure && !url.isLoopback)
  #expect(ServiceURL("http://[::1]/")?.isLoopback == true)
  #expect(ServiceURL("http://127.8.8.8")?.port == 80)
  #expect(ServiceURL("http://127.8.8.8")?.isLoopback == true)
  #expect(ServiceURL("http://127.example.nl")?.isLoopback == false)
}

@Test(arguments: ["127.0.0.1:9441", "[::1]:443", "[::]:0", "0.0.0.0:65535"])
func `listens at a literal address and a port`(text: String) { #expect(ListenAddress(text) != nil) }

@Test(
  arguments: [
    "localhost:443", "127.0.0.1", "::1:443", "[127.0.0.1]:443", "127.0.0.1:65536",
    "127.0.0.1:0443", "127.0.0.1:", ":443", "127.1:443", "[::1:443",
  ])
func `refuses to listen at anything else`(text: String) { #expect(ListenAddress(text) == nil) }

@Test func `an address range contains its addresses only`() throws {
  let range = try #require(AddressRange("192.0.2.128/25"))
  #expect(range.contains([192, 0, 2, 200]) && !range.contains([192, 0, 2, 5]))
  let wide = try #require(AddressRange("2001:db8::/33"))
  var address: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0x7F] + [UInt8](repeating: 9, count: 11)
  #expect(wide.contains(address))
  address[4] = 0x80
  #expect(!wide.contains(address) && !wide.contains([192, 0, 2, 5]))
  #expect(AddressRange("0.0.0.0/0")?.contains([1, 2, 3, 4]) == true)
}

@Test(arguments: [
  "192.0.2.1", "192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/08", "1.2.3/8", "::/129", ":::/8",
  "1::2::3/128", "12345::/16", "01.0.0.0/8", "/8",
])
func `refuses an address range`(text: String) { #expect(AddressRange(text) == nil) }

@Test func `a star stands for an index only`() throws {
  let pattern = try #require(PointerPattern("/persons/*/name"))
  #expect(pattern.matches(["persons", "0", "name"]))
  #expect(
    !pattern.matches(["persons", "x", "name"]) && !pattern.matches(["persons", "01", "name"]))
  #expect(
    !pattern.matches(["persons", "0"]) && pattern.covers(["persons", "10", "name", "given"]))
  #expect(PointerPattern("/a~1b/~0")?.tokens == ["a/b", "~"])
  #expect(PointerPattern("/caf\u{E9}")?.matches(["cafe\u{301}"]) == false)
}

@Test(arguments: ["", "/", "a", "/a//b", "/a~2", "/a~", "/a/"])
func `refuses a pointer pattern`(text: String) { #expect(PointerPattern(text) == nil) }

@Test func `reads a policy alone`() throws {
  let octets = Array(Fixture.policy.utf8)
  let policy = try Policy.read(
    octets, file: "policies.d/police.toml", knownKinds: ["TRAFFICKING_SIGNAL"]
  ).get()
  #expect(policy.kinds == ["TRAFFICKING_SIGNAL"])
  let refused = Policy.read(octets, file: "police.toml", knownKinds: ["SMUGGLING_SIGNAL"])
  guard case .failure(let found) = refused else {
    Issue.record("an unknown kind went through")
    return
  }
  #expect(found.errors.map(\.code) == [.badValue])
}
