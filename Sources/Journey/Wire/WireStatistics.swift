/// Exact octets of one statistics batch for one partner.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import Disclosure
package import Platform
import Referrals

/// Only `encode` makes one, and only from statistics that passed Disclosure.
package struct WireStatistics: Sendable {
  package let id: UniversalID
  package let octets: [UInt8]
  package let digest: SHA256Digest
  package let disclosed: DisclosedStatistics
  package let schemaVersion: String
  package let issuedAt: Instant
  package let expires: Instant

  fileprivate init(
    id: UniversalID, octets: [UInt8], disclosed: DisclosedStatistics, schemaVersion: String,
    issuedAt: Instant, expires: Instant
  ) {
    self.id = id
    self.octets = octets
    digest = SHA256Digest(of: octets)
    self.disclosed = disclosed
    self.schemaVersion = schemaVersion
    self.issuedAt = issuedAt
    self.expires = expires
  }

  /// In the envelope's version; checked against the schemas before anybody signs.
  package static func encode(
    _ disclosed: DisclosedStatistics, in envelope: Envelope, schemas: WireSchemas
  ) -> StatisticsEncoding {
    let written = MessageForm(
      type: .statistics, subject: .statistics, version: envelope.schemaVersion,
      recipient: disclosed.recipient, conversationID: disclosed.batchID,
      requestedAcknowledgements: [.receipt], exercise: disclosed.exercise, isUnlinkable: false,
      data: disclosed.data
    ).written(in: envelope, schemas: schemas)
    switch written {
    case .invalid(let violations): return .invalid(violations)
    // Tables have a fixed number of cells, far below the limit.
    case .tooLarge: return .invalid([])
    case .octets(let octets, let stamps):
      return .statistics(
        WireStatistics(
          id: stamps.id, octets: octets, disclosed: disclosed,
          schemaVersion: envelope.schemaVersion, issuedAt: stamps.issuedAt,
          expires: stamps.expires))
    }
  }
}

package enum StatisticsEncoding: Sendable {
  case statistics(WireStatistics)
  case invalid([WireViolation])
}
