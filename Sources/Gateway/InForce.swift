/// The configuration that counts now, and what was made of it; a reload puts another in its place.
// SPDX-License-Identifier: Apache-2.0
import Outcome
import Platform
import Register
import Signing
import Wire

/// One loaded configuration and its partners' keys, trust and roads. Never changed, only replaced.
struct Generation: Sendable {
  let configuration: Configuration
  /// By partner code.
  let links: [String: PartnerLink]

  /// - Parameter previous: what was in force until now; what it knows of revocation stays known.
  init(
    _ configuration: Configuration, schemas: WireSchemas, startedAt: Instant,
    after previous: Generation? = nil
  ) throws(GatewayError) {
    guard let ourIdentity = PartnerIdentity(configuration.identity.source) else {
      throw GatewayError(code: .configuration, reason: "the gateway's identity is no URN")
    }
    var links: [String: PartnerLink] = [:]
    for partner in configuration.partners {
      let code = partner.code.text
      guard configuration.policies[code] != nil else { continue }
      let link: PartnerLink
      do {
        link = try PartnerLink(
          partner: partner, configuration: configuration, schemas: schemas,
          ourIdentity: ourIdentity, startedAt: startedAt, after: previous?.links[code])
      } catch {
        throw GatewayError(
          code: .configuration, reason: "the signing key for \(code) cannot be used")
      }
      guard link.signing.selfTest() else {
        throw GatewayError(
          code: .selfTest, reason: "the signing key for \(code) does not sign")
      }
      links[code] = link
    }
    self.configuration = configuration
    self.links = links
  }

  /// Null for a partner that may get nothing now.
  func sendingLink(_ partner: String) -> PartnerLink? {
    links[partner].flatMap { $0.partner.isEnabled ? $0 : nil }
  }
}

final class InForce: Sendable {
  private let generation: Locked<Generation>

  init(_ first: Generation) { generation = Locked(first) }

  /// Whoever needs several things of it that must fit together takes it once.
  var now: Generation { generation.withLock { $0 } }
  var configuration: Configuration { now.configuration }
  var links: [String: PartnerLink] { now.links }

  func put(_ next: Generation) { generation.withLock { $0 = next } }

  var contacts: [String: PartnerContact] {
    links.mapValues {
      PartnerContact(name: $0.partner.name, dutyPhone: $0.partner.dutyPhone)
    }
  }
}
