/// An acknowledgement of which every part can be made wrong before it is signed.
// SPDX-License-Identifier: Apache-2.0
import Digest
import JOSE
package import JSON
package import OpenSSL
package import Platform
package import Signing
import TestSupport

/// A certificate and key of the development PKI.
package struct SampleKey: Sendable {
  package let certificate: Certificate
  package let key: PrivateKey

  /// `name` as in certs/README.md, "politie-avim-sign".
  package init(_ name: String) throws {
    let folder = try DevelopmentPKI.folder()
    certificate = try Certificate(pem: Files.read("\(folder)/\(name).pem", limit: 65_536))
    key = try PrivateKey(pem: Files.read("\(folder)/\(name).key", limit: 65_536))
  }

  package func identity(_ algorithm: SignatureAlgorithm) throws -> SigningIdentity {
    try SigningIdentity(key: key, certificates: [certificate], algorithm: algorithm)
  }
}

package enum SamplePKIFile {
  package static func certificates(_ name: String) throws -> [Certificate] {
    try Certificate.all(pem: Files.read("\(DevelopmentPKI.folder())/\(name)", limit: 1_048_576))
  }

  /// `folder`: "crls" or "crls-expired".
  package static func lists(_ folder: String) throws -> [RevocationList] {
    let path = "\(try DevelopmentPKI.folder())/\(folder)"
    return try Files.list(path).flatMap {
      try RevocationList.all(pem: Files.read("\(path)/\($0)", limit: 1_048_576))
    }
  }
}

/// Body, protected header and fields; `message` signs what they are then.
package struct MessageDraft: Sendable {
  package var body: [UInt8]
  package var header: JSONObject
  /// In place of `header`, as they are.
  package var headerOctets: [UInt8]?
  package var algorithm: SignatureAlgorithm
  package var signingKey: PrivateKey
  package var headerName = "Payload-Signature"
  package var contentType: String? = "application/cloudevents+json"
  /// In place of the body's digest.
  package var digestField: String?
  package var moreFields: [(name: String, value: String)] = []
  /// Changes the JWS text after signing.
  package var mangle: @Sendable (String) -> String = { $0 }

  package init(
    body: [UInt8], by signer: SampleKey, _ algorithm: SignatureAlgorithm = .ps256,
    issuedAt: Instant
  ) throws {
    self.body = body
    self.algorithm = algorithm
    signingKey = signer.key
    let octets = DetachedBinding.header(
      algorithm: algorithm, certificates: [signer.certificate], chain: .leaf,
      issuedAt: issuedAt.seconds)
    header = try JSONReader.read(octets).members ?? JSONObject()
  }

  package func message() throws -> ReceivedMessage {
    let octets = headerOctets ?? JSONWriter.write(.object(header))
    let protected = Base64.text(octets, .url)
    let digest = SHA256Digest(of: body)
    let signature = try Signer(signingKey, algorithm).sign(
      DetachedBinding.signingInput(protected: protected, digest: digest))
    let jws = mangle(CompactJWS(detached: protected, signature: signature).text)
    var fields = [(name: "Digest", value: digestField ?? digest.field)]
    if let contentType { fields.append((name: "Content-Type", value: contentType)) }
    fields.append((name: headerName, value: jws))
    return ReceivedMessage(fields: fields + moreFields, body: body)
  }
}

/// The body of an acknowledgement as JSON.
package struct AcknowledgementDraft: Sendable {
  package var event: JSONValue

  package init(
    kind: String, about document: SignedDocument, id: String, source: String, recipient: String,
    time: Instant
  ) {
    var data: JSONObject = [
      "kind": .string(kind), "messageId": .string(document.id.description),
      "conversationId": .string(document.id.description),
      "payloadDigest": .string(document.digest.field),
      "signatureDigest": .string(document.signatureDigest.field),
    ]
    if kind == "receipt" { data["receivedAt"] = .string(time.description) }
    if kind == "rejection" { data["reasons"] = [["code": "not-competent"]] }
    event = [
      "specversion": "1.0", "id": .string(id), "source": .string(source),
      "type": "nl.mensenhandelsignalen.verwijzing.bevestigd.v1",
      "subject": .string(document.id.description), "recipient": .string(recipient),
      "time": .string(time.description), "datacontenttype": "application/json",
      "dataschema":
        "https://referral-gateway.example/schemas/acknowledgement/1.0.0/schema.json",
      "conversationid": .string(document.id.description),
      "causationid": .string(document.id.description), "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
      "data": .object(data),
    ]
  }

  package var body: [UInt8] { JSONWriter.write(event) }
}
