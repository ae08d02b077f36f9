/// What certificates say of themselves, and which octets are none.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform
import Testing

@Suite struct CertificateTests {
  let pki: SamplePKI
  init() throws { pki = try SamplePKI.shared.get() }

  @Test func `tells the facts of a leaf`() throws {
    let leaf = try pki.certificate("leaf")
    #expect(leaf.subjectSerialNumber == "00000099000000001000")
    #expect(leaf.commonName == "leaf")
    #expect(leaf.issuer == "CN=middle")
    #expect(leaf.subject.contains("O=Sample"))
    #expect(leaf.organizationIdentifier == nil)
    #expect(leaf.keyKind == .p256)
    #expect(leaf.isVersion3 && !leaf.isAuthority && !leaf.isSelfSigned && leaf.isSample)
    #expect(leaf.keyUsage == [.digitalSignature, .keyEncipherment])
    #expect(leaf.extendedKeyUsages == ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"])
    #expect(leaf.notAfter.since(leaf.notBefore) == 1000 * 86_400_000)
    #expect(leaf.allows(.es256) && !leaf.allows(.es384) && !leaf.allows(.ps256))
    #expect(leaf.sha256 == MessageDigest.sha256(leaf.der))
    #expect(leaf.sha512.count == 64 && leaf.sha384.count == 48)
  }

  @Test func `tells the facts of an authority`() throws {
    let root = try pki.certificate("root")
    #expect(root.isAuthority && root.isSelfSigned && !root.isSample)
    #expect(root.keyKind == .p384)
    #expect(root.extendedKeyUsages == nil)
    #expect(root.keyUsage == [.keyCertSign, .crlSign])
  }

  @Test func `a serial number given twice is none`() throws {
    #expect(try pki.certificate("twice").subjectSerialNumber == nil)
  }

  @Test func `keeps odd curves out of the profile`() throws {
    for name in ["koblitz", "explicit"] {
      let certificate = try pki.certificate(name)
      #expect(certificate.keyKind == .other)
      #expect(SignatureAlgorithm.allCases.allSatisfy { !certificate.allows($0) })
    }
    let rsa = try pki.certificate("rsa")
    #expect(rsa.keyKind == .rsa(bits: 2048))
    #expect(rsa.organizationIdentifier == "NTRNL-1")
    #expect(rsa.allows(.ps256) && rsa.allows(.ps384) && !rsa.allows(.es256))
  }

  @Test func `tells a certificate of version 1`() throws {
    let old = try pki.certificate("old")
    #expect(!old.isVersion3)
    #expect(old.keyUsage == nil)
  }

  @Test func `reads a chain in its order`() throws {
    let chain = try Certificate.all(pem: try pki.octets("chain.pem"))
    #expect(chain.map(\.commonName) == ["leaf", "middle", "root"])
  }

  @Test func `refuses octets after the end`() throws {
    let der = try pki.certificate("leaf").der
    #expect(try Certificate(der: der) == pki.certificate("leaf"))
    #expect(throws: OpenSSLError.self) { try Certificate(der: der + [0]) }
  }

  @Test func `refuses every cut and survives every flipped bit`() throws {
    let der = try pki.certificate("leaf").der
    for length in 0..<der.count {
      #expect(throws: OpenSSLError.self) { try Certificate(der: Array(der.prefix(length))) }
    }
    for index in der.indices {
      var other = der
      other[index] ^= 0x40
      if let read = try? Certificate(der: other) { #expect(read.der == other) }
    }
  }

  @Test func `refuses text that holds no certificate`() throws {
    #expect(throws: OpenSSLError.self) { try Certificate.all(pem: Array("nothing".utf8)) }
    #expect(throws: OpenSSLError.self) { try Certificate.all(pem: []) }
    var chain = try pki.octets("chain.pem")
    chain[chain.count - 200] = 0x2A
    #expect(throws: OpenSSLError.self) { try Certificate.all(pem: chain) }
  }

  @Test func `an encrypted key is refused without a prompt`() throws {
    #expect(throws: OpenSSLError.self) { try PrivateKey(pem: try pki.octets("locked.key")) }
  }

  @Test func `a key matches its own certificate only`() throws {
    let key = try pki.key("leaf")
    #expect(key.matches(try pki.certificate("leaf")))
    #expect(!key.matches(try pki.certificate("middle")))
    #expect(key.kind == .p256)
  }
}

@Suite struct PathTests {
  let pki: SamplePKI
  init() throws { pki = try SamplePKI.shared.get() }

