/// Who we are towards a partner's server, and whom we take for that partner.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Platform

package final class TLSClientIdentity: Sendable {
  private let certificates: [Certificate]
  private let key: PrivateKey?
  private let anchors: [Certificate]
  private let pins: [[UInt8]]
  private let revocation: ServerRevocation?

  /// SHA-256 over everything that tells two identities apart: connections may be shared where it
  /// is equal and nowhere else.
  package let fingerprint: [UInt8]

  /// `certificates`: leaf first. `pinnedPublicKeysSHA256`: digests of SubjectPublicKeyInfo, any of
  /// which the server must have; empty for none. `revocation` nil: it is not asked about.
  package init(
    certificates: [Certificate], key: PrivateKey, anchors: [Certificate],
    pinnedPublicKeysSHA256 pins: [[UInt8]], revocation: ServerRevocation? = nil
  ) {
    self.certificates = certificates
    self.key = key
    self.anchors = anchors
    self.pins = pins
    self.revocation = revocation
    let parts = [
      certificates.map(\.sha256), [key.publicKeySHA256], anchors.map(\.sha256), pins,
      revocation?.parts ?? [],
    ]
    // Each list is digested on its own, so that none can borrow from its neighbour.
    fingerprint = MessageDigest.sha256(
      parts.flatMap { MessageDigest.sha256($0.flatMap(MessageDigest.sha256)) })
  }

  /// For a server that asks nobody who they are: nothing of ours is shown to it.
  package init(anchors: [Certificate]) {
    certificates = []
    key = nil
    self.anchors = anchors
    pins = []
    revocation = nil
    fingerprint = MessageDigest.sha256(
      Array("anonymous".utf8) + anchors.flatMap(\.sha256))
  }

  /// The form of libcurl's CURLOPT_PINNEDPUBLICKEY; nil without pins.
  package var pinOption: String? {
    pins.isEmpty
      ? nil : pins.map { "sha256//" + Base64.text($0, .standard) }.joined(separator: ";")
  }

  /// Puts the parsed objects into an `SSL_CTX *` that somebody else owns (libcurl); false when
  /// one does not fit, and then the context must not be used.
  package func install(on context: OpaquePointer) -> Bool {
    ERR_clear_error()
    defer { ERR_clear_error() }
    return key.map { TLSProfile.show(certificates, $0, in: context) } ?? true
      && TLSProfile.trust(anchors, in: context)
      && revocation?.install(on: context) ?? true
      && SSL_CTX_set_cipher_list(context, TLSProfile.suites) == 1
      && copenssl_set_groups(context, TLSProfile.groups) == 1
  }
}
