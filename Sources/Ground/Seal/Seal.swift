/// Records encrypted at rest, each with a key of its own: who drops the key has erased the record.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL

/// Where a record stands. It is bound into the seal: a record moved elsewhere does not open.
package struct SealPlace: Sendable, Hashable {
  /// The record's kind.
  package let record: String
  package let id: String
  package let partner: String
  package let schemaVersion: String

  package init(record: String, id: String, partner: String, schemaVersion: String) {
    self.record = record
    self.id = id
    self.partner = partner
    self.schemaVersion = schemaVersion
  }

  /// A purpose and the four parts, each after its length in 4 octets, so that no two places read
  /// alike.
  fileprivate func associatedData(_ purpose: Purpose) -> [UInt8] {
    var out: [UInt8] = []
    for part in [purpose.rawValue, record, id, partner, schemaVersion] {
      let octets = Array(part.utf8)
      out += withLength(octets.count) + octets
    }
    return out
  }

  private func withLength(_ count: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
  }

  /// A wrapped key must never open as a record, nor a record as a key.
  fileprivate enum Purpose: String {
    case dataKey = "referral-gateway data key 1"
    case content = "referral-gateway record 1"
  }

  fileprivate var name: String { "\(record) \(id)" }
}

/// What the store keeps. Both parts are a nonce of 12 octets, ciphertext and a tag of 16 octets.
package struct Sealed: Sendable, Equatable {
  /// 60 octets; without them `octets` are noise.
  package let wrappedKey: [UInt8]
  package let octets: [UInt8]

  package init(wrappedKey: [UInt8], octets: [UInt8]) {
    self.wrappedKey = wrappedKey
    self.octets = octets
  }
}

/// What a seal gave back when it opened.
package struct Unsealed: Sendable {
  package let octets: [UInt8]
  package let place: SealPlace

  fileprivate init(octets: [UInt8], place: SealPlace) {
    self.octets = octets
    self.place = place
  }
}

/// Encrypts with a fresh data key and wraps that key. The nonces are random: safe for 2^32 records
/// under one store key (NIST SP 800-38D, section 8.3).
package func seal(_ plain: [UInt8], at place: SealPlace, with key: StoreKey)
  throws(SealError) -> Sealed
{
  let dataKey = SecretOctets(count: AESGCM.keyOctets)
  let keyNonce = SecureRandom.octets(AESGCM.nonceOctets)
  let nonce = SecureRandom.octets(AESGCM.nonceOctets)
  do {
    let wrapped = try AESGCM.wrap(
      dataKey, key: key.secret, nonce: keyNonce, associatedData: place.associatedData(.dataKey))
    let octets = try AESGCM.seal(
      plain, key: dataKey, nonce: nonce, associatedData: place.associatedData(.content))
    return Sealed(wrappedKey: keyNonce + wrapped, octets: nonce + octets)
  } catch {
    throw SealError(code: .cipher, place: place.name)
  }
}

/// Throws `broken` unless key, place and octets are those of `seal`.
package func unseal(_ sealed: Sealed, at place: SealPlace, with key: StoreKey)
  throws(SealError) -> Unsealed
{
  let size = AESGCM.nonceOctets
  let dataKey = AESGCM.unwrapSecret(
    Array(sealed.wrappedKey.dropFirst(size)), key: key.secret,
    nonce: Array(sealed.wrappedKey.prefix(size)), associatedData: place.associatedData(.dataKey))
  guard let dataKey,
    let plain = AESGCM.open(
      Array(sealed.octets.dropFirst(size)), key: dataKey, nonce: Array(sealed.octets.prefix(size)),
      associatedData: place.associatedData(.content))
  else { throw SealError(code: .broken, place: place.name) }
  return Unsealed(octets: plain, place: place)
}