  /// One hour after the leaf began.
  func now() throws -> Instant { try pki.certificate("leaf").notBefore.adding(seconds: 3_600) }

  func verdict(
    of leaf: String, lists: [String], revocation: PathValidation.Revocation = .required,
    anchors: [String] = ["root"], after seconds: Int64 = 0
  ) throws -> PathVerdict {
    let validation = PathValidation(
      anchors: try anchors.map(pki.certificate), revocationLists: try lists.map(pki.list),
      revocation: revocation)
    return validation.check(
      try pki.certificate(leaf), intermediates: [try pki.certificate("middle")],
      at: try now().adding(seconds: seconds))
  }

  func isInvalid(_ verdict: PathVerdict, _ expected: Int) -> Bool {
    if case .invalid(let code, _) = verdict { code == expected } else { false }
  }
  func isUndecided(_ verdict: PathVerdict) -> Bool {
    if case .undecided = verdict { true } else { false }
  }

  @Test func `accepts a path to the root`() throws {
    let chain = try ["leaf", "middle", "root"].map(pki.certificate)
    #expect(try verdict(of: "leaf", lists: ["root", "middle"]) == .valid(chain: chain))
    #expect(try verdict(of: "leaf", lists: [], revocation: .none) == .valid(chain: chain))
  }

  @Test func `refuses other anchors and partial chains`() throws {
    for anchors in [["rogue"], ["middle"], []] {
      let verdict = try verdict(of: "leaf", lists: [], revocation: .none, anchors: anchors)
      #expect(isInvalid(verdict, 20) || isInvalid(verdict, 2))
    }
  }

  @Test func `refuses before and after its time`() throws {
    let none = PathValidation.Revocation.none
    #expect(isInvalid(try verdict(of: "leaf", lists: [], revocation: none, after: -8_000), 9))
    #expect(
      isInvalid(try verdict(of: "leaf", lists: [], revocation: none, after: 100_000_000), 10))
  }

  @Test func `refuses a revoked certificate`() throws {
    #expect(isInvalid(try verdict(of: "revoked", lists: ["root", "middle"]), 23))
  }

  @Test func `a missing list leaves it open`() throws {
    #expect(isUndecided(try verdict(of: "leaf", lists: ["middle"])))
    #expect(isUndecided(try verdict(of: "leaf", lists: [])))
    #expect(isInvalid(try verdict(of: "revoked", lists: ["middle"]), 23))
  }

  @Test func `a stale list leaves it open, but who is on it is revoked`() throws {
    let days: Int64 = 5 * 86_400
    let lists = ["root", "short"]
    #expect(isUndecided(try verdict(of: "leaf", lists: lists, after: days)))
    #expect(isInvalid(try verdict(of: "revoked", lists: lists, after: days), 23))
    let chain = try ["leaf", "middle", "root"].map(pki.certificate)
    #expect(try verdict(of: "leaf", lists: lists) == .valid(chain: chain))
  }

  @Test func `a list with a broken signature decides nothing`() throws {
    var der = try pki.list("middle").der
    der[der.count - 5] ^= 1
    let validation = PathValidation(
      anchors: [try pki.certificate("root")],
      revocationLists: [try pki.list("root"), try RevocationList(der: der)],
      revocation: .required)
    for name in ["leaf", "revoked"] {
      let verdict = validation.check(
        try pki.certificate(name), intermediates: [try pki.certificate("middle")], at: try now())
      #expect(isUndecided(verdict))
    }
  }

  @Test func `a forged path is invalid even without a list`() throws {
    var der = try pki.certificate("leaf").der
    der[der.count - 5] ^= 1
    let forged = try Certificate(der: der)
    let validation = PathValidation(
      anchors: [try pki.certificate("root")], revocationLists: [], revocation: .required)
    let verdict = validation.check(
      forged, intermediates: [try pki.certificate("middle")], at: try now())
    #expect(isInvalid(verdict, 7))
  }

  @Test func `reads lists`() throws {
    let list = try pki.list("middle")
    #expect(list.issuer == "CN=middle")
    #expect(try #require(list.nextUpdate).since(list.thisUpdate) == 3000 * 86_400_000)
    #expect(try RevocationList(der: list.der).der == list.der)
    #expect(throws: OpenSSLError.self) { try RevocationList(der: list.der + [0]) }
  }
}
