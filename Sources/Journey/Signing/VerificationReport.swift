/// The nineteen steps of docs/verification.md, and what each of them found.
// SPDX-License-Identifier: Apache-2.0
package import JSON
package import OpenSSL
package import Platform

package enum VerificationStep: Int, Sendable, CaseIterable {
  case limits = 1
  case partner, split, headerJSON, headerGrammar, signer, keyFit, digest, signature, path
  case revocation, identity, body, addressee, exchange, digests, time, replay, record

  /// A few words for people.
  package var title: String {
    switch self {
    case .limits: "sizes and header fields"
    case .partner: "partner known from the connection"
    case .split: "parts of the signature"
    case .headerJSON: "protected header is strict JSON"
    case .headerGrammar: "protected header has the agreed form"
    case .signer: "signing certificate named and known"
    case .keyFit: "key fits the algorithm"
    case .digest: "digest of the octets"
    case .signature: "signature"
    case .path: "certificate path"
    case .revocation: "revocation"
    case .identity: "signer is the partner"
    case .body: "body fits its schema"
    case .addressee: "addressed to us, of the right type"
    case .exchange: "about a message that we sent to this partner"
    case .digests: "about exactly our octets and signature"
    case .time: "signing time"
    case .replay: "acknowledgement not seen with other content"
    case .record: "stored"
    }
  }
}

/// Stable codes of refusals; partners and operators read them.
package enum VerificationCode: String, Sendable, CaseIterable {
  case bodyTooLarge = "body-too-large"
  case fieldsTooLarge = "fields-too-large"
  case fieldsMalformed = "fields-malformed"
  case signatureMissing = "signature-missing"
  case signatureRepeated = "signature-repeated"
  case digestMissing = "digest-missing"
  case digestRepeated = "digest-repeated"
  case contentTypeMissing = "content-type-missing"
  case contentTypeRepeated = "content-type-repeated"
  case contentEncoding = "content-encoding"
  case partsWrong = "parts-wrong"
  case notCanonical = "not-canonical-base64url"
  case headerNotJSON = "header-not-strict-json"
  case headerForm = "header-form"
  case algorithmNotAllowed = "algorithm-not-allowed"
  case signerNotNamed = "signer-not-named"
  case signerNamesDiffer = "signer-names-differ"
  case signerUnknown = "signer-unknown"
  case keyUnfit = "key-unfit"
  case digestMismatch = "digest-mismatch"
  case signatureInvalid = "signature-invalid"
  case pathInvalid = "path-invalid"
  case certificateForm = "certificate-form"
  case certificateTime = "certificate-time"
  case keyUsage = "key-usage"
  case extendedKeyUsage = "extended-key-usage"
  case revoked
  case revocationUnknown = "revocation-unknown"
  case identityMismatch = "identity-mismatch"
  case identityNotGiven = "identity-not-given"
  case notJSON = "not-strict-json"
  case schemaInvalid = "schema-invalid"
  case notAddressee = "not-addressee"
  case wrongType = "wrong-type"
  case unknownExchange = "unknown-exchange"
  case payloadDigestMismatch = "payload-digest-mismatch"
  case signatureDigestMismatch = "signature-digest-mismatch"
  case signedTooEarly = "signed-too-early"
  case signedInFuture = "signed-in-future"
  case signingTimeMissing = "signing-time-missing"
  case idReused = "acknowledgement-id-reused"
}

package struct VerificationFailure: Error, Sendable, Equatable {
  package let step: VerificationStep
  package let code: VerificationCode
  /// Library codes or schema places; never content.
  package let detail: String?

  package init(_ step: VerificationStep, _ code: VerificationCode, detail: String? = nil) {
    self.step = step
    self.code = code
    self.detail = detail
  }
}

/// One line for each step that was looked at, in order.
package struct VerificationReport: Sendable {
  package enum Outcome: String, Sendable { case passed, failed, undecided, skipped }
  package typealias Line = (
    step: VerificationStep, outcome: Outcome, code: VerificationCode?, detail: String?
  )
  package private(set) var lines: [Line] = []
  /// From step 6 on: the certificate that the header names, and its `iat`. A claim that only the
  /// verdict makes a fact; not part of `json`.
  package private(set) var claimed: (certificate: Certificate, signedAt: Instant?)?

  package init() {}

  mutating func claim(_ certificate: Certificate, signedAt: Instant?) {
    claimed = (certificate, signedAt)
  }

  package mutating func pass(_ steps: VerificationStep...) {
    for step in steps { lines.append((step, .passed, nil, nil)) }
  }
  package mutating func skip(_ steps: VerificationStep...) {
    for step in steps { lines.append((step, .skipped, nil, nil)) }
  }
  /// `detail`: fixed words, never content.
  package mutating func pass(_ step: VerificationStep, detail: String) {
    lines.append((step, .passed, nil, detail))
  }
  package mutating func skip(_ step: VerificationStep, detail: String) {
    lines.append((step, .skipped, nil, detail))
  }
  package mutating func fail(_ failure: VerificationFailure) {
    lines.append((failure.step, .failed, failure.code, failure.detail))
  }
  package mutating func leaveUndecided(_ failure: VerificationFailure) {
    lines.append((failure.step, .undecided, failure.code, failure.detail))
  }

  /// Every step once and in order, for a message that comes from a file: no connection tells who
  /// sent it (step 2), a step with two halves shows what the second found, and what was not looked
  /// at is skipped.
  package var offline: VerificationReport {
    var all = self
    all.lines = VerificationStep.allCases.map { step in
      let last = step == .partner ? nil : lines.last { $0.step == step }
      return last ?? (step, .skipped, nil, nil)
    }
    return all
  }

  package var json: JSONValue { .array(lines.map { .object(VerificationReport.json(of: $0)) }) }

  package static func json(of line: Line) -> JSONObject {
    var entry: JSONObject = [
      "step": .number(JSONNumber(Int64(line.step.rawValue))),
      "title": .string(line.step.title), "outcome": .string(line.outcome.rawValue),
    ]
    if let code = line.code { entry["code"] = .string(code.rawValue) }
    if let detail = line.detail { entry["detail"] = .string(detail) }
    return entry
  }
}
