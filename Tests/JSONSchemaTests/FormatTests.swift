/// Formats by the cases of their RFCs.
// SPDX-License-Identifier: Apache-2.0

import JSON
import JSONSchema
import Testing

@Suite struct FormatTests {
  @Test(arguments: [
    (
      Format.dateTime,
      [
        "2026-02-28T23:59:59Z", "2024-02-29t00:00:00.123+05:30",
        "1998-12-31T23:59:60Z", "1998-12-31T15:59:60-08:00",
      ]
    ),
    (.date, ["2000-02-29"]), (.time, ["08:30:06Z", "23:59:60Z"]),
    (.duration, ["P4DT12H30M5S", "P4Y", "PT0S", "P1M", "PT1M", "P2W", "P1Y2M3D"]),
    (.uuid, ["2EB8AA08-aa98-11ea-b4aa-73b441d16380"]),
    (
      .uri,
      [
        "http://foo.bar/?baz=qux#quux", "urn:oasis:names", "mailto:a@b.nl",
        "http://[2001:db8::7]:80/a%20b", "tel:+1-816-555-1212",
      ]
    ),
    (.uriReference, ["/abc", "#frag", "", "a/b:c", "//host/x"]),
    (
      .email,
      [
        "joe@example.com", "\"joe bloggs\"@example.com", "te~st@[127.0.0.1]",
        "x@[IPv6:::1]",
      ]
    ),
    (.hostname, ["www.example.com", "xn--4gbwdl.xn--wgbh1c", "1host"]),
    (.ipv4, ["192.168.0.1", "0.0.0.0"]),
    (.ipv6, ["::1", "::", "1::", "::ffff:192.168.0.1", "1:2:3:4:5:6:7:8", "::42:ff:1"]),
    (.jsonPointer, ["", "/", "/a~0b~1c/0"]), (.regex, ["^a+$"]),
    (.iri, ["http://\u{192}\u{f8}\u{f8}.\u{df}\u{e5}r/?q=\u{f0000}#\u{ee}", "urn:é"]),
    (.iriReference, ["//é/x", "#é", "é"]), (.idnEmail, ["\u{3b4}@\u{e9}.example", "a@b.nl"]),
    (.uriTemplate, ["", "/a/{x}", "{+a.b,c:3,d*}{?%41_1}", "é%41"]),
    (.relativeJSONPointer, ["0", "1/a~0b", "0#", "2+1/x", "10-3#"]),
  ])
  func `accepts`(format: Format, texts: [String]) {
    for text in texts { #expect(format.accepts(text), "\(text)") }
  }

  @Test(arguments: [
    (
      Format.dateTime,
      [
        "2026-02-29T00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00",
        "1998-12-31T22:59:60Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T",
      ]
    ),
    (.date, ["2026-13-01", "26-01-01", "2026-1-01", "2026-01-00", "2026-01-0১"]),
    (.time, ["08:30:06", "8:30:06Z", "08:30:06+24:00"]),
    (.duration, ["P", "PT", "P1D2H", "P1Y2W", "PT1D", "1D", "P2S", "P1", "P1YT", "P1Y1D"]),
    (.uuid, ["2eb8aa08-aa98-11ea-b4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638g"]),
    (.uri, ["/abc", "http:// x", "http://[::1", "a b", "http://a/%zz", "\\\\x", ":a", "x:ä"]),
    (.uriReference, ["\\\\WINDOWS\\share", "#a#b", "a:b c", "1a:b"]),
    (.email, ["2962", "@x", "a@", ".a@b.nl", "a..b@c.nl", "a b@c.nl"]),
    (.hostname, ["-a", "a-", "a..b", "", "a_b", String(repeating: "a", count: 64)]),
    (.ipv4, ["127.0.0.0.1", "256.0.0.1", "01.2.3.4", "1.2.3"]),
    (
      .ipv6,
      [
        "12345::", ":1", "1:", "1::2::3", ":::", "1:2:3:4:5:6:7", "fe80::a%eth1",
        "1:2:3:4:5:6:7::8", "1.2.3.4::",
      ]
    ),
    (.jsonPointer, ["a", "/~", "/~2"]), (.regex, ["^(abc]", "a{2000}"]),
    (.iri, ["/é", "é://x", "http://[::é]", "http://x:é/", "http://a/\u{e000}", "x:\u{fffe}"]),
    (.iriReference, ["#é\\a", "a b"]), (.idnEmail, ["é", "é@", "a\u{ff20}b.nl", "é b@c.nl"]),
    (
      .uriTemplate,
      ["{", "}", "{}", "{a,}", "{a..b}", "{a:0}", "{a:01}", "{a=b}", "{a:10000}", "%4", "a b"]
    ),
    (.relativeJSONPointer, ["", "/a", "-1", "01", "0##", "1#/a", "0+0", "\u{661}"]),
  ])
  func `refuses`(format: Format, texts: [String]) {
    for text in texts { #expect(!format.accepts(text), "\(text)") }
  }

  @Test func `asserts only when told to`() throws {
    let schema = try SchemaSet(documents: [["format": "date"]]).schema("urn:schema:0")
    #expect(schema.violations(of: "nope").isEmpty)
    #expect(schema.violations(of: "nope", format: .assertion).map(\.keyword) == ["format"])
    #expect(schema.violations(of: 5, format: .assertion).isEmpty)
  }
}
