/// A request for a certificate (PKCS #10, RFC 2986), signed with the key that it is for.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL

package struct CertificateRequest: Sendable {
  /// Attributes of the subject in the order of the name: "C", "O", "serialNumber", "CN".
  package let subject: [(name: String, value: String)]
  package let keyUsages: [String]
  /// "DNS:gateway.example" or "IP:192.0.2.1"; empty for none.
  package let alternativeNames: [String]

  /// `keyUsages` as X509V3 writes them: "digitalSignature".
  package init(
    subject: [(name: String, value: String)], keyUsages: [String], alternativeNames: [String] = []
  ) {
    self.subject = subject
    self.keyUsages = keyUsages
    self.alternativeNames = alternativeNames
  }

  /// In PEM.
  package func signed(by key: PrivateKey) throws(OpenSSLError) -> [UInt8] {
    ERR_clear_error()
    let request = try unwrap(X509_REQ_new(), .parse)
    defer { X509_REQ_free(request) }
    let extensions = try unwrap(copenssl_extensions_new(), .parse)
    defer { copenssl_extensions_free(extensions) }
    let name = X509_REQ_get_subject_name(request)
    let isNamed = subject.allSatisfy { attribute in
      let value = Array(attribute.value.utf8)
      return X509_NAME_add_entry_by_txt(
        name, attribute.name, MBSTRING_UTF8, value, Int32(value.count), -1, 0) == 1
    }
    var wanted = [(NID_basic_constraints, "critical,CA:FALSE")]
    wanted.append((NID_key_usage, (["critical"] + keyUsages).joined(separator: ",")))
    if !alternativeNames.isEmpty {
      wanted.append((NID_subject_alt_name, alternativeNames.joined(separator: ",")))
    }
    guard isNamed,
      wanted.allSatisfy({ copenssl_extensions_add(extensions, $0.0, $0.1) == 1 }),
      X509_REQ_set_version(request, Int(X509_REQ_VERSION_1)) == 1,
      X509_REQ_set_pubkey(request, key.pointer) == 1,
      X509_REQ_add_extensions(request, extensions) == 1,
      X509_REQ_sign(request, key.pointer, digest(for: key)) > 0
    else { throw .drained(.parse) }
    return try PEM.write { PEM_write_bio_X509_REQ($0, request) }
  }

  private func digest(for key: PrivateKey) -> OpaquePointer? {
    key.kind == .p384 ? EVP_sha384() : EVP_sha256()
  }
}

extension PrivateKey {
  /// PKCS #8 in PEM, not encrypted: for a file that only its owner may read.
  package func pem() throws(OpenSSLError) -> [UInt8] {
    ERR_clear_error()
    return try PEM.write { PEM_write_bio_PKCS8PrivateKey($0, pointer, nil, nil, 0, nil, nil) }
  }
}
