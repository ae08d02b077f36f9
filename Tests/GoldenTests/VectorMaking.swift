/// Makes the vectors anew where scripts/make-vectors asks for it: signs with the sample keys.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Foundation
import JOSE
import JSON
import OpenSSL
import Platform
import Referrals
import Register
import Sending
import Signing
import TestSupport
import Testing
import Wire

/// `REFERRAL_MAKE_VECTORS=1` writes schemas/vectors before any test reads it;
/// `REFERRAL_VECTORS_TIME` (RFC 3339) takes the place of the clock.
enum VectorMaking {
  static let senderNumber = "00000099000000001000"

  private struct Plan {
    let partner: String
    let example: String
    /// Id and nonce count up from here, alias key and shuffle too.
    let firstOctet: UInt8
    var takesNamesOut = false

    func octets(_ skip: UInt8, _ count: UInt8) -> [UInt8] {
      (0..<count).map { firstOctet + skip + $0 }
    }
  }

  private static let plans = [
    Plan(partner: "politie-avim", example: "02-unknown-woman", firstOctet: 0x00),
    Plan(partner: "emm", example: "10-cross-border", firstOctet: 0x20),
    Plan(
      partner: "comensha", example: "21-stateless-child-ethiopic", firstOctet: 0x40,
      takesNamesOut: true),
  ]

  private static let made = Task { try await make() }

  /// Once for all tests; nothing where nobody asked.
  static func whereAsked() async throws {
    guard ProcessInfo.processInfo.environment["REFERRAL_MAKE_VECTORS"] == "1" else { return }
    try await made.value
  }

  private static func make() async throws {
    let pki = try DevelopmentPKI.folder()
    let given = ProcessInfo.processInfo.environment["REFERRAL_VECTORS_TIME"]
    guard let moment = given.map(Instant.init(rfc3339:)) ?? SystemClock.now() else {
      throw BrokenTestSupport(description: "REFERRAL_VECTORS_TIME is no time")
    }
    for plan in plans { try await make(plan, at: moment, pki) }
  }

  private static func make(_ plan: Plan, at moment: Instant, _ pki: String) async throws {
    let inputs = try inputs(of: plan, at: moment)
    let composition = try Composition(inputs)
    let settings = composition.partner.signing
    let identity = try SigningIdentity(
      key: settings.key.key, certificates: settings.key.certificates,
      algorithm: settings.algorithm)
    let document = composition.document
    guard identity.covers(document.issuedAt, document.expires),
      let chain = SignatureStyle.Chain(rawValue: settings.x5c.rawValue)
    else { throw BrokenTestSupport(description: "the sample keys do not cover \(moment)") }
    let signed = try sign(
      document, with: identity,
      style: SignatureStyle(headerName: settings.headerName, chain: chain))
    let request = try await Push(
      inputs: inputs, body: signed.octets, signature: signed.signature
    ).recorded()
    guard let jws = CompactJWS(splitting: Array(signed.signature.utf8)),
      let header = Base64.decode(jws.protected, .url)
    else { throw BrokenTestSupport(description: "the signature has no three parts") }
    func authority(_ name: String) throws -> [UInt8] {
      try Files.read("\(pki)/\(name)", limit: 1_048_576)
    }
    let expected = expectation(signed, jws, settings.algorithm, at: moment)
    try write(
      [
        "submission.json": inputs.submission, "partner.toml": inputs.partnerFile,
        "policy.toml": inputs.policyFile, "envelope.json": pretty(inputs.envelope.json),
        "body.json": signed.octets, "request.http": request.octets, "header.json": header,
        "signature.jws": Array(signed.signature.utf8),
        "signing-input.txt": DetachedBinding.signingInput(
          protected: jws.protected, digest: signed.digest),
        "signer.pem": pem(identity.certificates[0]),
        "chain.pem": try authority("intermediates.pem"),
        "anchors.pem": try authority("anchors.pem"),
        "crl.pem": try authority("crls/root.pem") + authority("crls/services.pem"),
        "expected.json": pretty(expected),
      ], to: "\(PackageFolder.path)/\(Vector.folder)/\(plan.partner)")
  }

