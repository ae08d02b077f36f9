/// Every golden exchange again: the body composed, the signature judged, the request sent.
// SPDX-License-Identifier: Apache-2.0
import Digest
import JOSE
import OpenSSL
import Platform
import Signing
import TestSupport
import Testing
import Wire

@Suite struct GoldenTests {
  @Test func `covers every folder of vectors`() async throws {
    for name in Vector.names { _ = try await Vector.read(name) }
    let folder = PackageFolder.path + "/" + Vector.folder
    let found = try Files.list(folder).filter { Files.exists("\(folder)/\($0)/request.http") }
    #expect(found == Vector.names.sorted())
  }

  @Test(arguments: Vector.names)
  func `composes the body again octet for octet`(name: String) async throws {
    let vector = try await Vector.read(name)
    let document = try Composition(vector.inputs).document
    #expect(difference(document.octets, vector.body) == nil)
    #expect(document.id.description == vector.expected.id)
    #expect(document.digest.field == vector.expected.payloadDigest)
    #expect(document.issuedAt.seconds == vector.expected.issuedAt)
  }

  @Test(arguments: Vector.names)
  func `writes the protected header and the signed octets again`(name: String) async throws {
    let vector = try await Vector.read(name)
    let algorithm = try #require(SignatureAlgorithm(rawValue: vector.expected.algorithm))
    let header = DetachedBinding.header(
      algorithm: algorithm, certificates: [vector.signer], chain: .leaf,
      issuedAt: vector.expected.issuedAt)
    #expect(difference(header, vector.header) == nil)
    let jws = try #require(CompactJWS(splitting: Array(vector.signature.utf8)))
    #expect(jws.protected == Base64.text(header, .url))
    let input = DetachedBinding.signingInput(
      protected: jws.protected, digest: SHA256Digest(of: vector.body))
    #expect(difference(input, vector.signingInput) == nil)
  }

  @Test(arguments: Vector.names)
  func `verifies the signature at the vector's time`(name: String) async throws {
    let vector = try await Vector.read(name)
    guard case .valid(let facts, _) = vector.verdict(vector.request.message) else {
      Issue.record("\(vector.verdict(vector.request.message))")
      return
    }
    #expect(facts.certificate == vector.signer)
    #expect(facts.algorithm.rawValue == vector.expected.algorithm)
    #expect(facts.signedAt?.seconds == vector.expected.issuedAt)
    #expect(facts.bodyDigest.field == vector.expected.payloadDigest)
    #expect(facts.signatureDigest.field == vector.expected.signatureDigest)
  }

  @Test(arguments: Vector.names)
  func `refuses a twin that differs in one octet`(name: String) async throws {
    let vector = try await Vector.read(name)
    #expect(Set(vector.expected.twins.map(\.code)) == ["digest-mismatch", "signature-invalid"])
    for twin in vector.expected.twins {
      guard case .invalid(let failure, _) = vector.verdict(try vector.message(of: twin)) else {
        Issue.record("\(twin) is not refused")
        continue
      }
      #expect(failure.code.rawValue == twin.code, "\(twin)")
    }
  }

  @Test(arguments: Vector.names)
  func `waits where the revocation lists have ended`(name: String) async throws {
    let vector = try await Vector.read(name)
    let ends = vector.revocationLists.compactMap(\.nextUpdate)
    let later = try #require(ends.max()).adding(seconds: 1)
    guard case .undecided(let doubt, _, _) = vector.verdict(vector.request.message, at: later)
    else {
      Issue.record("not left undecided")
      return
    }
    #expect(doubt.code == .revocationUnknown)
  }

  @Test(arguments: Vector.names)
  func `sends the request again octet for octet`(name: String) async throws {
    let vector = try await Vector.read(name)
    let push = Push(inputs: vector.inputs, body: vector.body, signature: vector.signature)
    let recorded = try await push.recorded()
    #expect(difference(recorded.octets, vector.request.octets) == nil)
    #expect(difference(recorded.body, vector.body) == nil)
  }

  @Test(arguments: Vector.names)
  func `shows sample certificates only`(name: String) async throws {
    let vector = try await Vector.read(name)
    for shown in [vector.signer] + vector.chain + vector.anchors { #expect(shown.isSample) }
  }
}

extension Vector {
  /// What a receiver says that trusts exactly the vector's anchors, at its time or another.
  func verdict(_ message: ReceivedMessage, at moment: Instant? = nil) -> SignatureVerdict {
    let trust = SignerTrust(
      algorithms: [.ps256, .es256], mode: .chain, anchors: anchors, intermediates: chain,
      identity: .oin(VectorMaking.senderNumber), revocationLists: revocationLists,
      checksRevocation: true, extendedKeyUsages: [],
      headerNames: SignerTrust.defaultHeaderNames)
    return verify(
      message, trust: trust, bodyLimitOctets: 1_048_576, now: moment ?? expected.at)
  }

  /// The exchange with one octet changed.
  func message(of twin: Expectation.Twin) throws -> ReceivedMessage {
    var jws = try #require(CompactJWS(splitting: Array(signature.utf8)))
    var octets = body
    if twin.part == "body" {
      octets[twin.offset] ^= twin.xor
    } else {
      var changed = jws.signatureOctets
      changed[twin.offset] ^= twin.xor
      jws = CompactJWS(detached: jws.protected, signature: changed)
    }
    let digest = SHA256Digest(of: twin.fitsDigest ? octets : body)
    let fields = request.message.fields.map { field in
      switch field.name {
      case "digest": (name: field.name, value: digest.field)
      case "content-digest": (name: field.name, value: "sha-256=:\(digest.base64):")
      case "payload-signature": (name: field.name, value: jws.text)
      default: field
      }
    }
    return ReceivedMessage(fields: fields, body: octets)
  }
}
