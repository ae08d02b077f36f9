/// Detached signatures: our own header to the octet, and the answers that the Commission signed.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Foundation
import JOSE
import OpenSSL
import Platform
import TestSupport
import Testing

@Suite struct DetachedTests {
  struct Answer: Sendable, CustomTestStringConvertible {
    let name: String
    let body: [UInt8]
    let signature: String
    let digest: String
    var testDescription: String { name }
  }

  /// Real answers of the European Commission's OOTS Common Services (header oots-response-sig).
  static let answers: [Answer] = {
    let folder = Vectors.root.appendingPathComponent("oots")
    return Vectors.names("oots", suffix: ".headers").compactMap { name in
      let stem = folder.appendingPathComponent(String(name.dropLast(8)))
      guard let body = try? Data(contentsOf: stem.appendingPathExtension("xml")),
        let text = try? String(
          contentsOf: stem.appendingPathExtension("headers"), encoding: .utf8)
      else { return nil }
      var fields: [String: String] = [:]
      for line in text.split(whereSeparator: \.isNewline) {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
      }
      return Answer(
        name: name, body: [UInt8](body), signature: fields["oots-response-sig"] ?? "",
        digest: fields["digest"] ?? "")
    }
  }()

  @Test(.enabled(if: !answers.isEmpty, "no test vectors here"), arguments: answers)
  func `verifies what the Commission signed`(_ answer: Answer) throws {
    let digest = SHA256Digest(of: answer.body)
    #expect(SHA256Digest(field: answer.digest) == digest)
    let signature = try #require(CompactJWS(splitting: Array(answer.signature.utf8)))
    #expect(signature.isDetached)
    let header = try ProtectedHeader.read(signature.protected).get()
    #expect(DetachedBinding.fits(header) == nil)
    let certificate = try Certificate(der: try #require(header.x5c.first))
    #expect(header.names(certificate))
    #expect(!header.names(try Certificate(der: header.x5c[1])))
    let verifier = try Verifier(certificate, try #require(header.signatureAlgorithm))
    let input = DetachedBinding.signingInput(protected: signature.protected, digest: digest)
    #expect(verifier.verifies(signature.signatureOctets, of: input))
    let other = DetachedBinding.signingInput(
      protected: signature.protected, digest: SHA256Digest(of: answer.body + [0x0A]))
    #expect(!verifier.verifies(signature.signatureOctets, of: other))
  }

  @Test(.enabled(if: !answers.isEmpty, "no test vectors here"))
  func `the Commission's certificates make a path`() throws {
    let answer = try #require(Self.answers.first)
    let signature = try #require(CompactJWS(splitting: Array(answer.signature.utf8)))
    let header = try ProtectedHeader.read(signature.protected).get()
    let chain = try header.x5c.map { der in try Certificate(der: der) }
    let root = try #require(chain.last)
    #expect(root.isSelfSigned)
    let validation = PathValidation(anchors: [root], revocationLists: [], revocation: .none)
    let time = Instant(seconds: try #require(header.iat))
    let verdict = validation.check(chain[0], intermediates: Array(chain.dropFirst()), at: time)
    #expect(verdict == .valid(chain: chain))
  }

  /// Any certificate will do: its octets only stand in the header.
  private func certificate() throws -> Certificate {
    let text = """
      -----BEGIN CERTIFICATE-----
      MIIBdzCCAR2gAwIBAgIUHfWwRmdHMp/ua/yoMR9l3vNHkpswCgYIKoZIzj0EAwIw
      ETEPMA0GA1UEAwwGc2FtcGxlMB4XDTI2MTEyMzIzMjQyNFoXDTM2MTEyMDIzMjQy
      NFowETEPMA0GA1UEAwwGc2FtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
      LrDbm6tddThh5Bm7nQDJFfoBko8T0RHiQrOJGlTr+6rmOjfBBoS/q1WWwZPE3uK+
      yN1jmOiTW/NqU+F97VlPFaNTMFEwHQYDVR0OBBYEFIG9fuMYP3uJz/DV6PIyqB31
      Qhg7MB8GA1UdIwQYMBaAFIG9fuMYP3uJz/DV6PIyqB31Qhg7MA8GA1UdEwEB/wQF
      MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAPG4fkuGwhbA+8h3uSVQbuLTFD+OG7Er
      MycjFRuwq4xfAiA+OCZg5I0mAGdVncfzRYDA1n7fR5XdQcd0p/HiT4g8jw==
      -----END CERTIFICATE-----
      """
    return try Certificate(pem: Array(text.utf8))
  }

  @Test func `writes the header to the octet`() throws {
    let own = try certificate()
    let thumb = SHA256Digest(of: own.der).base64URL
    let der = Base64.text(own.der, .standard)
    func text(_ chain: DetachedBinding.Chain) -> String {
      String(
        decoding: DetachedBinding.header(
          algorithm: .ps256, certificates: [own, own], chain: chain, issuedAt: 1_795_000_000),
        as: UTF8.self)
    }
    let head = #"{"alg":"PS256","typ":"jose","x5t#S256":""# + thumb + #"","#
    let tail =
      #""iat":1795000000,"b64":false,"sigD":{"mId":"http://uri.etsi.org/19182/HttpHeaders","#
      + #""pars":["digest"]},"crit":["b64","sigD"]}"#
    #expect(text(.none) == head + tail)
    #expect(text(.leaf) == head + #""x5c":[""# + der + #""],"# + tail)
    #expect(text(.all) == head + #""x5c":[""# + der + #"",""# + der + #""],"# + tail)
  }

  @Test func `reads back what it writes, and every part must agree`() throws {
    let own = try certificate()
    let octets = DetachedBinding.header(
      algorithm: .es256, certificates: [own], chain: .leaf, issuedAt: 7)
    let header = try ProtectedHeader.read(Base64.text(octets, .url)).get()
    #expect(DetachedBinding.fits(header) == nil)
    #expect(header.names(own) && header.iat == 7 && header.typ == "jose")
    let json = String(decoding: octets, as: UTF8.self)
    func names(_ json: String) throws -> Bool {
      try ProtectedHeader.read(Base64.text(Array(json.utf8), .url)).get().names(own)
    }
    let thumb = SHA256Digest(of: own.der).base64URL
    let wrong = SHA256Digest(of: []).base64URL
    #expect(try !names(json.replacingOccurrences(of: thumb, with: wrong)))
    #expect(try names(#"{"alg":"ES256","x5t#S256":"\#(thumb)"}"#))
    #expect(try names(#"{"alg":"ES256","x5t#o":{"digAlg":"S256","digVal":"\#(thumb)"}}"#))
    #expect(
      try !names(
        #"{"alg":"ES256","x5t#S256":"\#(thumb)","x5t#o":{"digAlg":"S256","digVal":"\#(wrong)"}}"#))
    #expect(try !names(#"{"alg":"ES256","kid":"own"}"#))
  }

  @Test func `signs the text of the Digest field`() {
    let digest = SHA256Digest(of: Array("abc".utf8))
    let input = DetachedBinding.signingInput(protected: "e30", digest: digest)
    #expect(
      String(decoding: input, as: UTF8.self)
        == "e30.digest: SHA-256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
  }
}
