/// Answers to those whose message was not taken: problem documents (RFC 9457), in both directions.
// SPDX-License-Identifier: Apache-2.0
import JSON

/// The last part of a problem's `type` (docs/wire.md, problems).
package enum ProblemType: String, Sendable, CaseIterable {
  case clockSkew = "clock-skew"
  case malformed
  case schemaInvalid = "schema-invalid"
  case signatureInvalid = "signature-invalid"
  case digestMismatch = "digest-mismatch"
  case clientCertificate = "client-certificate"
  case notAuthorized = "not-authorized"
  case notAddressee = "not-addressee"
  case unknownEndpoint = "unknown-endpoint"
  case unknownMessage = "unknown-message"
  case methodNotAllowed = "method-not-allowed"
  case inProgress = "in-progress"
  case erased
  case tooLarge = "too-large"
  case unsupportedMediaType = "unsupported-media-type"
  case unsupportedSchemaVersion = "unsupported-schema-version"
  case idempotencyKeyReused = "idempotency-key-reused"
  case temporarilyUnavailable = "temporarily-unavailable"

  package var status: Int {
    switch self {
    case .clockSkew, .malformed, .schemaInvalid, .signatureInvalid, .digestMismatch: 400
    case .clientCertificate, .notAuthorized, .notAddressee: 403
    case .unknownEndpoint, .unknownMessage: 404
    case .methodNotAllowed: 405
    case .inProgress: 409
    case .erased: 410
    case .tooLarge: 413
    case .unsupportedMediaType, .unsupportedSchemaVersion: 415
    case .idempotencyKeyReused: 422
    case .temporarilyUnavailable: 503
    }
  }

  var title: String {
    switch self {
    case .clockSkew: "The message is signed in the future"
    case .malformed: "The request is not understood"
    case .schemaInvalid: "The message does not fit its schema"
    case .signatureInvalid: "The signature does not hold"
    case .digestMismatch: "A digest is not that of the octets"
    case .clientCertificate: "The client certificate is not that of a known organisation"
    case .notAuthorized: "The signer is not the organisation that we know"
    case .notAddressee: "The message is for somebody else"
    case .unknownEndpoint: "There is nothing here"
    case .unknownMessage: "You were sent no message with this id"
    case .methodNotAllowed: "The method is not served here"
    case .unsupportedMediaType: "The media type is not served"
    case .unsupportedSchemaVersion: "The version of the schema is not known here"
    case .erased: "The file is not kept any more"
    case .inProgress: "The same message is being processed"
    case .tooLarge: "The request is too large"
    case .idempotencyKeyReused: "The id was used for another message"
    case .temporarilyUnavailable: "The service cannot decide now"
    }
  }

  /// Nil where the same request will not succeed later either.
  package var retryAfterSeconds: Int? {
    switch self {
    case .inProgress: WireLimits.busySeconds
    case .clockSkew, .temporarilyUnavailable: WireLimits.unavailableSeconds
    case .malformed, .schemaInvalid, .signatureInvalid, .digestMismatch, .clientCertificate,
      .notAuthorized, .notAddressee, .unknownEndpoint, .unknownMessage, .methodNotAllowed,
      .unsupportedMediaType, .unsupportedSchemaVersion, .tooLarge, .idempotencyKeyReused, .erased:
      nil
    }
  }
}

package struct Problem: Error, Sendable, Equatable {
  package let type: ProblemType
  /// Codes, sizes and places; never content.
  package let detail: String
  /// Schema versions that are known here, where another came.
  package let supported: [String]

  package init(_ type: ProblemType, _ detail: String, supported: [String] = []) {
    self.type = type
    self.detail = detail
    self.supported = supported
  }

  /// Header fields of the answer besides those of every answer.
  package var fields: [(name: String, value: String)] {
    let after = type.retryAfterSeconds.map { [(name: "Retry-After", value: "\($0)")] } ?? []
    return [(name: "Content-Type", value: "application/problem+json")] + after
  }

  package var body: [UInt8] {
    var members: JSONObject = [
      "type": .string("https://referral-gateway.example/problems/\(type.rawValue)"),
      "title": .string(type.title), "status": .number(JSONNumber(Int64(type.status))),
      "detail": .string(detail), "retryable": .bool(type.retryAfterSeconds != nil),
    ]
    if !supported.isEmpty { members["supported"] = .array(supported.map { .string($0) }) }
    return JSONWriter.write(.object(members))
  }
}

/// Header fields of every answer, the good ones too (docs/wire.md, the answer).
package enum StandingFields {
  package static let all: [(name: String, value: String)] = [
    ("API-Version", "1.0.0"), ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Strict-Transport-Security", "max-age=\(WireLimits.transportSecuritySeconds)"),
  ]
}
