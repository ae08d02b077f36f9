/// Signatures that are made and verified here; JOSETests has those of Wycheproof.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Testing

@Suite struct SignatureTests {
  static let pairs: [(SignatureAlgorithm, KeyKind, Int)] = [
    (.ps256, .rsa(bits: 2048), 256), (.ps384, .rsa(bits: 2048), 256), (.es256, .p256, 64),
    (.es384, .p384, 96),
  ]

  @Test(arguments: pairs)
  func `gives signatures the length that JWS wants`(
    _ algorithm: SignatureAlgorithm, _ kind: KeyKind, _ size: Int
  ) throws {
    let key = try PrivateKey.generate(kind)
    let signer = try Signer(key, algorithm)
    let message = Array("a message".utf8)
    for _ in 0..<20 { #expect(try signer.sign(message).count == size) }
    #expect(try signer.sign([]).count == size)
  }

  @Test func `verifies with the certificate, exact octets and length only`() throws {
    let pki = try SamplePKI.shared.get()
    for (name, algorithm) in [("leaf", SignatureAlgorithm.es256), ("rsa", .ps256), ("rsa", .ps384)]
    {
      let signer = try Signer(try pki.key(name), algorithm)
      let verifier = try Verifier(try pki.certificate(name), algorithm)
      let message = Array("a message".utf8)
      let signature = try signer.sign(message)
      #expect(verifier.verifies(signature, of: message))
      #expect(!verifier.verifies(signature, of: message + [0]))
      #expect(!verifier.verifies(signature + [0], of: message))
      #expect(!verifier.verifies([0] + signature, of: message))
      #expect(!verifier.verifies(signature.dropLast(), of: message))
      #expect(!verifier.verifies([], of: message))
      #expect(!verifier.verifies(signature.map { _ in 0 }, of: message))
      var other = signature
      other[7] ^= 1
      #expect(!verifier.verifies(other, of: message))
    }
  }

  @Test func `refuses keys that do not fit`() throws {
    let pki = try SamplePKI.shared.get()
    #expect(throws: OpenSSLError.self) { try Signer(try pki.key("leaf"), .es384) }
    #expect(throws: OpenSSLError.self) { try Signer(try PrivateKey.generate(.ed25519), .ps256) }
    #expect(throws: OpenSSLError.self) {
      try Signer(try PrivateKey.generate(.rsa(bits: 1024)), .ps256)
    }
    for name in ["koblitz", "explicit", "rsa", "twice"] {
      #expect(throws: OpenSSLError.self) { try Verifier(try pki.certificate(name), .es256) }
    }
  }

  @Test func `one signer serves many tasks`() async throws {
    let pki = try SamplePKI.shared.get()
    let signer = try Signer(try pki.key("leaf"), .es256)
    let verifier = try Verifier(try pki.certificate("leaf"), .es256)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for n in 0..<64 {
        group.addTask {
          let message = Array("message \(n)".utf8)
          return verifier.verifies(try signer.sign(message), of: message)
        }
      }
      for try await verdict in group { #expect(verdict) }
    }
  }
}
