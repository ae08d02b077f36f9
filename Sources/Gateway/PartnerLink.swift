/// Everything that one partner's file becomes once: keys, trust, road, policy.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Log
import Register
import Sending
import Signing
import Wire

struct PartnerLink: Sendable {
  let partner: Partner
  let policy: Policy
  let signing: SigningIdentity
  let style: SignatureStyle
  let road: PartnerRoad
  let check: AcknowledgementCheck

  init(
    partner: Partner, policy: Policy, configuration: Configuration, schemas: WireSchemas,
    ourIdentity: PartnerIdentity
  ) throws(SigningError) {
    self.partner = partner
    self.policy = policy
    let key = partner.signing.key
    signing = try SigningIdentity(
      key: key.key, certificates: key.certificates, algorithm: key.algorithm)
    style = SignatureStyle(
      headerName: partner.signing.headerName, chain: partner.signing.x5c.style)
    road = PartnerRoad(
      partner: partner, client: configuration.tlsClient, generation: configuration.generation)
    check = AcknowledgementCheck(
      partner: partner, ourIdentity: ourIdentity, schemas: schemas)
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
