/// Two authorities of one name and their lists, made once with the openssl command.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import OpenSSL
import Platform
import Testing

struct Samples: Sendable {
  static let shared = Samples()
  let folder = NSTemporaryDirectory() + "renewal-tests-" + UUID().uuidString

  private init() {
    let script = """
      set -e
      mkdir -p '\(folder)' && cd '\(folder)'
      for name in root namesake; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout $name.key \\
          -out $name.pem -days 3650 -subj "/CN=Test root"
      done
      touch index.txt
      printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index.txt\\ncrlnumber=number\\n' > ca.cnf
      printf 'default_md=sha384\\ncrl_extensions=e\\n' >> ca.cnf
      printf '[e]\\nauthorityKeyIdentifier=keyid\\n' >> ca.cnf
      moment() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
      list() { # name, number, last update, next update, authority
        echo $2 > number
        openssl ca -config ca.cnf -gencrl -keyfile $5.key -cert $5.pem \\
          -crl_lastupdate $(moment "$3") -crl_nextupdate $(moment "$4") -out $1.pem
        openssl crl -in $1.pem -outform DER -out $1.der
      }
      list first 00FF "2 hours ago" "7 days" root
      list second 0100 "1 hour ago" "7 days" root
      list again 0100 "50 minutes ago" "7 days" root
      list backwards 01 "40 minutes ago" "7 days" root
      list ended 0101 "30 minutes ago" "1 minute ago" root
      list tomorrow 0200 "1 day" "8 days" root
      list forged 0300 "10 minutes ago" "7 days" namesake
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key \\
        -out other.pem -days 3650 -subj "/CN=Other root"
      list stranger 0300 "10 minutes ago" "7 days" other
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script]
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    do { try process.run() } catch { Issue.record("cannot run sh: \(error)") }
    process.waitUntilExit()
    if process.terminationStatus != 0 { Issue.record("openssl could not make the samples") }
  }

  func octets(_ name: String) throws -> [UInt8] {
    try Files.read(folder + "/" + name, limit: 65_536)
  }
  func list(_ name: String) throws -> RevocationList {
    try RevocationList(der: octets(name + ".der"))
  }
  func certificate(_ name: String) throws -> Certificate {
    try Certificate(pem: octets(name + ".pem"))
  }
}
