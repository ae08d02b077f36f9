/// One golden exchange of schemas/vectors: what went in, and the octets that must come out.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import OpenSSL
import Platform
import TestSupport

struct Vector: Sendable {
  /// Each is named after its partner.
  static let names = ["politie-avim", "emm", "comensha"]
  static let folder = "schemas/vectors"

  let inputs: VectorInputs
  let body: [UInt8]
  /// Head and body as they go over the line.
  let request: RecordedRequest
  /// The JWS text.
  let signature: String
  /// The protected header's octets.
  let header: [UInt8]
  let signingInput: [UInt8]
  let signer: Certificate
  let anchors: [Certificate]
  let chain: [Certificate]
  let revocationLists: [RevocationList]
  let expected: Expectation

  /// Made anew first, where the maintainers' program asks for that.
  static func read(_ name: String) async throws -> Vector {
    try await VectorMaking.whereAsked()
    func octets(_ file: String) throws -> [UInt8] {
      try PackageFolder.read("\(folder)/\(name)/\(file)")
    }
    return Vector(
      inputs: VectorInputs(
        partner: name, submission: try octets("submission.json"),
        partnerFile: try octets("partner.toml"), policyFile: try octets("policy.toml"),
        envelope: try FixedEnvelope(try JSONReader.read(octets("envelope.json")))),
      body: try octets("body.json"), request: RecordedRequest(octets: try octets("request.http")),
      signature: String(decoding: try octets("signature.jws"), as: UTF8.self),
      header: try octets("header.json"), signingInput: try octets("signing-input.txt"),
      signer: try Certificate(pem: octets("signer.pem")),
      anchors: try Certificate.all(pem: octets("anchors.pem")),
      chain: try Certificate.all(pem: octets("chain.pem")),
      revocationLists: try RevocationList.all(pem: octets("crl.pem")),
      expected: try Expectation(try JSONReader.read(octets("expected.json"))))
  }
}

/// All that decides the octets of a body.
struct VectorInputs: Sendable {
  let partner: String
  let submission: [UInt8]
  let partnerFile: [UInt8]
  let policyFile: [UInt8]
  let envelope: FixedEnvelope
}

/// envelope.json: clock and chance held still.
struct FixedEnvelope: Sendable {
  let source: String
  let recordedAt: Instant
  let lifetimeSeconds: Int64
  let answerWithinSeconds: Int64
  let schemaVersion: String
  /// 16 octets each.
  let idOctets: [UInt8]
  let nonceOctets: [UInt8]
  /// 32 and 16 octets; they only matter where names are taken out.
  var aliasKey: [UInt8]?
  var shuffle: [UInt8]?
}

extension FixedEnvelope {
  init(_ json: JSONValue) throws {
    func octets(_ name: String) -> [UInt8]? { json[name]?.text.flatMap(Hex.decode) }
    guard let source = json["source"]?.text,
      let recordedAt = json["recordedAt"]?.text.flatMap(Instant.init(rfc3339:)),
      let lifetime = json["lifetimeSeconds"]?.integer,
      let answer = json["answerWithinSeconds"]?.integer,
      let version = json["schemaVersion"]?.text, let id = octets("idOctets"),
      let nonce = octets("nonceOctets")
    else { throw BrokenTestSupport(description: "envelope.json has not all members") }
    self.init(
      source: source, recordedAt: recordedAt, lifetimeSeconds: lifetime,
      answerWithinSeconds: answer, schemaVersion: version, idOctets: id, nonceOctets: nonce,
      aliasKey: octets("aliasKey"), shuffle: octets("shuffleOctets"))
  }

  var json: JSONValue {
    var object: JSONObject = [
      "source": .string(source), "recordedAt": .string(recordedAt.description),
      "lifetimeSeconds": .number(JSONNumber(lifetimeSeconds)),
      "answerWithinSeconds": .number(JSONNumber(answerWithinSeconds)),
      "schemaVersion": .string(schemaVersion), "idOctets": .string(Hex.encode(idOctets)),
      "nonceOctets": .string(Hex.encode(nonceOctets)),
    ]
    if let aliasKey { object["aliasKey"] = .string(Hex.encode(aliasKey)) }
    if let shuffle { object["shuffleOctets"] = .string(Hex.encode(shuffle)) }
    return .object(object)
  }
}

/// expected.json: the verdict on the exchange, and on twins of it that differ in one octet.
struct Expectation: Sendable {
  struct Twin: Sendable, CustomStringConvertible {
    let name: String
    /// "body", or "signature" for the octets that its base64url text stands for.
    let part: String
    let offset: Int
    let xor: UInt8
    /// Digest and Content-Digest say what the changed body has.
    let fitsDigest: Bool
    /// Why the twin is refused.
    let code: String
    var description: String { name }
  }
  /// When the exchange is verified.
  let at: Instant
  let issuedAt: Int64
  let algorithm: String
  let id: String
  let payloadDigest: String
  let signatureDigest: String
  let twins: [Twin]

  init(_ json: JSONValue) throws {
    guard json["verdict"]?.text == "ok", let at = json["at"]?.integer,
      let issuedAt = json["issuedAt"]?.integer, let algorithm = json["algorithm"]?.text,
      let id = json["id"]?.text, let payload = json["payloadDigest"]?.text,
      let signature = json["signatureDigest"]?.text, let twins = json["twins"]?.elements
    else { throw BrokenTestSupport(description: "expected.json has not all members") }
    self.at = Instant(seconds: at)
    self.issuedAt = issuedAt
    self.algorithm = algorithm
    self.id = id
    payloadDigest = payload
    signatureDigest = signature
    self.twins = try twins.map { twin in
      guard let name = twin["name"]?.text, let part = twin["part"]?.text,
        let offset = twin["offset"]?.integer, let xor = twin["xor"]?.integer,
        let fits = twin["digestOfChangedBody"]?.flag, let code = twin["code"]?.text
      else { throw BrokenTestSupport(description: "a twin has not all members") }
      return Twin(
        name: name, part: part, offset: Int(offset), xor: UInt8(xor), fitsDigest: fits,
        code: code)
    }
  }
}

/// Where two runs of octets first differ; nil when they are equal.
func difference(_ found: [UInt8], _ wanted: [UInt8]) -> String? {
  guard found != wanted else { return nil }
  let place = zip(found, wanted).prefix { $0 == $1 }.count
  func around(_ octets: [UInt8]) -> String {
    String(decoding: octets.dropFirst(max(0, place - 20)).prefix(60), as: UTF8.self)
  }
  return "octet \(place) of \(found.count): \(around(found)) instead of \(around(wanted))"
}
