/// What each partner gets of each example, with clock and chance held still.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Intake
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Wire

struct ExpectedDocuments {
  static let folder = "schemas/vectors/documents"
  private static let clock = "2026-11-26T09:00:00Z"

  /// By their path below the folder.
  private(set) var files: [String: [UInt8]] = [:]
  private var cases: [JSONValue] = []
  private let configuration: Configuration
  private let schemas: WireSchemas
  private let sources: [Source]
  private let now: Instant

  /// One referral of an example.
  private struct Source {
    let example: String
    /// "referral" or "withdraws".
    let member: String
    let referral: Referral

    var header: ReferralHeader { referral.header }
    var name: String { member == "referral" ? example : "\(example)-\(member)" }
  }

  init() throws {
    configuration = try ExampleRegister.configuration()
    schemas = try PublishedSchemas.folder().wire
    sources = try Examples.names.flatMap(ExpectedDocuments.sources)
    guard let now = Instant(rfc3339: ExpectedDocuments.clock) else {
      throw BrokenTestSupport(description: "the clock is no time")
    }
    self.now = now
    for source in sources {
      for partner in configuration.partners { try add(source, partner) }
    }
    files["index.json"] = JSONWriter.writePretty(
      [
        "clock": .string(ExpectedDocuments.clock),
        "examples": .array(try Examples.names.map(ExpectedDocuments.described)),
        "partners": .array(try configuration.partners.map(described)),
        "cases": .array(cases),
      ])
  }

  private static func sources(of example: String) throws -> [Source] {
    let intake = Intake(
      schema: try PublishedSchemas.folder().submission,
      reference: try PublishedSchemas.reference())
    guard case .read(let read) = intake.read(try Examples.octets(example), files: nil) else {
      throw BrokenTestSupport(description: "\(example) is refused")
    }
    let main = Source(example: example, member: "referral", referral: read.referral)
    guard let withdrawal = read.withdrawal else { return [main] }
    return [main, Source(example: example, member: "withdraws", referral: withdrawal.referral)]
  }

  // MARK: One document

  private enum Outcome {
    case document(WireDocument)
    case refused([Reason])
  }

  private mutating func add(_ source: Source, _ partner: Partner) throws {
    let predecessor = try predecessor(of: source, at: partner)
    var entry: JSONObject = [
      "example": .string(source.example), "member": .string(source.member),
      "partner": .string(partner.code.text),
    ]
    if let predecessor {
      entry["predecessor"] = [
        "revision": .number(JSONNumber(Int64(predecessor.revision))),
        "detailLevel": .string(predecessor.detailLevel.rawValue),
        "digest": .string(predecessor.digest.field),
      ]
    }
    if source.header.operation == .withdraw, predecessor == nil {
      entry["outcome"] = "not-sent"
    } else {
      switch try outcome(source, partner, after: predecessor) {
      case .refused(let reasons):
        entry["outcome"] = "refused"
        entry["reasons"] = .array(
          reasons.map {
            [
              "rule": .string($0.rule.rawValue), "pointer": .string($0.pointer.description),
            ]
          })
      case .document(let document):
        let file = "\(source.name)/\(partner.code.text).json"
        let octets = JSONWriter.write(.object(document.data))
        files[file] = octets
        entry["outcome"] = "document"
        entry["detailLevel"] = .string(document.disclosed.detailLevel.rawValue)
        entry["schemaVersion"] = .string(document.schemaVersion)
        entry["losses"] = .array(document.losses.map { .string($0.pointer.description) })
        entry["file"] = .string(file)
        entry["sha256"] = .string(SHA256Digest(of: octets).hex)
      }
    }
    cases.append(.object(entry))
  }

  /// What an earlier revision among the examples left at this partner.
  private func predecessor(of source: Source, at partner: Partner) throws -> Predecessor? {
    let earlier = sources.filter {
      $0.header.referralID == source.header.referralID
        && $0.header.revision < source.header.revision
    }.max { $0.header.revision < $1.header.revision }
    guard let earlier else { return nil }
    let before = try predecessor(of: earlier, at: partner)
    guard case .document(let document) = try outcome(earlier, partner, after: before) else {
      return before
    }
    return Predecessor(
      revision: earlier.header.revision,
      digest: SHA256Digest(of: JSONWriter.write(.object(document.data))),
      detailLevel: document.disclosed.detailLevel)
  }

  private func outcome(_ source: Source, _ partner: Partner, after predecessor: Predecessor?)
    throws -> Outcome
  {
    let code = partner.code.text
    guard let policy = configuration.policy(of: code),
      let version = partner.versions(among: schemas.documentVersions).max()
    else { throw BrokenTestSupport(description: "\(code) has no policy or no version") }
    let situation = DisclosureSituation(
      partner: partner.addressee, policy: policy, exercisesOnly: true, predecessor: predecessor,
      pseudonyms: PseudonymKey(octets: ExpectedDocuments.aliasKey(of: partner)),
      shuffle: Array(SHA256Digest(of: Array("shuffle \(code)".utf8)).octets.prefix(16)),
      today: CivilDate(daysSince1970: Int(now.startOfDay.seconds / 86_400)))
    let disclosed: DisclosedReferral
    switch disclose(source.referral, in: situation) {
    case .refused(let reasons): return .refused(reasons)
    case .disclosed(let referral, _): disclosed = referral
    }
    let chance = [UInt8](repeating: 0x5A, count: 16)
    let envelope = Envelope(
      source: configuration.identity.source, recordedAt: now, lifetimeSeconds: 86_400,
      answerWithinSeconds: 3_600, schemaVersion: version.description, idOctets: chance,
      nonceOctets: chance)
    switch WireDocument.encode(disclosed, in: envelope, schemas: schemas) {
    case .document(let document): return .document(document)
    case .misleading(let losses):
      return .refused(losses.map { Reason(.versionLoss, at: $0.pointer) })
    case .invalid(let violations):
      return .refused(violations.map { Reason(.documentInvalid, at: $0.pointer) })
    case .tooLarge: return .refused([Reason(.tooLarge, at: JSONPointer())])
    case .unknownVersion: return .refused([Reason(.noCommonVersion, at: JSONPointer())])
    }
  }

  // MARK: What went in

  private static func aliasKey(of partner: Partner) -> [UInt8] {
    SHA256Digest(of: Array("alias key \(partner.code.text)".utf8)).octets
  }

  private static func described(_ example: String) throws -> JSONValue {
    [
      "example": .string(example), "file": .string("examples/\(example).json"),
      "sha256": .string(SHA256Digest(of: try Examples.octets(example)).hex),
    ]
  }

  private func described(_ partner: Partner) throws -> JSONValue {
    let code = partner.code.text
    func digest(_ file: String) throws -> JSONValue {
      .string(SHA256Digest(of: try PackageFolder.read(file)).hex)
    }
    let (file, policy) = ("partners/partners.d/\(code).toml", "partners/policies.d/\(code).toml")
    return [
      "partner": .string(code), "file": .string(file), "sha256": try digest(file),
      "policy": .string(policy), "policySha256": try digest(policy),
      "aliasKey": .string(Hex.encode(ExpectedDocuments.aliasKey(of: partner))),
      "shuffleOctets": .string(
        Hex.encode(
          Array(SHA256Digest(of: Array("shuffle \(code)".utf8)).octets.prefix(16)))),
    ]
  }
}
