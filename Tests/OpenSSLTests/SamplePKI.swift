/// Certificates and revocation lists made by the openssl command in a folder of their own.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import OpenSSL
import Platform
import Testing

/// Root, intermediate and leaves in the manner of Digikoppeling, made once per test run.
struct SamplePKI: Sendable {
  static let shared = Result { try SamplePKI() }

  private let files: [String: [UInt8]]

  init() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("referral-gateway-pki-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    guard run("/bin/sh", ["-ec", script, folder.path]) == 0 else {
      throw CocoaError(.fileWriteUnknown)
    }
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let path = folder.appendingPathComponent(name).path
      files[name] = try Files.read(path, limit: 1_048_576)
    }
    self.files = files
  }

  func octets(_ name: String) throws -> [UInt8] { try #require(files[name]) }
  func certificate(_ name: String) throws -> Certificate {
    try Certificate(pem: try octets(name + ".pem"))
  }
  func key(_ name: String) throws -> PrivateKey { try PrivateKey(pem: try octets(name + ".key")) }
  func list(_ name: String) throws -> RevocationList {
    try RevocationList(pem: try octets(name + ".crl"))
  }
}

/// The exit status of a program. Foundation's Process leaks, which hides leaks of our own.
private func run(_ program: String, _ arguments: [String]) -> Int32 {
  let words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
  defer { unsafe words.forEach { unsafe free($0) } }
  var process = pid_t()
  var status: Int32 = -1
  guard unsafe posix_spawn(&process, program, nil, nil, words, environ) == 0 else { return -1 }
  unsafe waitpid(process, &status, 0)
  return status
}

private let script = """
  cd "$0"
  exec > /dev/null 2>&1
  cat > conf <<END
  [req]
  distinguished_name = dn
  [dn]
  [ca]
  default_ca = none
  [root]
  database = root.index
  certificate = root.pem
  private_key = root.key
  crlnumber = root.number
  default_md = sha256
  crl_extensions = list
  [middle]
  database = middle.index
  certificate = middle.pem
  private_key = middle.key
  crlnumber = middle.number
  default_md = sha256
  crl_extensions = list
  [list]
  authorityKeyIdentifier = keyid:always
  [v3_root]
  basicConstraints = critical, CA:TRUE
  keyUsage = critical, keyCertSign, cRLSign
  subjectKeyIdentifier = hash
  [v3_middle]
  basicConstraints = critical, CA:TRUE, pathlen:0
  keyUsage = critical, keyCertSign, cRLSign
  subjectKeyIdentifier = hash
  authorityKeyIdentifier = keyid:always
  [v3_leaf]
  basicConstraints = CA:FALSE
  keyUsage = critical, digitalSignature, keyEncipherment
  extendedKeyUsage = serverAuth, clientAuth
  subjectAltName = DNS:localhost
  subjectKeyIdentifier = hash
  authorityKeyIdentifier = keyid:always
  END
  key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:$2 -out $1.key; }
  self() { openssl req -config conf -x509 -new -key $1.key -subj "/CN=$1" -days 3650 \
    -extensions v3_root -out $1.pem; }
  sign() { openssl req -config conf -new -key $1.key -subj "$3" -out $1.csr
    openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -set_serial 0x$5 -days 1000 \
      -extfile conf -extensions $4 -out $1.pem; }
  key root P-384; self root
  key rogue P-256; self rogue
  key middle P-256; sign middle root "/CN=middle" v3_middle 11
  key leaf P-256; sign leaf middle "/O=Sample/OU=REFERRAL-GATEWAY SAMPLE KEY/CN=leaf/\
  serialNumber=00000099000000001000" v3_leaf 21
  key revoked P-256; sign revoked middle "/CN=revoked" v3_leaf 22
  openssl genrsa -out rsa.key 2048; sign rsa middle "/CN=rsa/organizationIdentifier=NTRNL-1" \
    v3_leaf 23
  key twice P-384; sign twice middle "/CN=twice/serialNumber=1/serialNumber=2" v3_leaf 24
  key koblitz secp256k1; sign koblitz middle "/CN=koblitz" v3_leaf 25
  openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -pkeyopt ec_param_enc:explicit -out explicit.key
  sign explicit middle "/CN=explicit" v3_leaf 26
  openssl req -config conf -new -key leaf.key -subj /CN=old -out old.csr
  openssl x509 -req -in old.csr -CA middle.pem -CAkey middle.key -set_serial 0x27 -days 9 \
    -out old.pem
  : > root.index; : > middle.index; echo 01 > root.number; echo 01 > middle.number
  openssl ca -config conf -name root -gencrl -crldays 3000 -out root.crl
  openssl ca -config conf -name middle -gencrl -crldays 3000 -out clean.crl
  openssl ca -config conf -name middle -revoke revoked.pem
  openssl ca -config conf -name middle -gencrl -crldays 3000 -out middle.crl
  openssl ca -config conf -name middle -gencrl -crldays 1 -out short.crl
  openssl ec -in leaf.key -aes128 -passout pass:secret -out locked.key
  cat leaf.pem middle.pem root.pem > chain.pem

  """
