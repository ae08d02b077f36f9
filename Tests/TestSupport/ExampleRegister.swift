/// The example register with a gateway.toml and sample keys: a whole configuration folder.
// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Platform
import Referrals
package import Register

extension Configuration {
  /// The policy in force on the day of the tests, 23 November 2026.
  package func policy(of partner: String) -> Policy? {
    policies[partner]?.inForce(on: CivilDate(daysSince1970: 20_780))
  }
}

/// A copy in a temporary folder, which a test may change before it loads it. Gone with the value.
package final class ExampleRegister: Sendable {
  /// Absolute, without a slash at its end.
  package let folder: String

  package init() throws {
    folder = NSTemporaryDirectory() + "referral-register-" + UUID().uuidString
    let files = FileManager.default
    try files.copyItem(atPath: PackageFolder.path + "/partners", toPath: folder)
    try files.copyItem(atPath: try DevelopmentPKI.folder(), toPath: folder + "/pki")
    try write("store.key", String(repeating: "5a", count: 32))
    try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/store.key")
    try write("gateway.toml", ExampleRegister.gateway)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Replaces a file, named from `folder`.
  package func write(_ file: String, _ text: String) throws {
    try text.write(toFile: folder + "/" + file, atomically: true, encoding: .utf8)
  }

  package func remove(_ file: String) throws {
    try FileManager.default.removeItem(atPath: folder + "/" + file)
  }

  /// Replaces every place where `old` stands; throws when there is none.
  package func edit(_ file: String, _ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
    guard text.contains(old) else {
      throw BrokenTestSupport(description: "'\(old)' does not stand in \(file)")
    }
    try write(file, text.replacingOccurrences(of: old, with: new))
  }

  package func load(profile: Profile = .development, now: Instant = SystemClock.now()) throws
    -> Configuration
  {
    let kinds = ReferralKind.allCases.map(\.rawValue)
    let result = Configuration.load(
      folder: folder, knownKinds: kinds, profile: profile, now: now)
    switch result {
    case .success(let configuration): return configuration
    case .failure(let found):
      let errors = found.errors.map { "\($0)" }.joined(separator: "; ")
      throw BrokenTestSupport(description: errors)
    }
  }

  /// The example configuration as it stands in the repository, loaded once.
  package static func configuration() throws -> Configuration { try loaded.get() }
  private static let loaded = Result { try ExampleRegister().load() }

  private static let gateway = """
    profile = "development"
    [identity]
    oin = "00000099000000001000"
    system = "referrals"
    organisation = "Sample sender"
    [store]
    path = "store"
    key_file = "store.key"
    [admin]
    socket = "admin.sock"
    [schemas]
    folder = "\(PackageFolder.path)/schemas"
    [[signing.key]]
    name = "sign"
    algorithm = "PS256"
    certificate = "pki/sender-sign.pem"
    key = "pki/sender-sign.key"
    [[signing.key]]
    name = "sign-es256"
    algorithm = "ES256"
    certificate = "pki/sender-sign-es256.pem"
    key = "pki/sender-sign-es256.key"
    [tls]
    client_certificate = "pki/sender-client.pem"
    client_key = "pki/sender-client.key"

    """
}
