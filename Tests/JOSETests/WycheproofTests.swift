/// Signatures, encryption and keyed digests against C2SP Wycheproof: every file that is there.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JOSE
import OpenSSL
import Platform
import TestSupport
import Testing

// Without the vectors this test is reported as skipped. What a group is about, the group says
// itself; what we do not do is listed with the reason in .build/suites/wycheproof.txt.
@Suite struct WycheproofTests {
  @Test(.enabled(if: !WycheproofFile.names.isEmpty, "test vectors wycheproof are absent"))
  func `agrees with every case of the profile, and names the others`() throws {
    var report = SuiteReport("wycheproof")
    for name in WycheproofFile.names {
      let file = try WycheproofFile(name)
      let before = report.cases
      for group in file.groups {
        for test in group.objects("tests") {
          let label = "\(name) \(test.number("tcId") ?? 0)"
          let result = WycheproofResult(rawValue: test.text("result") ?? "")
          judge(
            try WycheproofJudge(file, group).judge(test), try #require(result, "\(label)"), label,
            in: &report)
        }
      }
      #expect(report.cases - before == file.numberOfTests, "\(name)")
    }
    let lines = try report.write()
    #expect(report.failed.isEmpty, "\(lines)")
  }

  private func judge(
    _ verdict: WycheproofVerdict, _ result: WycheproofResult, _ label: String,
    in report: inout SuiteReport
  ) {
    switch (verdict, result) {
    case (.outside(let reason), _): report.leave(label, because: reason)
    case (.taken, .valid), (.refused, .invalid): report.pass()
    case (.taken, .acceptable): report.leave(label, because: "acceptable, and taken")
    case (.refused, .acceptable): report.leave(label, because: "acceptable, and refused")
    case (.taken, .invalid): report.fail(label, "taken")
    case (.refused, .valid): report.fail(label, "refused")
    // It did what it must not do, whatever the suite says.
    case (.broken(let what), _): report.fail(label, what)
    }
  }
}

enum WycheproofVerdict {
  case taken, refused
  case outside(String)
  case broken(String)
}

/// Judges the cases of one group.
struct WycheproofJudge {
  private let algorithm: String
  private let group: WycheproofObject

  init(_ file: WycheproofFile, _ group: WycheproofObject) {
    algorithm = file.algorithm
    self.group = group
  }

  func judge(_ test: WycheproofObject) throws -> WycheproofVerdict {
    switch group.text("type") ?? "" {
    case "EcdsaP1363Verify", "RsassaPssVerify": return try signature(test)
    case "EcdsaVerify":
      return try foreign(
        test, "JWS has r and s side by side (RFC 7518, 3.4); in DER they are refused")
    case "RsassaPkcs1Verify":
      return try foreign(test, "PKCS #1 v1.5 is not in the profile; as PS256 it is refused")
    case "RsassaPssWithParametersVerify", "EddsaVerify", "EcdsaBitcoinVerify":
      return try foreign(test, "keys of this kind are refused")
    case "AeadTest": return try encryption(test)
    case "MacTest": return try keyedDigest(test)
    case "JsonWebSignature", "JsonWebCrypto", "JsonWebKey": return try jws(test)
    case "RsaesOaepDecrypt", "RsaesPkcs1Decrypt", "JsonWebEncryption":
      return .outside("documents are not encrypted (JWE) in this version")
    case let type: return .outside("nothing of ours does \(type) \(algorithm)")
    }
  }

  // MARK: Signatures

  private func key() -> PublicKey? {
    group.octets("publicKeyDer").flatMap { try? PublicKey(spki: $0) }
  }

  /// Raw ECDSA and RSASSA-PSS: the forms of JWS.
  private func signature(_ test: WycheproofObject) throws -> WycheproofVerdict {
    guard let key = key() else { return .outside("the key does not parse, and is refused") }
    let (sha, mask, salt) = (group.text("sha") ?? "", group.text("mgfSha"), group.number("sLen"))
    let algorithm: SignatureAlgorithm
    switch (key.kind, sha, mask, salt) {
    case (.p256, "SHA-256", nil, nil): algorithm = .es256
    case (.p384, "SHA-384", nil, nil): algorithm = .es384
    case (.rsa, "SHA-256", "SHA-256", 32): algorithm = .ps256
    case (.rsa, "SHA-384", "SHA-384", 48): algorithm = .ps384
    case (.rsa, _, _, _):
      return try foreign(
        test, "\(sha), MGF1 with \(mask ?? "another"), salt of \(salt ?? -1): refused as PS256")
    default: return try foreign(test, "\(key.kind) with \(sha) is not in the profile")
    }
    return try verify(test, Verifier(key, algorithm))
  }

