/// The whole way of a generated referral to one partner: disclosed, written, signed.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Intake
import JSON
import OpenSSL
import Platform
import Referrals
import Register
import Signing
import TestSupport
import Testing
import Wire

/// What leaves the gateway, and what stays with it.
struct Copy {
  let level: String
  let document: WireDocument
  /// Lines of the request: name and value.
  let headers: [String]
  /// What is kept or logged of the decision.
  let report: DisclosureReport
  let conversationID: String
}

struct Gate {
  let configuration: Configuration
  let intake: Intake
  let wire: WireSchemas

  init() throws {
    configuration = try ExampleRegister.configuration()
    let schemas = try PublishedSchemas.folder()
    intake = Intake(schema: schemas.submission, reference: try PublishedSchemas.reference())
    wire = schemas.wire
  }

  /// The referral as intake takes it; a refusal is a fault of the generator.
  func accepted(_ canary: CanaryReferral, for partner: String) throws -> Referral {
    let submission = canary.submission.with("/recipients", [.string(partner)])
    switch intake.read(JSONWriter.write(submission), files: nil) {
    case .read(let read): return read.referral
    case .refused(let reasons):
      throw BrokenTestSupport(
        description: reasons.map { "\($0.rule.rawValue) \($0.pointer) \($0.detail ?? "")" }
          .joined(separator: "; "))
    }
  }

  /// Nil with the grounds where the partner may get nothing.
  func copy(
    of referral: Referral, for partner: String, under policy: Policy? = nil, chance: UInt8 = 1,
    key: UInt8? = nil, before: Predecessor? = nil, at moment: Instant = Gate.now
  ) throws -> Result<Copy, Refused> {
    let code = try #require(PartnerCode(partner))
    let link = try #require(configuration.partner(code))
    let situation = DisclosureSituation(
      partner: link.addressee, policy: try #require(policy ?? configuration.policy(of: partner)),
      exercisesOnly: true, predecessor: before,
      pseudonyms: PseudonymKey(octets: [UInt8](repeating: key ?? chance, count: 32)),
      shuffle: [UInt8](repeating: chance, count: 16), today: CivilDate(daysSince1970: 20_780))
    switch disclose(referral, in: situation) {
    case .refused(let reasons): return .failure(Refused(grounds: reasons.map(\.rule.rawValue)))
    case .disclosed(let disclosed, let report):
      let octets = { (use: UInt8) in
        SHA256Digest(of: Array("\(referral.header.referralID) \(partner)".utf8) + [chance, use])
          .octets.prefix(16)
      }
      let version = link.versions(among: wire.documentVersions).max() ?? link.schema.lowerBound
      let envelope = Envelope(
        source: configuration.identity.source, recordedAt: moment, lifetimeSeconds: 604_800,
        answerWithinSeconds: 3_600,
        schemaVersion: version.description, idOctets: Array(octets(1)),
        nonceOctets: Array(octets(2)))
      let document: WireDocument
      switch WireDocument.encode(disclosed, in: envelope, schemas: wire) {
      case .document(let written): document = written
      case .unknownVersion, .misleading, .tooLarge:
        throw BrokenTestSupport(description: "not written for \(partner)")
      case .invalid(let found):
        let places = found.map { "\($0.pointer) \($0.keyword) \($0.message)" }
        throw BrokenTestSupport(
          description: "no valid document for \(partner): \(places.joined(separator: "; "))")
      }
      return .success(
        Copy(
          level: disclosed.detailLevel.rawValue, document: document,
          headers: try headers(of: document, for: link), report: report,
          conversationID: disclosed.conversationID.description))
    }
  }

  private func headers(of document: WireDocument, for partner: Partner) throws -> [String] {
    let key = partner.signing.key
    let identity = try SigningIdentity(
      key: key.key, certificates: key.certificates, algorithm: key.algorithm)
    let signed = try sign(
      document, with: identity, style: SignatureStyle(headerName: partner.signing.headerName))
    return signed.requestFields.map { "\($0.name): \($0.value)" }
  }

  struct Refused: Error { let grounds: [String] }

  static let now = Instant(seconds: 20_780 * 86_400 + 36_000)
}

extension Copy {
  /// Everything that a partner or a reader of logs can get hold of, as octets.
  var traces: [(what: String, octets: [UInt8])] {
    // A signature's header is base64url of JSON: looked at both as it is and read.
    let decoded = headers.flatMap { line in
      line.split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "_" }
        .compactMap { Base64.decode(String($0), .url) }.flatMap { $0 }
    }
    let kept = report.lines.map { "\($0.pointer) \($0.effect) \($0.rule) \($0.reason)" }
    return [
      ("the document", document.octets),
      ("the headers", Array(headers.joined(separator: "\n").utf8)),
      ("the headers decoded", decoded), ("the report", Array(kept.joined(separator: "\n").utf8)),
      ("the ids", Array("\(document.id) \(conversationID)".utf8)),
    ]
  }
}

extension WireDocument {
  func tree() throws -> JSONValue { try JSONReader.read(octets) }
}
