/// A configuration folder in a temporary place, whole and right until a test changes it.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform
import Register
import Testing

/// Certificates made once with the openssl command, for all tests of this target.
struct SampleFiles: Sendable {
  static let shared = SampleFiles()
  let folder: String

  private init() {
    folder = NSTemporaryDirectory() + "register-tests-" + UUID().uuidString
    let script = """
      set -e
      mkdir -p '\(folder)' && cd '\(folder)'
      make_pair() { # name, subject, options of the key
        openssl req -x509 -newkey $3 -nodes -keyout $1.key -out $1.pem -days 3650 -subj "$2"
      }
      ec="ec -pkeyopt ec_paramgen_curve:P-256"
      make_pair root "/CN=Test root" "$ec"
      make_pair signer "/CN=Signer/serialNumber=00000099000000001000" "$ec"
      make_pair client "/CN=Client/serialNumber=00000099000000001000" "$ec"
      make_pair rsa "/CN=RSA signer" rsa:2048
      make_pair sample "/CN=Sample/OU=REFERRAL-GATEWAY SAMPLE KEY" "$ec"
      touch index.txt && echo 01 > number
      printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index.txt\\ncrlnumber=number\\n' > ca.cnf
      printf 'default_md=sha256\\ndefault_crl_days=30\\n' >> ca.cnf
      old="-crl_lastupdate 20240101000000Z -crl_nextupdate 20240131000000Z"
      openssl ca -config ca.cnf -gencrl -keyfile root.key -cert root.pem $old -out older.crl
      openssl ca -config ca.cnf -gencrl -keyfile root.key -cert root.pem -out root.crl
      make_pair namesake "/CN=Test root" "$ec"
      openssl ca -config ca.cnf -gencrl -keyfile namesake.key -cert namesake.pem -out forged.crl
      openssl ca -config ca.cnf -gencrl -keyfile signer.key -cert signer.pem -out signer.crl
      head -c 32 /dev/urandom > store.key
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
}

final class Fixture {
  /// After the samples were made, so that they are valid.
  static let now: Instant = {
    _ = SampleFiles.shared
    return SystemClock.now()
  }()
  let folder: String
  private let files = FileManager.default

  init() throws {
    folder = NSTemporaryDirectory() + "register-test-" + UUID().uuidString
    try files.copyItem(atPath: SampleFiles.shared.folder, toPath: folder)
    for name in ["partners.d", "policies.d", "schemas"] {
      try files.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
    }
    try write("gateway.toml", Fixture.gateway)
    try write("partners.d/police.toml", Fixture.partner)
    try write("policies.d/police.toml", Fixture.policy)
  }
  deinit { try? files.removeItem(atPath: folder) }

  func write(_ file: String, _ text: String) throws {
    try text.write(toFile: folder + "/" + file, atomically: true, encoding: .utf8)
  }
  func folder(_ name: String) throws {
    try files.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
  }
  func remove(_ file: String) throws { try files.removeItem(atPath: folder + "/" + file) }

  /// Replaces the one place where `old` stands.
  func edit(_ file: String, _ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
    let parts = text.components(separatedBy: old)
    try #require(parts.count == 2, "'\(old)' stands \(parts.count - 1) times in \(file)")
    try write(file, parts.joined(separator: new))
  }

  func load(_ profile: Profile? = nil, now: Instant = Fixture.now)
    -> Result<Configuration, ConfigurationErrors>
  {
    Configuration.load(
      folder: folder, knownKinds: ["TRAFFICKING_SIGNAL", "SMUGGLING_SIGNAL"], profile: profile,
      now: now, generation: 3)
  }

  /// Code and place of each error: "bad-value gateway.toml:1:11".
  func findings(_ profile: Profile? = nil, now: Instant = Fixture.now) -> [String] {
    errors(profile, now: now).map { "\($0.code.rawValue) \($0.place)" }
  }
  func errors(_ profile: Profile? = nil, now: Instant = Fixture.now) -> [ConfigurationError] {
    if case .failure(let found) = load(profile, now: now) { found.errors } else { [] }
  }

  static let gateway = """
    profile = "development"
    [identity]
    oin = "00000099000000001000"
    system = "referrals"
    organisation = "Immigration service"
    [store]
    path = "store"
    key_file = "store.key"
    [admin]
    socket = "/run/referral-gateway/admin.sock"
    [schemas]
    folder = "schemas"
    [[signing.key]]
    name = "first"
    algorithm = "ES256"
    certificate = "signer.pem"
    key = "signer.key"
    [[signing.key]]
    name = "second"
    algorithm = "PS256"
    certificate = "rsa.pem"
    key = "rsa.key"
    [tls]
    client_certificate = "client.pem"
    client_key = "client.key"

    """

  static let partner = """
    code = "police"
    name = "National Police"
    identity = "urn:nld:oin:00000099000000002000"
    traits = ["law-enforcement"]
    endpoint = "https://localhost:9443/referrals"
    languages = ["nl", "en"]
    [tls]
    anchors = "root.pem"
    pins = ["sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
    addresses = ["127.0.0.0/8", "::1/128"]
    [signing]
    binding = "detached"
    algorithm = "ES256"
    x5c = "leaf"
    accept = ["ES256", "PS256"]
    [trust]
    mode = "chain"
    anchors = "root.pem"
    [revocation]
    mode = "crl"
    lists = "root.crl"
    [schema]
    min = "1.0.0"
    max = "1.2.0"
    [acknowledgements]
    requested = ["receipt", "acceptance"]

    """

  static let policy = """
    partner = "police"
    version = "1.0.0"
    author = "A. Author"
    approver = "B. Approver"
    reason = "covenant"
    valid_from = 2026-01-01
    kinds = ["TRAFFICKING_SIGNAL"]
    purposes = ["criminal-investigation"]
    detail = "full"
    without_consent = "deidentified"
    legal_basis = ["Wpg 15"]
    hide_suspects = false
    id_schemes = ["v-number"]
    [[field]]
    pointer = "/persons/*/health"
    action = "remove"
    rule = "R19"
    reason = "not needed for the investigation"
    [[deidentified]]
    pointer = "/persons/*/birthDate"
    action = "age-band"
    rule = "5.1"
    reason = "de-identified view"

    """
}
