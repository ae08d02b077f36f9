/// The bounds within which octets reach libcrypto's parsers.
// SPDX-License-Identifier: Apache-2.0

package enum OpenSSLLimits {
  /// One certificate in DER.
  package static let certificateOctets = 65_536
  /// A file of certificates or of one key in PEM.
  package static let pemOctets = 4_194_304
  /// One revocation list, in DER or PEM: large authorities publish several megabytes.
  package static let revocationListOctets = 33_554_432
  /// The least RSA modulus that is accepted from a partner.
  package static let rsaModulusBits = 2_048
  /// Authorities between a leaf and its root.
  package static let chainAuthorities: Int32 = 4
  /// X509_VERIFY_PARAM_set_auth_level: keys and digests of at least 112 bits of strength.
  package static let securityLevel: Int32 = 2
  /// Good paths that one validation remembers; beyond it all are forgotten.
  package static let knownPaths = 64
}
