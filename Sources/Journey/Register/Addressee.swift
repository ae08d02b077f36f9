/// Of a partner what the rules of disclosure look at: known without its keys and certificates.
// SPDX-License-Identifier: Apache-2.0
package import Referrals

package struct Addressee: Sendable {
  package let code: PartnerCode
  /// Display name.
  package let name: String
  package let identity: PartnerIdentity
  package let traits: Set<PartnerTrait>
  package let dutyPhone: String?
  package let requested: [AcknowledgementKind]
  package let schema: ClosedRange<SchemaVersion>
  /// Versions of the statistics batch; nil for a partner that takes none.
  package let statistics: ClosedRange<SchemaVersion>?

  /// Those of some schema versions that it takes.
  package func versions(among known: [String]) -> [SchemaVersion] {
    known.compactMap(SchemaVersion.init).filter(schema.contains)
  }
}

extension Partner {
  package var addressee: Addressee {
    Addressee(
      code: code, name: name, identity: identity, traits: traits, dutyPhone: dutyPhone,
      requested: acknowledgements.requested, schema: schema,
      statistics: statistics)
  }

  /// Those of some schema versions that it takes.
  package func versions(among known: [String]) -> [SchemaVersion] {
    addressee.versions(among: known)
  }
}
