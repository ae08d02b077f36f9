/// A document with our signature over its exact octets, and the request that carries both.
// SPDX-License-Identifier: Apache-2.0
package import Digest
import JOSE
import OpenSSL
package import Platform
package import Seal
package import Wire

/// How one partner wants the signature to arrive (docs/wire.md).
package struct SignatureStyle: Sendable, Equatable {
  package enum Chain: String, Sendable, CaseIterable { case none, leaf, chain }
  package let headerName: String
  package let chain: Chain

  package init(headerName: String = "Payload-Signature", chain: Chain = .leaf) {
    self.headerName = headerName
    self.chain = chain
  }
}

/// Made by `sign` from a document that passed disclosure, or re-opened from the sealed record that
/// such a one left. Id, octets and signature never change again (docs/wire.md).
package struct SignedDocument: Sendable {
  package let id: UniversalID
  package let octets: [UInt8]
  package let digest: SHA256Digest
  package let headerName: String
  /// The JWS text `protected..signature`.
  package let signature: String
  package let signatureDigest: SHA256Digest
  package let issuedAt: Instant

  fileprivate init(
    id: UniversalID, octets: [UInt8], headerName: String, signature: String, issuedAt: Instant
  ) {
    self.id = id
    self.octets = octets
    digest = SHA256Digest(of: octets)
    self.headerName = headerName
    self.signature = signature
    signatureDigest = SHA256Digest(of: Array(signature.utf8))
    self.issuedAt = issuedAt
  }

  /// From the store. Trust comes from the seal: only what we sealed opens under the store key.
  package init?(reopening unsealed: Unsealed, issuedAt: Instant) {
    guard unsealed.place.record == "document",
      let id = UniversalID(unsealed.place.id),
      let name = SignedDocument.line(of: unsealed.octets[...]),
      let jws = SignedDocument.line(of: unsealed.octets.dropFirst(name.utf8.count + 1))
    else { return nil }
    let start = name.utf8.count + jws.utf8.count + 2
    self.init(
      id: id, octets: Array(unsealed.octets[start...]), headerName: name, signature: jws,
      issuedAt: issuedAt)
  }

  /// What is sealed: header name, line feed, JWS text, line feed, octets.
  package var storedForm: [UInt8] {
    Array(headerName.utf8) + [0x0A] + Array(signature.utf8) + [0x0A] + octets
  }

  private static func line(of octets: ArraySlice<UInt8>) -> String? {
    guard let end = octets.firstIndex(of: 0x0A) else { return nil }
    return String(decoding: octets[octets.startIndex..<end], as: UTF8.self)
  }

  /// The header fields of the push, in the order in which they are sent (docs/wire.md).
  package var requestFields: [(name: String, value: String)] {
    var fields = [
      ("Content-Type", "application/cloudevents+json; charset=utf-8"),
      ("Accept", "application/cloudevents+json, application/problem+json"),
      ("Digest", digest.field),
      ("Content-Digest", "sha-256=:\(digest.base64):"),
      (headerName, signature),
      ("Idempotency-Key", "\"\(id)\""),
    ]
    // Below full detail the id is random and no trace context goes out (docs/wire.md).
    if id.version == 7 {
      let span = Hex.encode(Array(id.octets.suffix(8)))
      fields.append(("traceparent", "00-\(Hex.encode(id.octets))-\(span)-01"))
    }
    fields.append(("API-Version", "1.0.0"))
    return fields.map { (name: $0.0, value: $0.1) }
  }
}

/// The first of three doors to our signature.
package func sign(
  _ document: WireDocument, with identity: SigningIdentity, style: SignatureStyle
) throws(SigningError) -> SignedDocument {
  SignedDocument(
    id: document.id, octets: document.octets, headerName: style.headerName,
    signature: try detachedSignature(
      over: document.digest, with: identity, chain: style.chain, at: document.issuedAt),
    issuedAt: document.issuedAt)
}

/// The second door: what comes out of it is kept, sent and answered for like any other document.
package func sign(
  _ statistics: WireStatistics, with identity: SigningIdentity, style: SignatureStyle
) throws(SigningError) -> SignedDocument {
  SignedDocument(
    id: statistics.id, octets: statistics.octets, headerName: style.headerName,
    signature: try detachedSignature(
      over: statistics.digest, with: identity, chain: style.chain, at: statistics.issuedAt),
    issuedAt: statistics.issuedAt)
}

/// A partner's answer with its signature.
package struct SignedAcknowledgement: Sendable {
  package let id: UniversalID
  package let octets: [UInt8]
  package let digest: SHA256Digest
  package let signature: String
  package let headerName: String

  fileprivate init(
    id: UniversalID, octets: [UInt8], signature: String, headerName: String
  ) {
    self.id = id
    self.octets = octets
    digest = SHA256Digest(of: octets)
    self.signature = signature
    self.headerName = headerName
  }

  package var fields: [(name: String, value: String)] {
    [
      ("Content-Type", "application/cloudevents+json"), ("Digest", digest.field),
      (headerName, signature),
    ].map { (name: $0.0, value: $0.1) }
  }
}

/// The third door.
package func sign(
  _ acknowledgement: WireAcknowledgement, with identity: SigningIdentity, style: SignatureStyle
) throws(SigningError) -> SignedAcknowledgement {
  SignedAcknowledgement(
    id: acknowledgement.id, octets: acknowledgement.octets,
    signature: try detachedSignature(
      over: acknowledgement.digest, with: identity, chain: style.chain,
      at: acknowledgement.issuedAt),
    headerName: style.headerName)
}

/// `BASE64URL(protected)..BASE64URL(signature)` in the form of ADR-signing 1.0.
private func detachedSignature(
  over digest: SHA256Digest, with identity: SigningIdentity, chain: SignatureStyle.Chain,
  at issuedAt: Instant
) throws(SigningError) -> String {
  let shown: DetachedBinding.Chain =
    switch chain {
    case .none: .none
    case .leaf: .leaf
    case .chain: .all
    }
  let header = DetachedBinding.header(
    algorithm: identity.algorithm, certificates: identity.certificates, chain: shown,
    issuedAt: issuedAt.seconds)
  let protected = Base64.text(header, .url)
  do {
    let signature = try identity.signer.sign(
      DetachedBinding.signingInput(protected: protected, digest: digest))
    return CompactJWS(detached: protected, signature: signature).text
  } catch {
    throw SigningError(.library, library: error.library)
  }
}
