/// Answers to those whose signature we could not believe: problem documents (RFC 9457).
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import JSON
import Signing

/// The last part of a problem's `type` (docs/wire.md, problems).
enum ProblemType: String, Sendable, CaseIterable {
  case clockSkew = "clock-skew"
  case malformed
  case signatureInvalid = "signature-invalid"
  case digestMismatch = "digest-mismatch"
  case clientCertificate = "client-certificate"
  case notAuthorized = "not-authorized"
  case unknownEndpoint = "unknown-endpoint"
  case methodNotAllowed = "method-not-allowed"
  case unsupportedMediaType = "unsupported-media-type"
  case inProgress = "in-progress"
  case tooLarge = "too-large"
  case idempotencyKeyReused = "idempotency-key-reused"
  case temporarilyUnavailable = "temporarily-unavailable"

  var status: Int {
    switch self {
    case .clockSkew, .malformed, .signatureInvalid, .digestMismatch: 400
    case .clientCertificate, .notAuthorized: 403
    case .unknownEndpoint: 404
    case .methodNotAllowed: 405
    case .inProgress: 409
    case .tooLarge: 413
    case .unsupportedMediaType: 415
    case .idempotencyKeyReused: 422
    case .temporarilyUnavailable: 503
    }
  }

  var title: String {
    switch self {
    case .clockSkew: "The document is signed in the future"
    case .malformed: "The request is not understood"
    case .signatureInvalid: "The signature does not hold"
    case .digestMismatch: "The digest is not that of the body"
    case .clientCertificate: "The client certificate is not the sender's"
    case .notAuthorized: "The signer is not the sender that we know"
    case .unknownEndpoint: "There is nothing here"
    case .methodNotAllowed: "The method is not served here"
    case .unsupportedMediaType: "The media type is not served"
    case .inProgress: "The same document is being processed"
    case .tooLarge: "The request is too large"
    case .idempotencyKeyReused: "The id was used for another document"
    case .temporarilyUnavailable: "The service cannot decide now"
    }
  }

  /// Nil where the same request will not succeed later either.
  var retryAfterSeconds: Int? {
    switch self {
    case .inProgress: Limits.busySeconds
    case .clockSkew, .temporarilyUnavailable: Limits.unavailableSeconds
    case .malformed, .signatureInvalid, .digestMismatch, .clientCertificate, .notAuthorized,
      .unknownEndpoint, .methodNotAllowed, .unsupportedMediaType, .tooLarge,
      .idempotencyKeyReused:
      nil
    }
  }
}

struct Problem: Error, Sendable, Equatable {
  let type: ProblemType
  /// Codes, sizes and places; never content.
  let detail: String

  init(_ type: ProblemType, _ detail: String) {
    self.type = type
    self.detail = detail
  }

  /// A failure at steps 1 to 12 of docs/verification.md.
  init(_ failure: VerificationFailure) {
    let detail = "step \(failure.step.rawValue), \(failure.step.title): \(failure.code.rawValue)"
    self.init(ProblemType(failure.code), detail)
  }

  /// `methods` is the Allow field of a 405.
  func response(methods: String? = nil) -> Response {
    var fields = [HTTPField("Content-Type", "application/problem+json")]
    if let seconds = type.retryAfterSeconds {
      fields.append(HTTPField("Retry-After", "\(seconds)"))
    }
    if let methods { fields.append(HTTPField("Allow", methods)) }
    let body: JSONValue = [
      "type": .string("https://referral-gateway.example/problems/\(type.rawValue)"),
      "title": .string(type.title), "status": .number(JSONNumber(Int64(type.status))),
      "detail": .string(detail), "retryable": .bool(type.retryAfterSeconds != nil),
    ]
    return Response(
      status: type.status, fields: fields + Response.standingFields, body: JSONWriter.write(body))
  }
}

extension ProblemType {
  /// Codes that only an acknowledgement or a file can fail with are refusals of the signature here.
  fileprivate init(_ code: VerificationCode) {
    self =
      switch code {
      case .bodyTooLarge, .fieldsTooLarge: .tooLarge
      case .contentTypeMissing, .contentEncoding: .unsupportedMediaType
      case .signatureMissing, .signatureRepeated, .digestMissing, .digestRepeated,
        .contentTypeRepeated, .fieldsMalformed, .notJSON, .schemaInvalid:
        .malformed
      case .digestMismatch: .digestMismatch
      case .signedInFuture: .clockSkew
      case .identityMismatch, .signerUnknown, .pathInvalid, .certificateForm, .certificateTime,
        .keyUsage, .extendedKeyUsage, .revoked:
        .notAuthorized
      case .revocationUnknown: .temporarilyUnavailable
      case .partsWrong, .notCanonical, .headerNotJSON, .headerForm, .algorithmNotAllowed,
        .signerNotNamed, .signerNamesDiffer, .keyUnfit, .signatureInvalid, .notAddressee,
        .wrongType, .unknownExchange, .payloadDigestMismatch, .signatureDigestMismatch,
        .signedTooEarly, .signingTimeMissing, .idReused, .identityNotGiven:
        .signatureInvalid
      }
  }
}

extension Response {
  /// Header fields of every answer (docs/wire.md, the answer).
  static let standingFields = [
    HTTPField("API-Version", "1.0.0"), HTTPField("Cache-Control", "no-store"),
    HTTPField("X-Content-Type-Options", "nosniff"),
    HTTPField("Strict-Transport-Security", "max-age=\(Limits.transportSecuritySeconds)"),
  ]
}
