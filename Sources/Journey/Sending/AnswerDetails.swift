/// What an unsigned answer tells beside its status: words of a closed list, a clock, versions.
// SPDX-License-Identifier: Apache-2.0
package import Fetch
import JSON
package import Platform
package import Register

/// The last part of a problem document's `type` (docs/wire.md, problems).
package enum ProblemWord: String, Sendable, CaseIterable {
  case clockSkew = "clock-skew"
  case malformed
  case schemaInvalid = "schema-invalid"
  case signatureInvalid = "signature-invalid"
  case digestMismatch = "digest-mismatch"
  case clientCertificate = "client-certificate"
  case notAuthorized = "not-authorized"
  case notAddressee = "not-addressee"
  case unknownEndpoint = "unknown-endpoint"
  case methodNotAllowed = "method-not-allowed"
  case inProgress = "in-progress"
  case tooLarge = "too-large"
  case unsupportedMediaType = "unsupported-media-type"
  case unsupportedSchemaVersion = "unsupported-schema-version"
  case idempotencyKeyReused = "idempotency-key-reused"
  case temporarilyUnavailable = "temporarily-unavailable"
  /// Whatever else the partner wrote: it is kept sealed and shown to nobody.
  case other = "other-problem"
}

extension FetchAnswer {
  /// The first value of a field; names are lower case.
  package func field(_ name: String) -> String? { values(of: name).first }

  /// Nil without a problem document (RFC 9457).
  package var problem: ProblemWord? {
    guard let document = problemDocument else { return nil }
    let word = document["type"]?.text?.split(separator: "/").last.map(String.init)
    return word.flatMap(ProblemWord.init) ?? .other
  }

  /// What the partner's clock shows, by its Date field.
  package var clock: Instant? { field("date").flatMap(Instant.init(httpDate:)) }

  /// The member `supported` of a problem document, as far as it holds versions.
  package var supportedVersions: [SchemaVersion] {
    let listed = problemDocument?["supported"]?.elements ?? []
    return listed.prefix(SendingLimits.supportedVersions).compactMap { entry in
      entry.text.flatMap(SchemaVersion.init)
    }
  }

  private var problemDocument: JSONValue? {
    guard field("content-type")?.hasPrefix("application/problem+json") == true else { return nil }
    return try? JSONReader.read(body)
  }
}
