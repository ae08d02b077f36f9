/// Disclosed examples and envelopes for them.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing
import Wire

/// 2026-11-23T15:59:58.250Z: neither a day nor an hour begins here.
let recordedAt = Instant(milliseconds: 1_795_449_598_250)

func envelope(
  _ octet: UInt8 = 7, at now: Instant = recordedAt, version: String = "1.0.0",
  cause: UniversalID? = nil
) -> Envelope {
  Envelope(
    source: "urn:nld:oin:00000099000000001000:systeem:referrals", recordedAt: now,
    lifetimeSeconds: 3600, answerWithinSeconds: 60, schemaVersion: version,
    idOctets: [UInt8](repeating: octet, count: 16),
    nonceOctets: [UInt8](repeating: octet &+ 1, count: 16), causationID: cause)
}

/// What an example partner would see; the key and the order of persons come from `octet`.
func disclosedExample(
  _ example: String, to partner: String, octet: UInt8 = 1, policy: Policy? = nil,
  _ change: (JSONValue) -> JSONValue = { $0 }
) throws -> DisclosedReferral {
  let configuration = try ExampleRegister.configuration()
  let content = change(try #require(try Examples.submission(example)["referral"]))
  let reading = Referral.read(
    content, exercise: true, reference: try PublishedSchemas.reference())
  guard case .referral(let referral) = reading else {
    throw BrokenTestSupport(description: "\(example) is refused")
  }
  let situation = DisclosureSituation(
    partner: try #require(configuration.partners.first { $0.code.text == partner })
      .addressee,
    policy: try #require(policy ?? configuration.policy(of: partner)), exercisesOnly: true,
    predecessor: nil, pseudonyms: PseudonymKey(octets: [UInt8](repeating: octet, count: 32)),
    shuffle: [UInt8](repeating: octet, count: 16),
    today: try #require(CivilDate(iso: "2026-11-23")))
  guard case .disclosed(let disclosed, _) = disclose(referral, in: situation) else {
    throw BrokenTestSupport(description: "\(example) is not for \(partner)")
  }
  return disclosed
}

func document(_ disclosed: DisclosedReferral, _ envelope: Envelope = envelope()) throws
  -> WireDocument
{
  let schemas = try PublishedSchemas.folder().wire
  switch WireDocument.encode(disclosed, in: envelope, schemas: schemas) {
  case .document(let document): return document
  case .invalid(let violations): throw BrokenTestSupport(description: "\(violations)")
  case .tooLarge: throw BrokenTestSupport(description: "too large")
  case .unknownVersion: throw BrokenTestSupport(description: "unknown version")
  case .misleading(let losses): throw BrokenTestSupport(description: "\(losses)")
  }
}

extension WireDocument {
  func tree() throws -> JSONValue { try JSONReader.read(octets) }
}
