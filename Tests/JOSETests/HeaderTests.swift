/// Headers that are taken, headers that are refused, each refusal by its name.
// SPDX-License-Identifier: Apache-2.0
import JOSE
import OpenSSL
import Platform
import Testing

private func read(_ json: String) -> Result<ProtectedHeader, HeaderRefusal> {
  ProtectedHeader.read(Base64.text(Array(json.utf8), .url))
}
private func refusal(_ json: String) -> HeaderRefusal? {
  switch read(json) {
  case .success(let header): DetachedBinding.fits(header)
  case .failure(let refusal): refusal
  }
}
private func refusalCode(_ base64url: String) -> HeaderRefusal.Code? {
  if case .failure(let refusal) = ProtectedHeader.read(base64url) { refusal.code } else { nil }
}
private let sigD = #""sigD":{"mId":"http://uri.etsi.org/19182/HttpHeaders","pars":["digest"]}"#

@Suite struct HeaderTests {
  @Test(arguments: [
    // DDAS 2.0.0: no typ, iat or x5t#S256, crit in the other order, the chain in x5c.
    #"{"alg":"PS256","x5c":["AAAA","BBBB"],"b64":false,\#(sigD),"crit":["sigD","b64"]}"#,
    // EU DSS: kid, x5t#o and the chain.
    #"{"alg":"ES256","kid":"MEcw","x5t#o":{"digAlg":"S512","digVal":"AAAA"},"x5c":["AAAA"],"#
      + #""typ":"jose","b64":false,"iat":1,\#(sigD),"crit":["b64","sigD"]}"#,
    #"{"typ":"JOSE","alg":"ES384","b64":false,\#(sigD),"crit":["b64","sigD"]}"#,
    #"{ "alg" : "PS384", "sigT":"2020-01-01T00:00:00Z","b64":false,\#(sigD),"#
      + #""crit":["b64","sigD"] }"#,
  ])
  func `takes the published profiles`(_ json: String) {
    #expect(refusal(json) == nil)
  }