  private func verify(_ test: WycheproofObject, _ verifier: Verifier) throws -> WycheproofVerdict {
    let (message, signature) = (test.octets("msg"), test.octets("sig"))
    return verifier.verifies(try #require(signature), of: try #require(message))
      ? .taken : .refused
  }

  /// A good signature of a form that is outside the profile must be refused by all that is in it.
  /// A bad one may be good in another form: some sign with RSASSA-PSS where PKCS #1 is expected.
  private func foreign(_ test: WycheproofObject, _ reason: String) throws -> WycheproofVerdict {
    guard let key = key() else { return .outside("the key does not parse, and is refused") }
    for algorithm in SignatureAlgorithm.allCases where test.text("result") == "valid" {
      guard let verifier = try? Verifier(key, algorithm) else { continue }
      if case .taken = try verify(test, verifier) {
        return .broken("taken as \(algorithm.rawValue): \(reason)")
      }
    }
    return .outside(reason)
  }

  // MARK: Encryption and keyed digests

  private func encryption(_ test: WycheproofObject) throws -> WycheproofVerdict {
    let sizes = ["keySize", "ivSize", "tagSize"].map { group.number($0) ?? 0 }
    guard algorithm == "AES-GCM", sizes == [256, 96, 128] else {
      return .outside("the store is sealed with AES-256-GCM only, not \(algorithm) \(sizes)")
    }
    func octets(_ name: String) throws -> [UInt8] { try #require(test.octets(name)) }
    let key = SecretOctets(copying: try octets("key"))
    let (nonce, associated) = (try octets("iv"), try octets("aad"))
    let sealed = try octets("ct") + octets("tag")
    let plain = AESGCM.open(sealed, key: key, nonce: nonce, associatedData: associated)
    guard let plain else { return .refused }
    let again = try AESGCM.seal(plain, key: key, nonce: nonce, associatedData: associated)
    guard again == sealed, try plain == octets("msg") else { return .broken("another text") }
    return .taken
  }

  private func keyedDigest(_ test: WycheproofObject) throws -> WycheproofVerdict {
    guard algorithm == "HMACSHA256", group.number("tagSize") == 256 else {
      return .outside(
        "only HMAC-SHA-256 of full length is used, not \(algorithm) \(group.number("tagSize") ?? 0)"
      )
    }
    func octets(_ name: String) throws -> [UInt8] { try #require(test.octets(name)) }
    let digest = KeyedDigest.hmacSHA256(key: try octets("key"), try octets("msg"))
    return ConstantTime.equal(digest, try octets("tag")) ? .taken : .refused
  }

  // MARK: JWS

  /// With a payload, as RFC 7515 has it: our parts put together, for the documents' own binding is
  /// detached. Nothing but a strict reading and the algorithms of the profile.
  private func jws(_ test: WycheproofObject) throws -> WycheproofVerdict {
    guard let text = test.text("jws") else { return .outside("JWE is not served") }
    guard let key = group.object("public") ?? group.object("private"), key.text("kty") != nil
    else { return .outside("keys come from certificates; there are no key sets") }
    if let alg = key.text("alg"), SignatureAlgorithm(rawValue: alg) == nil {
      return .outside("\(alg) is not in the profile")
    }
    guard key.text("use") ?? "sig" == "sig", key.words("key_ops") ?? ["verify"] == ["verify"] else {
      return .outside("keys come from certificates; their use is checked there")
    }
    guard let signature = CompactJWS(splitting: Array(text.utf8)),
      case .success(let header) = ProtectedHeader.read(signature.protected),
      let algorithm = header.signatureAlgorithm, let der = KeyInfo.der(of: key),
      let known = try? PublicKey(spki: der), let verifier = try? Verifier(known, algorithm)
    else { return .refused }
    let signed = Array("\(signature.protected).\(signature.payload)".utf8)
    return verifier.verifies(signature.signatureOctets, of: signed) ? .taken : .refused
  }
}
