/// The bounds of what is read of a signature before anybody is known to have made it.
// SPDX-License-Identifier: Apache-2.0

package enum JOSELimits {
  /// A protected header in JSON; a whole header field holds 16 KiB.
  package static let headerOctets = 12_288
  package static let headerDepth = 8
  package static let headerMembers = 32
  /// Certificates of `x5c`: a leaf and the authorities above it.
  package static let chainCertificates = 6
  /// Entries of `crit` and of `pars`.
  package static let nameEntries = 8
  /// Of `iat`: 1970 to the end of 9999.
  package static let issuedAtSeconds: ClosedRange<Int64> = 0...253_402_300_799
  /// A compact JWS with its payload: a document of 1 MiB in base64url, and its header.
  package static let compactOctets = 1_420_000
}
