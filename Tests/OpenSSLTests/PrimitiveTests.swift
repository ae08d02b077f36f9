/// Digests, encryption, secrets and TLS contexts against published values.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform
import Testing

@Suite struct PrimitiveTests {
  @Test func `digests as published`() {
    // FIPS 180-4 examples: "abc".
    let abc = Array("abc".utf8)
    #expect(
      Hex.encode(MessageDigest.sha256(abc))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Hex.encode(MessageDigest.sha384(abc)).hasPrefix("cb00753f45a35e8bb5a03d699ac65007"))
    #expect(Hex.encode(MessageDigest.sha512(abc)).hasPrefix("ddaf35a193617abacc417349ae204131"))
    #expect(Hex.encode(MessageDigest.sha256([])).hasPrefix("e3b0c44298fc1c149afbf4c8996fb924"))
  }

  @Test func `keyed digests as published`() {
    // RFC 4231, test case 2.
    let message = Array("what do ya want for nothing?".utf8)
    let key = Array("Jefe".utf8)
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    #expect(Hex.encode(KeyedDigest.hmacSHA256(key: key, message)) == expected)
    let secret = SecretOctets(copying: key)
    #expect(Hex.encode(KeyedDigest.hmacSHA256(key: secret, message)) == expected)
    #expect(
      Hex.encode(KeyedDigest.hmacSHA256(key: [UInt8](), []))
        == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  @Test func `encrypts as published`() throws {
    // GCM specification, test cases 13 and 14.
    let key = SecretOctets(copying: [UInt8](repeating: 0, count: 32))
    let nonce = [UInt8](repeating: 0, count: 12)
    let empty = try AESGCM.seal([], key: key, nonce: nonce, associatedData: [])
    #expect(Hex.encode(empty) == "530f8afbc74536b9a963b4f1c4cb738b")
    let block = try AESGCM.seal(
      [UInt8](repeating: 0, count: 16), key: key, nonce: nonce, associatedData: [])
    #expect(
      Hex.encode(block) == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
    #expect(AESGCM.open(empty, key: key, nonce: nonce, associatedData: []) == [])
    #expect(AESGCM.open(empty, key: key, nonce: nonce, associatedData: [1]) == nil)
    #expect(AESGCM.open([], key: key, nonce: nonce, associatedData: []) == nil)
    let other = SecretOctets(count: 32)
    #expect(AESGCM.open(block, key: other, nonce: nonce, associatedData: []) == nil)
    #expect(throws: OpenSSLError.self) {
      try AESGCM.seal([], key: SecretOctets(count: 16), nonce: nonce, associatedData: [])
    }
    #expect(throws: OpenSSLError.self) {
      try AESGCM.seal([], key: key, nonce: [0], associatedData: [])
    }
  }

  @Test func `a changed bit anywhere does not open`() throws {
    let key = SecretOctets(count: 32)
    let nonce = SecureRandom.octets(12)
    let plain = Array("some text of more than one block".utf8)
    let sealed = try AESGCM.seal(plain, key: key, nonce: nonce, associatedData: [1, 2])
    #expect(AESGCM.open(sealed, key: key, nonce: nonce, associatedData: [1, 2]) == plain)
    for index in sealed.indices {
      var other = sealed
      other[index] ^= 1
      #expect(AESGCM.open(other, key: key, nonce: nonce, associatedData: [1, 2]) == nil)
    }
  }

  @Test func `wraps secrets`() throws {
    let (key, secret) = (SecretOctets(count: 32), SecretOctets(count: 32))
    let nonce = SecureRandom.octets(12)
    let wrapped = try AESGCM.wrap(secret, key: key, nonce: nonce, associatedData: [])
    let back = AESGCM.unwrapSecret(wrapped, key: key, nonce: nonce, associatedData: [])
    let message = Array("the same key gives the same digest".utf8)
    #expect(
      KeyedDigest.hmacSHA256(key: try #require(back), message)
        == KeyedDigest.hmacSHA256(key: secret, message))
    #expect(AESGCM.unwrapSecret(wrapped, key: secret, nonce: nonce, associatedData: []) == nil)
  }

  @Test func `compares octets`() {
    #expect(ConstantTime.equal([], []))
    #expect(ConstantTime.equal([1, 2], [1, 2]))
    #expect(!ConstantTime.equal([1, 2], [1, 3]))
    #expect(!ConstantTime.equal([1, 2], [1, 2, 3]))
    #expect(SecureRandom.octets(16) != SecureRandom.octets(16))
    #expect(SecureRandom.octets(0) == [])
  }
}

@Suite struct TLSTests {
  let pki: SamplePKI
  init() throws { pki = try SamplePKI.shared.get() }

  @Test func `makes a server context and refuses a foreign key`() throws {
    let certificates = try ["leaf", "middle"].map(pki.certificate)
    let context = try TLSServerContext(
      certificates: certificates, key: try pki.key("leaf"),
      clientAnchors: [try pki.certificate("root")])
    if let connection = unsafe context.makeConnection() {
      let peer = unsafe TLSConnection.peerCertificate(connection)
      #expect(peer == nil)
      unsafe TLSConnection.free(connection)
    } else {
      Issue.record("no connection")
    }
    #expect(throws: OpenSSLError.self) {
      try TLSServerContext(
        certificates: certificates, key: try pki.key("middle"), clientAnchors: [])
    }
    #expect(throws: OpenSSLError.self) {
      try TLSServerContext(certificates: [], key: try pki.key("leaf"), clientAnchors: [])
    }
  }

  @Test func `fingerprints tell identities apart`() throws {
    let leaf = try pki.certificate("leaf")
    let middle = try pki.certificate("middle")
    let key = try pki.key("leaf")
    let pin = leaf.publicKeySHA256
    func fingerprint(_ own: [Certificate], _ anchors: [Certificate], _ pins: [[UInt8]]) -> [UInt8] {
      TLSClientIdentity(
        certificates: own, key: key, anchors: anchors, pinnedPublicKeysSHA256: pins
      ).fingerprint
    }
    let all = [
      fingerprint([leaf], [], []), fingerprint([leaf, middle], [], []),
      fingerprint([leaf], [middle], []), fingerprint([leaf], [], [pin]),
      fingerprint([leaf], [middle], [pin]),
    ]
    #expect(Set(all).count == all.count)
    #expect(fingerprint([leaf], [], []) == all[0])
  }

  @Test func `gives pins in the form of libcurl`() throws {
    let key = try pki.key("leaf")
    let none = TLSClientIdentity(
      certificates: [], key: key, anchors: [], pinnedPublicKeysSHA256: [])
    #expect(none.pinOption == nil)
    let zero = [UInt8](repeating: 0, count: 32)
    let two = TLSClientIdentity(
      certificates: [], key: key, anchors: [], pinnedPublicKeysSHA256: [zero, zero])
    let text = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    #expect(two.pinOption == text + ";" + text)
  }

  @Test func `says what a peer's alert means`() {
    // SSL_R_TLSV1_ALERT_UNKNOWN_CA (1048) of library 20.
    #expect(TLSConnection.reason(20 << 23 | 1048).contains("unknown ca"))
  }
}
