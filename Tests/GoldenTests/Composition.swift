/// From the inputs of a vector to its document, by the doors that every referral passes.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Intake
import Platform
import Register
import TestSupport
import Wire

struct Composition {
  let configuration: Configuration
  let partner: Partner
  let submission: ReadSubmission
  let document: WireDocument

  /// - Parameter port: where the partner listens, in place of the port of its file.
  init(_ inputs: VectorInputs, port: Int? = nil) throws {
    let register = try ExampleRegister()
    let file = "partners.d/\(inputs.partner).toml"
    try register.write(file, String(decoding: inputs.partnerFile, as: UTF8.self))
    try register.write(
      "policies.d/\(inputs.partner).toml", String(decoding: inputs.policyFile, as: UTF8.self))
    var configuration = try register.load()
    if let port {
      let endpoint = try Composition.partner(inputs, configuration).endpoint
      try register.edit(file, endpoint.authority, "\(endpoint.host):\(port)")
      configuration = try register.load()
    }
    self.configuration = configuration
    partner = try Composition.partner(inputs, configuration)
    submission = try Composition.read(inputs.submission)
    document = try Composition.document(of: submission, inputs, partner, configuration)
  }

  private static func partner(_ inputs: VectorInputs, _ configuration: Configuration) throws
    -> Partner
  {
    guard let code = PartnerCode(inputs.partner), let partner = configuration.partner(code) else {
      throw BrokenTestSupport(description: "no partner \(inputs.partner)")
    }
    return partner
  }

  private static func read(_ octets: [UInt8]) throws -> ReadSubmission {
    let intake = Intake(
      schema: try PublishedSchemas.folder().submission, reference: try PublishedSchemas.reference())
    switch intake.read(octets) {
    case .read(let submission): return submission
    case .refused(let reasons): throw BrokenTestSupport(description: "intake: \(reasons)")
    }
  }

  private static func document(
    of submission: ReadSubmission, _ inputs: VectorInputs, _ partner: Partner,
    _ configuration: Configuration
  ) throws -> WireDocument {
    guard let policy = configuration.policy(of: inputs.partner) else {
      throw BrokenTestSupport(description: "no policy for \(inputs.partner)")
    }
    let fixed = inputs.envelope
    let situation = DisclosureSituation(
      partner: partner.addressee, policy: policy, exercisesOnly: configuration.identity.oin.isTest,
      predecessor: nil,
      pseudonyms: PseudonymKey(octets: fixed.aliasKey ?? [UInt8](repeating: 0, count: 32)),
      shuffle: fixed.shuffle ?? [UInt8](repeating: 0, count: 16),
      today: CivilDate(daysSince1970: Int(fixed.recordedAt.startOfDay.seconds / 86_400)))
    let disclosed: DisclosedReferral
    switch disclose(submission.referral, in: situation) {
    case .disclosed(let referral, _): disclosed = referral
    case .refused(let reasons): throw BrokenTestSupport(description: "disclosure: \(reasons)")
    }
    let envelope = Envelope(
      source: fixed.source, recordedAt: fixed.recordedAt, lifetimeSeconds: fixed.lifetimeSeconds,
      answerWithinSeconds: fixed.answerWithinSeconds, schemaVersion: fixed.schemaVersion,
      idOctets: fixed.idOctets, nonceOctets: fixed.nonceOctets)
    switch WireDocument.encode(
      disclosed, in: envelope, schemas: try PublishedSchemas.folder().wire)
    {
    case .document(let document): return document
    case .invalid(let violations): throw BrokenTestSupport(description: "wire: \(violations)")
    case .tooLarge: throw BrokenTestSupport(description: "wire: too large")
    case .unknownVersion: throw BrokenTestSupport(description: "wire: unknown version")
    case .misleading(let losses): throw BrokenTestSupport(description: "wire: \(losses)")
    }
  }
}

extension ServiceURL {
  /// What the field Host says.
  var authority: String { "\(host):\(port)" }
}
