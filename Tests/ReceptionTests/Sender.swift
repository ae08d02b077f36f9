/// The sender's side in one process: real documents through the real doors, and a partner for them.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Foundation
import HTTPServer
import Intake
import JSON
import Log
import OpenSSL
import Platform
import Reception
import Referrals
import Register
import Signing
import TestSupport
import Testing
import Wire

struct Sender {
  /// All tests happen at this moment, after the sample keys and their revocation lists were made.
  static let now: Instant = {
    _ = try? DevelopmentPKI.folder()
    return SystemClock.now()
  }()

  var example = "01-kitchen-workers"
  var partner = "politie-avim"
  var referralID = UniversalID.v7(at: now, random: SecureRandom.octets(16))
  var revision = 1
  var operation = "create"
  var cause: UniversalID?
  /// Stands in the first statement instead of the example's.
  var text: AwkwardText?
  var version = "1.0.0"
  /// When the document was made; it lives for an hour.
  var madeAt = now

  /// One document, signed as the gateway signs; its id is made of its time and `idOctets`.
  func document(idOctets: [UInt8] = SecureRandom.octets(16)) throws -> SignedDocument {
    let configuration = try ExampleRegister.configuration()
    let code = try #require(PartnerCode(partner))
    let situation = DisclosureSituation(
      partner: try #require(configuration.partner(code)).addressee,
      policy: try #require(configuration.policy(of: partner)), exercisesOnly: true,
      predecessor: nil, pseudonyms: PseudonymKey(octets: [UInt8](repeating: 7, count: 32)),
      shuffle: [UInt8](repeating: 3, count: 16),
      today: CivilDate(daysSince1970: Int(Sender.now.seconds / 86_400)))
    guard case .disclosed(let disclosed, _) = disclose(try referral(), in: situation) else {
      throw Unfit(what: "not disclosed")
    }
    let envelope = Envelope(
      source: configuration.identity.source, recordedAt: madeAt, lifetimeSeconds: 3_600,
      answerWithinSeconds: 600, schemaVersion: version, idOctets: idOctets,
      nonceOctets: SecureRandom.octets(16), causationID: cause)
    let encoding = WireDocument.encode(
      disclosed, in: envelope, schemas: try PublishedSchemas.folder().wire)
    guard case .document(let document) = encoding else { throw Unfit(what: "not encoded") }
    let key = try #require(configuration.signingKeys.first)
    return try sign(
      document,
      with: try SigningIdentity(
        key: key.key, certificates: key.certificates, algorithm: key.algorithm),
      style: SignatureStyle())
  }

  private func referral() throws -> Referral {
    var submission = try Examples.submission(example)
      .with("/referral/header/referralId", .string(referralID.description))
      .with("/referral/header/revision", .number(JSONNumber(Int64(revision))))
      .with("/referral/header/operation", .string(operation))
    if operation == "withdraw" {
      for group in submission["referral"]?.members?.names ?? []
      where !["header", "handling"].contains(group) {
        submission = submission.without("/referral/\(group)")
      }
      submission = submission.without("/referral/handling/proportionality")
    }
    if operation != "create" {
      let isEnd = operation == "withdraw"
      submission = submission.with("/referral/change/type", isEnd ? "withdrawal" : "addition")
        .with("/referral/change/reasonCode", isEnd ? "no-longer-suspected" : "new-facts")
        .with("/referral/change/instruction", isEnd ? "erase" : "replace")
    }
    let intake = Intake(
      schema: try PublishedSchemas.folder().submission, reference: try PublishedSchemas.reference())
    let octets = try text?.submission(from: submission) ?? JSONWriter.write(submission)
    switch intake.read(octets) {
    case .read(let read): return read.referral
    case .refused(let reasons): throw Unfit(what: "\(reasons)")
    }
  }

  struct Unfit: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
  }
}

extension SignedDocument {
  var message: ReceivedMessage { ReceivedMessage(fields: requestFields, body: octets) }

  /// The same request with one field given another value.
  func message(_ name: String, _ value: String, body: [UInt8]? = nil) -> ReceivedMessage {
    let fields = requestFields.map { $0.name == name ? (name: name, value: value) : $0 }
    return ReceivedMessage(fields: fields, body: body ?? octets)
  }
}

/// A partner with a store of its own, without a network.
final class PartnerUnderTest {
  let reception: Reception
  let store: ReceptionStore
  let folder: String
  let identity: PartnerIdentity
  private let schemas: WireSchemas

  /// `code` says whose keys it has; `now` what its clock shows; it knows no later version of a
  /// document than `schemaMax`.
  init(
    _ code: String = "politie-avim", oin: String = "00000099000000010000",
    schemaMax: String = "1.1.0", now: Instant = Sender.now
  ) throws {
    let pki = try DevelopmentPKI.folder()
    func octets(_ name: String) throws -> [UInt8] {
      try Files.read("\(pki)/\(name)", limit: 1_048_576)
    }
    folder = NSTemporaryDirectory() + "reception-" + UUID().uuidString
    try Files.makeFolder(folder)
    identity = try #require(PartnerIdentity("urn:nld:oin:\(oin)"))
    schemas = try PublishedSchemas.folder().wire.upTo(schemaMax)
    let sender = try #require(PartnerIdentity("urn:nld:oin:00000099000000001000"))
    let lists = try ["root", "services"].map { try RevocationList(pem: octets("crls/\($0).pem")) }
    let trust = SignerTrust(
      algorithms: [.ps256, .es256], mode: .chain,
      anchors: try Certificate.all(pem: octets("anchors.pem")),
      intermediates: try Certificate.all(pem: octets("intermediates.pem")),
      identity: .oin("00000099000000001000"), revocationLists: lists, checksRevocation: true,
      extendedKeyUsages: [], headerNames: SignerTrust.defaultHeaderNames)
    store = try ReceptionStore(folder: folder) { _ in }
    reception = Reception(
      identity: identity,
      check: DocumentCheck(
        identity: identity, sender: sender, trust: trust, schemas: schemas, exerciseOnly: true),
      signing: try SigningIdentity(
        key: try PrivateKey(pem: octets("\(code)-sign.key")),
        certificates: try Certificate.all(pem: octets("\(code)-sign.pem")), algorithm: .ps256),
      store: store, now: { now }, log: EventLog(now: { now }, form: .lines, sink: { _ in }))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func receive(_ message: ReceivedMessage) async -> Response { await reception.receive(message) }

  func effects(_ name: String) async throws -> Int64? {
    try await store.answer(.effects)?[name]?.integer
  }

  func holds(_ text: String) async throws -> Bool {
    try await store.answer(.find(Array(text.utf8)))?["documents"]?.integer != 0
  }
}

extension Response {
  func value(of name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The last part of a problem's type.
  var problem: String? {
    guard value(of: "Content-Type") == "application/problem+json",
      let type = (try? JSONReader.read(body))?["type"]?.text
    else { return nil }
    return type.split(separator: "/").last.map(String.init)
  }

  /// Kind and reasons of a signed answer: "receipt", "rejection superseded".
  var statement: String? {
    guard value(of: "Payload-Signature") != nil, let event = try? JSONReader.read(body),
      let kind = event["data"]?["kind"]?.text
    else { return nil }
    let codes = (event["data"]?["reasons"]?.elements ?? []).compactMap { $0["code"]?.text }
    return ([kind] + codes).joined(separator: " ")
  }
}
