/// How a failed step is told to the other side.
// SPDX-License-Identifier: Apache-2.0
package import Wire

extension Problem {
  /// A failure at a step of docs/verification.md.
  package init(_ failure: VerificationFailure) {
    let detail = "step \(failure.step.rawValue), \(failure.step.title): \(failure.code.rawValue)"
    self.init(ProblemType(failure.code), detail)
  }
}

extension ProblemType {
  /// Codes that only a file can fail with are refusals of the signature here.
  fileprivate init(_ code: VerificationCode) {
    self =
      switch code {
      case .bodyTooLarge, .fieldsTooLarge: .tooLarge
      case .contentTypeMissing, .contentEncoding: .unsupportedMediaType
      case .signatureMissing, .signatureRepeated, .digestMissing, .digestRepeated,
        .contentTypeRepeated, .fieldsMalformed, .notJSON:
        .malformed
      case .schemaInvalid, .wrongType: .schemaInvalid
      case .digestMismatch, .payloadDigestMismatch, .signatureDigestMismatch: .digestMismatch
      case .signedInFuture: .clockSkew
      case .identityMismatch, .signerUnknown, .pathInvalid, .certificateForm, .certificateTime,
        .keyUsage, .extendedKeyUsage, .revoked:
        .notAuthorized
      case .revocationUnknown: .temporarilyUnavailable
      case .notAddressee: .notAddressee
      case .unknownExchange: .unknownMessage
      case .idReused: .idempotencyKeyReused
      case .partsWrong, .notCanonical, .headerNotJSON, .headerForm, .algorithmNotAllowed,
        .signerNotNamed, .signerNamesDiffer, .keyUnfit, .signatureInvalid, .signedTooEarly,
        .signingTimeMissing, .identityNotGiven:
        .signatureInvalid
      }
  }
}
