/// Everything that one partner's file becomes once: keys, trust, road, policy.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Log
import OpenSSL
import Platform
import Register
import Sending
import Signing
import Wire

struct PartnerLink: Sendable {
  let partner: Partner
  let signing: SigningIdentity
  let style: SignatureStyle
  /// From when a list that is missing counts as missing.
  private let knownSince: Instant
  /// What is made of the partner's revocation lists; another as soon as they are.
  private let revocable: Locked<Revocable>
  private let make: @Sendable ([RevocationList], _ renewal: Int) -> Revocable

  private struct Revocable: Sendable {
    let renewal: Int
    let lists: [RevocationList]
    let road: PartnerRoad
    let check: AcknowledgementCheck
    /// Of the certificates with which the partner calls us.
    let callers: CallerCheck
  }

  /// Renewed lists of one configuration; the next configuration counts on from there.
  private static let renewals = 1_000_000

  /// The number of the road on which a configuration's partners begin; older ones are closed.
  static func firstRenewal(of configuration: Configuration) -> Int {
    configuration.generation * renewals
  }

  init(
    partner: Partner, configuration: Configuration, schemas: WireSchemas,
    ourIdentity: PartnerIdentity, startedAt: Instant, after previous: PartnerLink? = nil
  ) throws(SigningError) {
    let knownSince = previous?.knownSince ?? startedAt
    self.knownSince = knownSince
    self.partner = partner
    let key = partner.signing.key
    signing = try SigningIdentity(
      key: key.key, certificates: key.certificates, algorithm: key.algorithm)
    style = SignatureStyle(
      headerName: partner.signing.headerName, chain: partner.signing.x5c.style)
    let client = configuration.tlsClient
    let firstRenewal = PartnerLink.firstRenewal(of: configuration)
    make = { lists, renewal in
      Revocable(
        renewal: renewal, lists: lists,
        road: PartnerRoad(
          partner: partner, client: client,
          generation: firstRenewal + renewal,
          revocation: partner.revocation.ofServer(lists, missingSince: knownSince)),
        check: AcknowledgementCheck(
          partner: partner, ourIdentity: ourIdentity, schemas: schemas, revocationLists: lists),
        callers: CallerCheck(partner, lists: lists, missingSince: startedAt))
    }
    // What is known of revoked certificates is not forgotten with an older file.
    let lists = (previous?.revocationLists ?? []).renewed(
      by: partner.revocation.lists, issuers: partner.knownIssuers)
    revocable = Locked(make(lists, 0))
  }

  var road: PartnerRoad { revocable.withLock { $0.road } }
  var check: AcknowledgementCheck { revocable.withLock { $0.check } }
  var callers: CallerCheck { revocable.withLock { $0.callers } }
  /// Those in force now.
  var revocationLists: [RevocationList] { revocable.withLock { $0.lists } }

  /// From now on; connections made under the lists before are not used again.
  func use(_ lists: [RevocationList]) {
    let make = self.make
    revocable.withLock { $0 = make(lists, $0.renewal + 1) }
  }
}

extension Partner.Revocation {
  fileprivate func ofServer(_ lists: [RevocationList], missingSince: Instant)
    -> ServerRevocation?
  {
    switch mode {
    case .crl:
      ServerRevocation(
        lists: lists, graceSeconds: Int64(graceHours) * 3_600, missingSince: missingSince)
    case .none: nil
    }
  }
}

extension Partner.Signing.CertificateHeader {
  fileprivate var style: SignatureStyle.Chain {
    switch self {
    case .leaf: .leaf
    case .chain: .chain
    case .none: .none
    }
  }
}

extension PartnerCode {
  /// A partner code always makes a log label: its form is the narrower one.
  var logLabel: PartnerLabel? { PartnerLabel(text) }
}
