/// A partner file's words about trust, as the verifier takes them.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL
package import Register
package import Signing

extension SignerTrust {
  package init(_ partner: Partner, revocationLists: [RevocationList]) {
    let trust = partner.trust
    self.init(
      algorithms: partner.signing.accept,
      mode: trust.mode == .pinned ? .pinned(trust.pinned) : .chain, anchors: trust.anchors,
      intermediates: trust.intermediates,
      identity: partner.identity.inCertificate(pinned: trust.mode == .pinned),
      revocationLists: revocationLists,
      checksRevocation: partner.revocation.mode == .crl,
      extendedKeyUsages: trust.extendedKeyUsages,
      headerNames: [partner.signing.headerName] + SignerTrust.defaultHeaderNames)
  }
}

extension PartnerIdentity {
  func inCertificate(pinned: Bool) -> SignerTrust.Identity {
    if pinned { return .pin }
    if let oin { return .oin(oin.text) }
    // An identity is one or the other; were it neither, nobody would have it.
    return .organization(organizationIdentifier ?? "")
  }
}
