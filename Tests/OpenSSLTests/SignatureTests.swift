/// Signatures of our own, and those of Wycheproof.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import OpenSSL
import Platform
import Testing

@Suite struct SignatureTests {
  static let pairs: [(SignatureAlgorithm, KeyKind, Int)] = [
    (.ps256, .rsa(bits: 2048), 256), (.ps384, .rsa(bits: 2048), 256), (.es256, .p256, 64),
    (.es384, .p384, 96),
  ]

  @Test(arguments: pairs)
  func `signs and verifies`(_ algorithm: SignatureAlgorithm, _ kind: KeyKind, _ size: Int) throws {
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

/// C2SP Wycheproof: "ecdsa_*_p1363" and "rsa_pss_*" files of the folder of test vectors.
@Suite struct WycheproofTests {
  struct File: Decodable {
    let testGroups: [Group]
  }
  struct Group: Decodable {
    let publicKeyDer: String
    let sha: String
    let mgfSha: String?
    let sLen: Int?
    let tests: [Case]
  }
  struct Case: Decodable {
    let tcId: Int
    let msg: String
    let sig: String
    let result: String
  }

  static let folder: URL = {
    let named = ProcessInfo.processInfo.environment["REFERRAL_VECTORS"]
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let vectors =
      named.map { URL(fileURLWithPath: $0) }
      ?? root.deletingLastPathComponent().appendingPathComponent("shared/vectors")
    return vectors.appendingPathComponent("wycheproof")
  }()

  static let files: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().filter {
      $0.hasSuffix(".json")
        && ($0.hasPrefix("ecdsa_") && $0.contains("p1363") || $0.hasPrefix("rsa_pss_"))
    }
  }()

  /// The algorithm of the profile, or why the group is outside it.
  static func algorithm(_ group: Group, _ key: PublicKey) -> Result<SignatureAlgorithm, Outside> {
    switch (key.kind, group.sha, group.mgfSha, group.sLen) {
    case (.p256, "SHA-256", nil, nil): return .success(.es256)
    case (.p384, "SHA-384", nil, nil): return .success(.es384)
    case (.rsa, "SHA-256", "SHA-256", 32): return .success(.ps256)
    case (.rsa, "SHA-384", "SHA-384", 48): return .success(.ps384)
    case (.rsa, _, let mask?, let salt?):
      return .failure(Outside(reason: "\(group.sha), MGF1 \(mask), salt \(salt)"))
    default: return .failure(Outside(reason: "\(key.kind) with \(group.sha)"))
    }
  }
  struct Outside: Error { let reason: String }

  @Test(.enabled(if: !files.isEmpty, "no test vectors here"), arguments: files)
  func `agrees with every case of the profile`(_ name: String) throws {
    let data = try Data(contentsOf: Self.folder.appendingPathComponent(name))
    let file = try JSONDecoder().decode(File.self, from: data)
    var (run, left) = (0, [String: Int]())
    for group in file.testGroups {
      let spki = try #require(Hex.decode(group.publicKeyDer))
      guard let key = try? PublicKey(spki: spki) else {
        left["key that does not parse", default: 0] += group.tests.count
        #expect(group.tests.allSatisfy { $0.result != "valid" })
        continue
      }
      switch Self.algorithm(group, key) {
      case .failure(let outside): left[outside.reason, default: 0] += group.tests.count
      case .success(let algorithm):
        let verifier = try Verifier(key, algorithm)
        for test in group.tests {
          let message = try #require(Hex.decode(test.msg))
          let verdict = verifier.verifies(try #require(Hex.decode(test.sig)), of: message)
          run += 1
          switch test.result {
          case "valid": #expect(verdict, "\(name) \(test.tcId)")
          case "invalid": #expect(!verdict, "\(name) \(test.tcId)")
          default: left["acceptable (\(test.tcId)), taken: \(verdict)", default: 0] += 1
          }
        }
      }
    }
    let outside = left.map { "  outside the profile: \($0.value) × \($0.key)\n" }.sorted().joined()
    Attachment.record("\(name): \(run) cases agree\n" + outside, named: name + ".txt")
    #expect(run > 0)
  }
}
