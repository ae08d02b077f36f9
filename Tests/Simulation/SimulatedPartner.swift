/// A partner that keeps the protocol: it knows a document by id and digest, and revisions by order.
// SPDX-License-Identifier: Apache-2.0

/// The octets on the wire, as far as the simulation looks at them.
struct Letter {
  let id: UInt64
  let digest: UInt64
  /// Not on the wire: by it the simulation counts effects.
  let row: Int
  let referral: Int
  let revision: Int
}

/// What comes back.
enum Answer {
  case receipt(id: UInt64, digest: UInt64)
  /// Status 200 without a signature.
  case unsigned
  /// A signed rejection: a later revision is there.
  case superseded
  /// The same id with other octets.
  case conflict
  case busy
  case failing(retryAfterSeconds: Int64?)
  /// Status 404.
  case refused
  /// Status 202 without a receipt.
  case accepted
}

struct SimulatedPartner {
  private var digests: [UInt64: UInt64] = [:]
  private(set) var latest: [Int: Int] = [:]
  /// Effects by delivery.
  private(set) var effects: [Int: Int] = [:]

  /// Stores and answers in one step, as I2 of docs/states.md demands.
  mutating func take(_ letter: Letter) -> Answer {
    if let digest = digests[letter.id] {
      return digest == letter.digest
        ? .receipt(id: letter.id, digest: letter.digest) : .conflict
    }
    guard letter.revision >= latest[letter.referral, default: 0] else { return .superseded }
    digests[letter.id] = letter.digest
    latest[letter.referral] = letter.revision
    effects[letter.row, default: 0] += 1
    return .receipt(id: letter.id, digest: letter.digest)
  }
}