  private static func inputs(of plan: Plan, at moment: Instant) throws -> VectorInputs {
    let submission = try Examples.submission(plan.example)
    let priority = submission["referral"]?["header"]?["priority"]?.text
    guard let priority = priority.flatMap(Priority.init(rawValue:)) else {
      throw BrokenTestSupport(description: "\(plan.example) has no priority")
    }
    let versions = try PublishedSchemas.folder().wire.documentVersions
    let code = try #require(PartnerCode(plan.partner))
    let newest = try ExampleRegister.configuration().partner(code)?.versions(among: versions).max()
    return VectorInputs(
      partner: plan.partner, submission: try Examples.octets(plan.example),
      partnerFile: try PackageFolder.read("partners/partners.d/\(plan.partner).toml"),
      policyFile: try PackageFolder.read("partners/policies.d/\(plan.partner).toml"),
      envelope: FixedEnvelope(
        source: try ExampleRegister.configuration().identity.source, recordedAt: moment,
        lifetimeSeconds: SendingLimits.lifetimeSeconds(priority),
        answerWithinSeconds: SendingLimits.answerWithinSeconds(priority),
        schemaVersion: "\(try #require(newest))", idOctets: plan.octets(0, 16),
        nonceOctets: plan.octets(16, 16), aliasKey: plan.takesNamesOut ? plan.octets(32, 32) : nil,
        shuffle: plan.takesNamesOut ? plan.octets(64, 16) : nil))
  }

  private static func expectation(
    _ signed: SignedDocument, _ jws: CompactJWS, _ algorithm: SignatureAlgorithm,
    at moment: Instant
  ) -> JSONValue {
    func twin(_ name: String, _ part: String, _ length: Int, _ newDigest: Bool, _ code: String)
      -> JSONValue
    {
      [
        "name": .string(name), "part": .string(part),
        "offset": .number(JSONNumber(Int64(length / 2))), "xor": 1,
        "digestOfChangedBody": .bool(newDigest), "verdict": "refused", "code": .string(code),
      ]
    }
    let (body, signature) = (signed.octets.count, jws.signatureOctets.count)
    return [
      "verdict": "ok", "at": .number(JSONNumber(moment.seconds)),
      "identity": .string("urn:nld:oin:\(senderNumber)"),
      "algorithm": .string(algorithm.rawValue), "id": .string(signed.id.description),
      "issuedAt": .number(JSONNumber(signed.issuedAt.seconds)),
      "payloadDigest": .string(signed.digest.field),
      "signatureDigest": .string(signed.signatureDigest.field),
      "twins": [
        twin("body-octet", "body", body, false, "digest-mismatch"),
        twin("body-octet-and-digest", "body", body, true, "signature-invalid"),
        twin("signature-octet", "signature", signature, false, "signature-invalid"),
      ],
    ]
  }

  private static func pretty(_ value: JSONValue) -> [UInt8] { JSONWriter.writePretty(value) }

  /// RFC 7468, section 3.
  private static func pem(_ certificate: Certificate) -> [UInt8] {
    let text = Array(Base64.text(certificate.der, .standard))
    let lines = stride(from: 0, to: text.count, by: 64).map { String(text[$0...].prefix(64)) }
    let label = "CERTIFICATE-----\n"
    return Array(
      ("-----BEGIN \(label)" + lines.joined(separator: "\n") + "\n-----END \(label)").utf8)
  }

  private static func write(_ files: [String: [UInt8]], to folder: String) throws {
    try Files.makeFolder(folder, mode: 0o755)
    for (name, octets) in files {
      try Files.write(octets, to: "\(folder)/\(name)", mode: 0o644)
    }
  }
}