  @Test(arguments: [
    (#"{"alg":"PS256","b64":true,\#(sigD),"crit":["b64","sigD"]}"#, "not-detached-binding: b64"),
    (#"{"alg":"PS256",\#(sigD),"crit":["b64","sigD"]}"#, "missing-member: b64"),
    (#"{"alg":"PS256","b64":false,"crit":["b64","sigD"]}"#, "missing-member: sigD"),
    (#"{"alg":"PS256","b64":false,\#(sigD)}"#, "missing-member: crit"),
    (#"{"b64":false,\#(sigD),"crit":["b64","sigD"]}"#, "missing-member: alg"),
    (#"{"alg":"PS256","b64":false,\#(sigD),"crit":["b64"]}"#, "not-detached-binding: crit"),
    (#"{"alg":"PS256","b64":false,\#(sigD),"crit":["b64","b64"]}"#, "malformed-member: crit"),
    (#"{"alg":"PS256","b64":false,\#(sigD),"crit":[]}"#, "malformed-member: crit"),
    (#"{"alg":"PS256","b64":false,\#(sigD),"crit":["b64","exp"]}"#, "unknown-critical: crit"),
    (#"{"alg":"PS256","b64":false,\#(sigD),"crit":"b64"}"#, "malformed-member: crit"),
    (#"{"alg":"none","b64":false,\#(sigD),"crit":["b64","sigD"]}"#, "algorithm: alg"),
    (#"{"alg":"HS256","b64":false,\#(sigD),"crit":["b64","sigD"]}"#, "algorithm: alg"),
    (#"{"alg":"RS256","b64":false,\#(sigD),"crit":["b64","sigD"]}"#, "algorithm: alg"),
    (#"{"alg":"ps256","b64":false,\#(sigD),"crit":["b64","sigD"]}"#, "algorithm: alg"),
    (#"{"alg":7}"#, "malformed-member: alg"),
    (
      #"{"alg":"PS256","typ":"JWT","b64":false,\#(sigD),"crit":["b64","sigD"]}"#,
      "not-detached-binding: typ"
    ),
    (#"{"alg":"PS256","jku":"https://x.example"}"#, "forbidden-member: jku"),
    (#"{"alg":"PS256","jwk":{}}"#, "forbidden-member: jwk"),
    (#"{"alg":"PS256","x5u":"https://x.example"}"#, "forbidden-member: x5u"),
    (#"{"alg":"PS256","x5t":"AAAA"}"#, "forbidden-member: x5t"),
    (#"{"alg":"PS256","zip":"DEF"}"#, "forbidden-member: zip"),
    (#"{"alg":"PS256","alg":"PS256"}"#, "duplicate-name"),
    (#"{"alg":"PS256","a\u006cg":"PS256"}"#, "duplicate-name"),
    (#"{"alg":"PS256",}"#, "syntax"), (#"["PS256"]"#, "syntax"), ("", "syntax"),
    ("\u{FEFF}{}", "syntax"), (#"{"alg":"PS256","k":[[[[[[[[1]]]]]]]]}"#, "syntax"),
    (#"{"alg":"PS256","x5t#S256":"AAAA"}"#, "malformed-member: x5t#S256"),
    (#"{"alg":"PS256","x5t#o":{"digAlg":"S1","digVal":"AAAA"}}"#, "malformed-member: x5t#o"),
    (#"{"alg":"PS256","x5c":[]}"#, "malformed-member: x5c"),
    (#"{"alg":"PS256","x5c":["AAAB_"]}"#, "malformed-member: x5c"),
    (#"{"alg":"PS256","iat":1.5}"#, "malformed-member: iat"),
    (#"{"alg":"PS256","iat":null}"#, "malformed-member: iat"),
    (#"{"alg":"PS256","iat":-1}"#, "malformed-member: iat"),
    (#"{"alg":"PS256","iat":253402300800}"#, "malformed-member: iat"),
    (#"{"alg":"PS256","iat":9223372036854775807}"#, "malformed-member: iat"),
    (
      #"{"alg":"PS256","b64":false,"sigD":{"mId":"http://uri.etsi.org/19182/ObjectIdByURI","#
        + #""pars":["digest"]},"crit":["b64","sigD"]}"#, "not-detached-binding: sigD"
    ),
    (
      #"{"alg":"PS256","b64":false,"sigD":{"mId":"http://uri.etsi.org/19182/HttpHeaders","#
        + #""pars":["digest","host"]},"crit":["b64","sigD"]}"#, "not-detached-binding: sigD"
    ),
    (
      #"{"alg":"PS256","sigD":{"mId":"x","pars":["digest"],"hashM":"S256"}}"#,
      "malformed-member: sigD"
    ),
  ])
  func `refuses by name`(_ json: String, _ name: String) {
    #expect(refusal(json)?.description == "header-" + name)
  }

  @Test func `refuses text that is not canonical base64url`() {
    for text in ["e30=", "e31", "e3 0", "e", "+/+/"] {
      #expect(refusalCode(text) == .encoding)
    }
    let long = String(repeating: "A", count: 20_000)
    #expect(refusalCode(long) == .tooLarge)
  }

  @Test func `splits three canonical parts only`() throws {
    let detached = try #require(CompactJWS(splitting: Array("e30..AAAA".utf8)))
    #expect(detached.isDetached && detached.protected == "e30")
    #expect(detached.signatureOctets == [0, 0, 0])
    #expect(detached.text == "e30..AAAA")
    #expect(CompactJWS(detached: "e30", signature: [0, 0, 0]) == detached)
    #expect(try #require(CompactJWS(splitting: Array("e30.e30.AAAA".utf8))).payload == "e30")
    for text in [
      "", "..", "e30.AAAA", "e30..", "..AAAA", "e30...AAAA", "e30..AAAA.", "e30..AAA=", "e30..AB",
      "e30..AA AA", "e30..AAAA\n", "e31..AAAA", "e30.e31.AAAA", "e30..AA+A",
    ] { #expect(CompactJWS(splitting: Array(text.utf8)) == nil, "\(text)") }
  }
}
