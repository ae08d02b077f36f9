/// Trust without a register: one list of certificates, each taken for what it says it is.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL

extension SignerTrust {
  /// A self-signed authority is an anchor. With an anchor in the list everything else only helps
  /// to build the path. Without one the certificates that are no authority are pinned. Nil when
  /// there is neither: intermediates alone prove nothing.
  /// - Parameter headerName: of the signature, beside the names of the Dutch profiles.
  package init?(
    listed: [Certificate], identity: Identity, revocationLists: [RevocationList],
    checksRevocation: Bool, headerName: String?
  ) {
    let anchors = listed.filter { $0.isAuthority && $0.isSelfSigned }
    let signers = listed.filter { !$0.isAuthority }
    guard !anchors.isEmpty || !signers.isEmpty else { return nil }
    self.init(
      algorithms: SignatureAlgorithm.allCases, mode: anchors.isEmpty ? .pinned(signers) : .chain,
      anchors: anchors, intermediates: listed.filter { !anchors.contains($0) },
      identity: identity, revocationLists: revocationLists, checksRevocation: checksRevocation,
      extendedKeyUsages: [], headerNames: [headerName].compactMap { $0 } + Self.defaultHeaderNames)
  }

  package var isPinned: Bool {
    switch mode {
    case .chain: false
    case .pinned: true
    }
  }
}
